//! What grants allow.

use bhcr::account::name::Repository;
use bhcr::account::rights::{Action, Actions, ClientGrant, Target, allowed};

fn repository(name: &str) -> Repository {
    Repository::parse(name).expect(name)
}

fn grant(target: &str, actions: &[Action]) -> ClientGrant {
    let target = match target {
        Target::ALL => Target::All,
        one => Target::One(repository(one)),
    };
    ClientGrant { target, actions: actions.iter().copied().collect() }
}

#[test]
fn a_grant_is_about_its_repository_and_no_other() {
    let grants = [grant("myapp", &[Action::Pull, Action::Push])];
    let both: Actions = [Action::Pull, Action::Push].into_iter().collect();
    let table = [
        ("myapp", both),
        ("myapp2", Actions::NONE),
        ("myap", Actions::NONE),
        ("my", Actions::NONE),
        ("other", Actions::NONE),
    ];
    for (name, expected) in table {
        assert_eq!(allowed(&grants, &repository(name)), expected, "{name}");
    }
}

#[test]
fn grants_add_up() {
    let grants = [grant("*", &[Action::Pull]), grant("myapp", &[Action::Push, Action::Delete])];
    assert_eq!(allowed(&grants, &repository("myapp")), Actions::ALL);
    assert_eq!(allowed(&grants, &repository("other")), [Action::Pull].into_iter().collect());
    assert_eq!(allowed(&[], &repository("myapp")), Actions::NONE);
}

#[test]
fn a_set_of_actions_has_what_was_put_in_and_is_stored_as_bits() {
    for bits in 0..=Actions::ALL.bits() {
        let actions = Actions::from_bits(bits).expect("a set");
        assert_eq!(actions.bits(), bits);
        assert_eq!(actions.iter().collect::<Actions>(), actions);
        assert_eq!(actions.is_empty(), bits == 0);
    }
    assert_eq!(Actions::from_bits(8), None);
    let push: Actions = [Action::Push].into_iter().collect();
    assert_eq!(Action::ALL.map(|action| push.has(action)), [false, true, false]);
}
