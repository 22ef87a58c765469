//! Misses are kept in memory only, for `MISS_SECONDS`.

use bhcr::services::{NoReply, Services};
use serde_json::json;

use super::client::World;
use super::upstream::{GUEST, OWNER, nothing};

#[test]
fn a_miss_is_kept_for_miss_seconds_and_in_memory_only() {
    for credential in [None, Some(OWNER)] {
        let world = World::with(&[("MISS_SECONDS", "20")]);
        assert_eq!(world.look_ups_for(&["no/app"], credential), 2);
        world.services.clock.advance(9);
        assert_eq!(world.look_ups_for(&["no/app"], credential), 0);
        assert_eq!(world.last_line()["resolved"], json!(["memory"]));
        assert!(world.services.store().keys().is_empty());
        assert_eq!(world.another_isolate().look_ups_for(&["no/app"], credential), 2);
        world.services.clock.advance(11);
        let asked = world.look_ups(|| drop(world.ask_token_alone(&["no/app"], credential)));
        assert_eq!(asked, 2, "before the answer, not behind it");
    }
}

#[test]
fn a_new_release_is_found_when_the_miss_has_expired() {
    for (credential, private) in [(None, false), (Some(OWNER), false), (Some(OWNER), true)] {
        let name = if private { "acme/vault" } else { "blocks/browser" };
        let world = World::new();
        world.instead("/v7/", Ok(nothing()));
        assert_eq!(world.pull(name, credential).status, 403);
        world.as_told();
        world.services.clock.advance(14);
        assert_eq!(world.pull(name, credential).status, 403, "the miss is fresh");
        world.services.clock.advance(16);
        assert_eq!(world.pull(name, credential).status, 200, "the miss is gone");
    }
}

#[test]
fn an_aging_miss_is_refreshed_after_the_answer() {
    let world = World::new();
    world.instead("/v7/", Ok(nothing()));
    world.token(&["blocks/browser"], None);
    world.as_told();
    world.services.clock.advance(15);
    assert_eq!(world.pull("blocks/browser", None).status, 403);
    assert_eq!(world.pull("blocks/browser", None).status, 200);
    assert_eq!(world.resolutions().len(), 1);
}

#[test]
fn an_expired_miss_is_never_used_even_if_the_api_is_down() {
    let world = World::new();
    world.token(&["no/app"], None);
    world.instead("/v7/", Err(NoReply::Deadline));
    world.services.clock.advance(29);
    assert_eq!(world.ask_token(&["no/app"], None).status, 200);
    world.services.clock.advance(1);
    assert_eq!(world.ask_token(&["no/app"], None).error(), (504, "UNAVAILABLE".to_owned()));
}

#[test]
fn a_miss_is_kept_for_its_own_caller_only() {
    let world = World::new();
    for credential in [None, Some(GUEST)] {
        assert_eq!(world.pull("acme/vault", credential).status, 403);
    }
    assert_eq!(world.pull("acme/vault", Some(OWNER)).status, 200);
    for credential in [None, Some(GUEST)] {
        assert_eq!(world.pull("acme/vault", credential).status, 403);
    }
}

#[test]
fn a_miss_replaces_what_was_kept_even_in_a_later_outage() {
    for credential in [None, Some(OWNER)] {
        let world = World::new();
        world.token(&["blocks/browser"], credential);
        world.services.clock.advance(60);
        world.instead("/v7/", Ok(nothing()));
        assert_eq!(world.pull("blocks/browser", credential).status, 403);
        assert!(world.resolutions().is_empty());
        world.instead("/v7/", Err(NoReply::Deadline));
        assert_eq!(world.pull("blocks/browser", credential).status, 403, "the miss is kept");
        world.services.clock.advance(30);
        for isolate in [&world, &world.another_isolate()] {
            let seen = isolate.ask_token(&["blocks/browser"], credential);
            assert_eq!(seen.error(), (504, "UNAVAILABLE".to_owned()));
        }
    }
}
