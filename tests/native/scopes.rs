//! Scopes, as tables.

use bhcr::oci::name::Name;
use bhcr::oci::scope::{self, InvalidScope, Scope};

#[test]
fn every_scope_with_the_action_pull_is_a_scope_to_pull() {
    let table = [
        ("repository:org/app:pull", "org/app"),
        ("repository:org/app:pull,push", "org/app"),
        ("repository:org/app:push,pull", "org/app"),
        ("repository:org/app:*", "org/app"),
        ("repository:org/app:delete,*", "org/app"),
        ("repository(plugin):org/app:pull", "org/app"),
        ("repository:org/app/2.3.8/web:pull", "org/app/2.3.8/web"),
    ];
    for (text, name) in table {
        let name = Name::parse(name).expect("a name");
        assert_eq!(Scope::parse(text), Ok(Scope::Pull(name)), "{text}");
    }
}

#[test]
fn a_scope_for_something_else_is_valid_and_grants_nothing() {
    let table = ["registry:catalog:*", "foo(bar):org/app:pull"];
    for text in table {
        assert_eq!(Scope::parse(text), Ok(Scope::Other), "{text}");
    }
    let name = Name::parse("org/app").expect("a name");
    for actions in ["push", "delete", "", "pulling", "push,delete"] {
        let text = format!("repository:org/app:{actions}");
        assert_eq!(Scope::parse(&text), Ok(Scope::Act(name.clone())), "{text}");
    }
}

#[test]
fn a_text_outside_the_grammar_is_not_a_scope() {
    let long = format!("repository:{}:pull", "a".repeat(256));
    let bad = [
        "",
        ":",
        "::",
        "pull",
        "org/app",
        "repository",
        "repository:org/app",
        "repository::pull",
        ":org/app:pull",
        "Repository:org/app:pull",
        "repository:Org/app:pull",
        "repository:org/../app:pull",
        "repository:org//app:pull",
        "repository:org%2fapp:pull",
        "repository:org/app'):pull",
        "repository:org/app\":pull",
        "repository:localhost:5000/org/app:pull",
        "repository:org/app:Pull",
        "repository:org/app:pull,**",
        "repository:org/app:pull;push",
        "repository:org/app:pull ",
        "repository():org/app:pull",
        "repository(plugin:org/app:pull",
        "repository)plugin(:org/app:pull",
        "repository(plugin)x:org/app:pull",
        "repository((plugin)):org/app:pull",
        "repository:org/app:pull\n",
        &long,
    ];
    for text in bad {
        assert_eq!(Scope::parse(text), Err(InvalidScope), "{text:?}");
    }
}

#[test]
fn values_are_split_at_spaces() {
    let values = ["a b", "", " c  d ", "e"];
    assert_eq!(scope::split(values).collect::<Vec<_>>(), ["a", "b", "c", "d", "e"]);
    assert_eq!(scope::split([]).count(), 0);
}
