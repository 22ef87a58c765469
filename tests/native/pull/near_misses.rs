//! A release that is not there: the error names the newest that the caller may see.

use bhcr::services::{NoReply, Services};

use super::client::World;
use super::upstream::{COMMIT, GUEST, OWNER};
use crate::support::reply;

fn message(world: &World, name: &str, credential: Option<&str>) -> String {
    let seen = world.pull(name, credential);
    assert_eq!(seen.error(), (403, "DENIED".to_owned()), "{name}");
    seen.message()
}

#[test]
fn the_error_names_the_newest_releases() {
    let commit = COMMIT.replace('0', "f");
    let table = [
        ("9.9.9", "release 9.9.9 of blocks/browser was not found; the newest are 2.3.8 and 2.2.0"),
        ("v9", "release 9 of blocks/browser was not found; the newest are 2.3.8 and 2.2.0"),
        (
            "9.9.9/web",
            "service web in release 9.9.9 of blocks/browser was not found; the newest are 2.3.8 and 2.2.0",
        ),
        (
            "2.3.8-rev7",
            "release 2.3.8-rev7 of blocks/browser was not found; the newest are 2.3.8 and 2.2.0",
        ),
        (
            &*commit,
            &*format!(
                "release {commit} of blocks/browser was not found; the newest are 2.3.8 and 2.2.0"
            ),
        ),
        (
            "fffffff",
            "release fffffff of blocks/browser was not found; the newest are 2.3.8 and 2.2.0",
        ),
    ];
    for credential in [None, Some(OWNER)] {
        for (end, expected) in table {
            let told = message(&World::new(), &format!("blocks/browser/{end}"), credential);
            assert_eq!(told, expected);
        }
    }
    let told = message(&World::new(), "acme/vault/9.9.9", Some(OWNER));
    assert_eq!(told, "release 9.9.9 of acme/vault was not found; the newest is 1.0.0");
}

#[test]
fn an_application_without_final_releases_has_none_to_name() {
    for name in ["acme/unbuilt/1.0.0", "acme/duo/1.0.0", "no/app/1.0.0"] {
        let told = message(&World::new(), name, None);
        assert!(told.contains("docker login") && !told.contains("newest"), "{told}");
    }
}

#[test]
fn nobody_is_told_the_releases_of_an_application_that_they_may_not_see() {
    for credential in [None, Some(GUEST)] {
        for owner_was_here in [false, true] {
            let world = World::new();
            if owner_was_here {
                message(&world, "acme/vault/9.9.9", Some(OWNER));
            }
            let private = world.urls(|| {
                let told = message(&world, "acme/vault/9.9.9", credential);
                assert!(!told.contains("1.0.0") && told.contains("docker login"), "{told}");
            });
            let missing = world.urls(|| drop(message(&world, "acme/ghost/9.9.9", credential)));
            let neutral = |urls: Vec<String>| -> Vec<String> {
                urls.iter().map(|url| url.replace("vault", "ghost")).collect()
            };
            assert_eq!(neutral(private), missing);
        }
    }
}

#[test]
fn the_newest_cost_one_call_for_all_names_and_are_kept_in_memory_only() {
    for credential in [None, Some(OWNER)] {
        let world = World::new();
        let names = ["blocks/browser/9.9.9", "acme/duo/9.9.9", "blocks/browser/9.9.8", "no/app"];
        let urls = world.urls(|| drop(world.token(&names, credential)));
        let asked: Vec<_> = urls.iter().filter(|url| url.contains("/v7/application?")).collect();
        let [asked] = &asked[..] else { panic!("one call: {urls:?}") };
        assert!(asked.contains("$top=10;") && asked.contains("no/app"), "{asked}");
        assert_eq!(asked.matches("'blocks/browser'").count(), 1, "{asked}");
        assert_eq!(world.look_ups_for(&names, credential), 0);
        // Another release of the same application is looked for. What everybody may see is known.
        let again = if credential.is_none() { 1 } else { 2 };
        assert_eq!(world.look_ups_for(&["blocks/browser/9.9.7"], credential), 2);
        assert_eq!(world.look_ups_for(&["blocks/browser/9.9.6"], credential), again);
        assert!(world.services.store().keys().is_empty());
    }
}

#[test]
fn a_target_that_is_not_there_costs_two_calls() {
    let world = World::new();
    for (name, calls) in [("no/app", 2), ("no/app/latest", 0), ("acme/ghost/pinned/main", 2)] {
        assert_eq!(world.look_ups_for(&[name], None), calls, "{name}");
    }
}

#[test]
fn while_nobody_knows_whether_there_are_siblings_a_name_is_not_said_to_be_missing() {
    for (says, status) in [
        (Ok(reply(500, "")), 502),
        (Ok(reply(200, "nonsense")), 502),
        (Err(NoReply::Deadline), 504),
    ] {
        let world = World::new();
        world.instead("/v7/application", says);
        let seen = world.ask_token(&["blocks/browser/9.9.9"], None);
        assert_eq!(seen.error(), (status, "UNAVAILABLE".to_owned()));
        let both = world.token(&["blocks/browser/9.9.9", "blocks/browser"], None);
        let seen = world.get_with(&both, "/v2/blocks/browser/manifests/latest");
        assert_eq!(seen.status, 200, "the other name is served");
    }
}

#[test]
fn a_client_over_its_limit_is_still_told_the_newest_that_are_kept() {
    let world = World::new();
    message(&world, "blocks/browser/9.9.9", None);
    world.services.permit("", 0);
    world.services.clock.advance(29);
    assert!(message(&world, "blocks/browser/9.9.9", None).contains("the newest are"));
}

#[test]
fn a_made_up_credential_learns_nothing() {
    let seen = World::new().ask_token(&["blocks/browser/9.9.9"], Some("made-up-hunter2"));
    assert_eq!(seen.error(), (401, "UNAUTHORIZED".to_owned()));
}
