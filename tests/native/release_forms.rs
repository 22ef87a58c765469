//! What the shorter ways to name a release mean among the rows of the API's answer.

use bhcr::balena::location::Location;
use bhcr::balena::resolved::{Resolved, Selected};
use bhcr::upstream::api::Caller;
use serde_json::{Value, json};

use crate::release_answer::{read_name, row};
use crate::support::{config, location, one, reply};

fn selected(end: &str, rows: &[Value]) -> Selected {
    let reply = reply(200, &json!({ "d": rows }).to_string());
    let read = read_name(&config(&[]), &format!("org/app/{end}"), &reply, Caller::Anonymous);
    read.expect("the answer is good")
}

fn at(selected: &Selected) -> Option<Location> {
    one(selected).and_then(Resolved::first).cloned()
}

// A prerelease could have the version 2.3.8-rev1, too.
#[test]
fn what_the_api_accepts_itself_comes_before_an_exact_revision() {
    let exact = row("org/app", false, "2.3.8", "2.3.8+rev1", true, "a");
    let own = row("org/app", false, "2.3.8-rev1", "2.3.8-rev1", true, "b");
    let other = row("org/app", false, "2.3.8", "2.3.8", true, "c");
    let table: [(&[&Value], _); 5] = [
        (&[&exact], Some("a")),
        (&[&exact, &own], Some("b")),
        (&[&own, &exact], Some("b")),
        (&[&other], None),
        (&[], None),
    ];
    for (rows, hash) in table {
        let rows: Vec<_> = rows.iter().map(|row| (*row).clone()).collect();
        assert_eq!(at(&selected("2.3.8-rev1", &rows)), hash.map(location), "{rows:?}");
    }
}

#[test]
fn a_short_commit_means_the_one_release_that_it_begins() {
    let rows = [
        row("org/app", false, "2.0.0", "2.0.0", true, "ab"),
        row("org/app", false, "1.0.0", "1.0.0", true, "ac"),
    ];
    let [ab, ac] = &rows;
    assert_eq!(at(&selected("abababa", std::slice::from_ref(ab))), Some(location("ab")));
    assert_eq!(selected("abababa", &[]), Selected::Nothing(Vec::new()));
    assert_eq!(selected("abababa", std::slice::from_ref(ac)), Selected::Nothing(Vec::new()));
}

#[test]
fn a_short_commit_of_several_releases_means_none_and_their_commits_are_told() {
    let commit = |end: &str| format!("{}{end}", "ab".repeat(14));
    let of = |commit: String| {
        let mut row = row("org/app", false, "2.0.0", "2.0.0", true, "ab");
        row["commit"] = json!(commit);
        row
    };
    let rows = ["0000", "1111", "<b>1"].map(|end| of(commit(end)));
    let expected = Selected::Ambiguous(vec![commit("0000"), commit("1111")]);
    assert_eq!(selected("abababa", &rows), expected, "what is no commit is not told");
    let many: Vec<_> = (0..9).map(|n| of(commit(&format!("000{n}")))).collect();
    let Selected::Ambiguous(commits) = selected("abababa", &many) else { panic!("several") };
    assert_eq!(commits.len(), 5);
}

#[test]
fn a_short_commit_of_digits_is_a_line_first() {
    let mut commit = row("org/app", false, "2.0.0", "2.0.0", true, "c");
    commit["commit"] = json!("12345670123456701234567012345670");
    let line = row("org/app", false, "1234567.1.0", "1234567.1.0", true, "d");
    let both = [commit.clone(), line.clone()];
    assert_eq!(at(&selected("1234567", &both)), Some(location("d")));
    assert_eq!(at(&selected("1234567", &[commit])), Some(location("c")));
    assert_eq!(at(&selected("1234567", &[line])), Some(location("d")));
    let draft = row("org/app", false, "1234567.1.0", "1234567.1.0-1763000000000", false, "e");
    assert_eq!(at(&selected("1234567", &[draft])), None);
}
