//! The age of a kept answer: a fresh one is used, an aging one is used and refreshed afterwards,
//! and an expired one is used only if the API fails.

use bhcr::services::{NoReply, Services};

use super::client::{SPARED, World};
use super::upstream::{BROWSER, COMMIT, OLDER, OWNER, VAULT, digest_of, nothing, release_at};
use crate::support::reply;

const DRAFT: &str = "blocks/browser/2.4.0-1763000000000";

// Pulls `name`, and returns the digits of the location that tell images apart.
fn pulled(world: &World, name: &str, credential: Option<&str>) -> String {
    let seen = world.pull(name, credential);
    seen.header("docker-content-digest").unwrap_or_else(|| panic!("{seen:?}")).to_owned()
}

#[test]
fn a_fresh_answer_costs_no_call_to_the_api_and_no_read_of_the_store() {
    for credential in [None, Some(OWNER)] {
        let world = World::new();
        world.token(&["blocks/browser"], credential);
        let reads = world.services.store().reads();
        world.services.clock.advance(29);
        for _ in 0..20 {
            assert_eq!(world.look_ups_for(&["blocks/browser"], credential), 0);
        }
        assert_eq!(world.services.store().reads(), reads);
        assert_eq!(world.last_line()["resolved"], serde_json::json!(["memory"]));
    }
}

#[test]
fn each_kind_of_release_is_fresh_for_half_its_time_and_used_for_all_of_it() {
    let settings =
        [("TARGET_SECONDS", "20"), ("VERSION_SECONDS", "301"), ("FIXED_SECONDS", "4000")];
    let commit = format!("blocks/browser/{COMMIT}");
    let table = [
        ("blocks/browser", 10, 20),
        ("blocks/browser/2.3.8", 151, 301),
        (DRAFT, 2000, 4000),
        (&*commit, 2000, 4000),
    ];
    for (name, aging, expired) in table {
        // The number of calls to the API before the answer, and after it.
        for (age, before, behind) in [
            (0, 0, 0),
            (aging - 1, 0, 0),
            (aging, 0, 1),
            (expired - 1, 0, 1),
            (expired, 1, 0),
            (expired + 21_599, 1, 0),
            (expired + 21_600, 1, 0),
        ] {
            let world = World::with(&settings);
            world.instead("/v7/", Ok(release_at(OLDER)));
            world.token(&[name], None);
            world.services.clock.advance(age);
            let asked = world.look_ups(|| {
                assert_eq!(world.ask_token_alone(&[name], None).status, 200);
            });
            let refreshed = world.look_ups(|| world.run_deferred());
            assert_eq!((asked, refreshed), (before, behind), "{name} after {age} s");
        }
    }
}

#[test]
fn an_aging_answer_is_given_at_once_and_refreshed_afterwards() {
    for (name, credential, old, new) in [
        ("blocks/browser", None, BROWSER, OLDER),
        ("blocks/browser", Some(OWNER), BROWSER, OLDER),
        ("acme/vault", Some(OWNER), VAULT, OLDER),
    ] {
        let world = World::new();
        assert_eq!(pulled(&world, name, credential), digest_of(old));
        world.instead("/v7/", Ok(release_at(new)));
        world.services.clock.advance(29);
        assert_eq!(pulled(&world, name, credential), digest_of(old), "it is fresh");
        assert_eq!(pulled(&world, name, credential), digest_of(old), "no refresh was due");
        world.services.clock.advance(1);
        assert_eq!(pulled(&world, name, credential), digest_of(old), "it is aging");
        assert_eq!(pulled(&world, name, credential), digest_of(new), "it was refreshed");
        let second = world.another_isolate();
        assert_eq!(second.look_ups_for(&[name], credential), 0, "for every isolate");
        assert_eq!(pulled(&second, name, credential), digest_of(new));
    }
}

#[test]
fn many_requests_for_an_aging_answer_make_one_refresh() {
    let world = World::new();
    world.token(&["blocks/browser"], None);
    world.services.clock.advance(30);
    let before = world.look_ups(|| {
        for name in ["blocks/browser", "blocks/browser/latest", "blocks/browser/pinned/main"] {
            for _ in 0..30 {
                assert_eq!(world.ask_token_alone(&[name], None).status, 200);
            }
        }
    });
    assert_eq!(before, 0);
    assert_eq!(world.look_ups(|| world.run_deferred()), 1);
    assert_eq!(world.look_ups_for(&["blocks/browser"], None), 0, "it is fresh again");
}

#[test]
fn a_refresh_that_never_ended_is_tried_again_after_its_deadline() {
    let world = World::with(&[("TARGET_SECONDS", "1000")]);
    world.token(&["blocks/browser"], None);
    world.services.clock.advance(500);
    // The deferred refresh is lost, as when the client's request is cancelled.
    let lost = world.urls(|| {
        assert_eq!(world.ask_token_alone(&["blocks/browser"], None).status, 200);
        world.services.lose_deferred();
    });
    assert!(lost.is_empty(), "{lost:?}");
    assert_eq!(world.look_ups_for(&["blocks/browser"], None), 0, "it counts as under way");
    world.services.clock.advance(12);
    assert_eq!(world.look_ups_for(&["blocks/browser"], None), 1);
}

#[test]
fn a_failed_refresh_changes_nothing_until_the_answer_expires_and_is_tried_again() {
    let world = World::with(&[("TARGET_SECONDS", "1000")]);
    world.token(&["blocks/browser"], None);
    world.instead("/v7/", Err(NoReply::Deadline));
    world.services.clock.advance(500);
    for _ in 0..2 {
        assert_eq!(world.look_ups_for(&["blocks/browser"], None), 1, "the refresh");
        assert_eq!(world.last_line()["resolved"], serde_json::json!(["memory"]));
        world.services.clock.advance(SPARED);
    }
    let problems = world.problems();
    assert!(problems.len() == 2 && problems[0].contains("took too long"), "{problems:?}");
    world.as_told();
    assert_eq!(world.look_ups_for(&["blocks/browser"], None), 1);
    assert_eq!(world.look_ups_for(&["blocks/browser"], None), 0);
}

#[test]
fn a_refresh_that_finds_nothing_forgets_the_release_on_every_level() {
    let world = World::new();
    world.token(&["blocks/browser"], None);
    world.services.clock.advance(30);
    world.instead("/v7/", Ok(nothing()));
    assert_eq!(world.ask_token(&["blocks/browser"], None).status, 200, "the old one answers");
    assert!(world.resolutions().is_empty());
    world.instead("/v7/", Err(NoReply::Deadline));
    world.ask_token(&["blocks/browser"], None);
    assert_eq!(world.last_line()["resolved"], serde_json::json!(["memory"]));
    assert_eq!(world.another_isolate().ask_token(&["blocks/browser"], None).status, 504);
}

#[test]
fn a_refresh_whose_credential_is_refused_forgets_the_release_on_every_level() {
    for status in [401, 403] {
        let world = World::new();
        world.token(&["blocks/browser"], Some(OWNER));
        world.services.clock.advance(30);
        world.instead("/v7/", Ok(reply(status, "")));
        let seen = world.ask_token(&["blocks/browser"], Some(OWNER));
        assert_eq!(seen.status, 200, "the old one answers");
        assert!(world.resolutions().is_empty(), "{status}");
        world.instead("/v7/", Err(NoReply::Deadline));
        for isolate in [&world, &world.another_isolate()] {
            assert_eq!(isolate.ask_token(&["blocks/browser"], Some(OWNER)).status, 504, "{status}");
        }
    }
}

#[test]
fn an_expired_answer_is_not_given_if_the_api_has_another() {
    for age in [60, 61, 21_659, 21_660, 100_000] {
        let world = World::new();
        assert_eq!(pulled(&world, "blocks/browser", None), digest_of(BROWSER));
        world.instead("/v7/", Ok(release_at(OLDER)));
        world.services.clock.advance(age);
        assert_eq!(pulled(&world, "blocks/browser", None), digest_of(OLDER), "after {age} s");
        assert_eq!(world.look_ups_for(&["blocks/browser"], None), 0, "which is kept");
    }
}

#[test]
fn a_removed_app_and_one_made_private_are_gone_within_target_seconds() {
    let world = World::new();
    world.token(&["blocks/browser"], None);
    world.instead("/v7/", Ok(nothing()));
    world.services.clock.advance(60);
    assert_eq!(world.pull("blocks/browser", None).status, 403, "removed");
    assert!(world.resolutions().is_empty());

    let world = World::new();
    world.token(&["blocks/browser"], None);
    world.rules.revoked.borrow_mut().push(BROWSER);
    world.services.clock.advance(600);
    assert_eq!(world.pull("blocks/browser", None).status, 403, "made private");
}
