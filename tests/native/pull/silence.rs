//! Who of upstream let a deadline pass is not waited for again at once, where something is kept.

use bhcr::services::NoReply;
use bhcr::upstream::Fault;
use bhcr::upstream::silence::{self, Part};

use super::client::{SPARED, World};
use super::upstream::{OLDER, OWNER, manifest_reply, release_at};
use crate::support::reply;

const NAME: &str = "blocks/browser";
// By the end of it whatever was kept is beyond its time.
const LATER: u64 = 600;
// What is asked for: its part of a URL, and the field of the log that says where an answer is from.
const PARTS: [(&str, &str); 3] =
    [("/v7/", "resolved"), ("/auth/v1/token", "token"), ("/manifests/", "content")];

// A world in which everything is kept, and has had its time.
fn kept() -> World {
    let world = World::new();
    assert_eq!(world.pull(NAME, None).status, 200);
    world.services.clock.advance(LATER);
    world
}

// How many calls a pull makes to `part`, whose answer is to be a kept one or not.
fn calls(world: &World, (part, field): (&str, &str), is_stale: bool) -> usize {
    let urls = world.urls(|| {
        let token = world.token(&[NAME], None);
        if field == "content" {
            let target = format!("/v2/{NAME}/manifests/latest");
            assert_eq!(world.get_with(&token, &target).status, 200);
        }
    });
    let line = world.last_line();
    assert_eq!(line[field].to_string().contains("stale"), is_stale, "{part}: {line}");
    urls.iter().filter(|url| url.contains(part)).count()
}

#[test]
fn who_has_something_kept_waits_for_one_deadline_and_then_not_for_three() {
    for part in PARTS {
        let world = kept();
        world.instead(part.0, Err(NoReply::Deadline));
        for round in 1..=3 {
            assert_eq!(calls(&world, part, true), 1, "{part:?}, {round}: one asks for all");
            assert_eq!(calls(&world, part, true), 0, "{part:?}, {round}");
            world.services.clock.advance(SPARED - 1);
            assert_eq!(calls(&world, part, true), 0, "{part:?}, {round}");
            world.services.clock.advance(1);
        }
        world.as_told();
        assert_eq!(calls(&world, part, false), 1, "{part:?}: it is over");
    }
}

#[test]
fn while_one_asks_after_a_silence_the_others_are_spared() {
    let world = kept();
    world.instead("/v7/", Err(NoReply::Deadline));
    assert_eq!(calls(&world, PARTS[0], true), 1);
    world.services.clock.advance(SPARED);
    let deployment = world.app.as_ref().expect("its settings make sense");
    let check = |part| silence::check(deployment, &world.services, part);
    assert_eq!(check(Part::Releases), Ok(()));
    assert_eq!(check(Part::Releases), Err(Fault::Deadline));
    assert_eq!(check(Part::Tokens), Ok(()));
}

#[test]
fn how_long_that_is_is_the_deadlines_setting() {
    for part in PARTS {
        let world = World::with(&[("UPSTREAM_DEADLINE_MS", "1000")]);
        assert_eq!(world.pull(NAME, None).status, 200);
        world.services.clock.advance(LATER);
        world.instead(part.0, Err(NoReply::Deadline));
        for asked in [1, 0, 0, 1, 0, 0] {
            assert_eq!(calls(&world, part, true), asked, "{part:?}");
            world.services.clock.advance(1);
        }
    }
}

#[test]
fn another_isolate_asks_for_itself() {
    for part in PARTS {
        let world = kept();
        world.instead(part.0, Err(NoReply::Deadline));
        assert_eq!(calls(&world, part, true), 1, "{part:?}");
        assert_eq!(calls(&world.another_isolate(), part, true), 1, "{part:?}");
    }
}

#[test]
fn whatever_upstream_says_ends_a_silence() {
    let new_release = release_at(OLDER);
    for says in [new_release, reply(500, ""), reply(429, "")] {
        let world = kept();
        world.instead("/v7/", Err(NoReply::Deadline));
        assert_eq!(calls(&world, PARTS[0], true), 1);
        world.as_told();
        world.instead("acme", Ok(says));
        drop(world.ask_token(&["acme/duo"], None));
        assert_eq!(calls(&world, PARTS[0], false), 1, "somebody else got an answer");
    }
}

#[test]
fn an_error_is_no_silence_and_every_caller_asks() {
    for part in PARTS {
        for says in [Ok(reply(500, "")), Err(NoReply::TooLong), Ok(reply(504, ""))] {
            let world = kept();
            world.instead(part.0, says.clone());
            let asked = calls(&world, part, true);
            assert_ne!(asked, 0, "{part:?}: {says:?}");
            assert_eq!(calls(&world, part, true), asked, "{part:?}: {says:?}");
        }
    }
}

#[test]
fn who_has_nothing_kept_or_a_credential_asks_in_a_silence_too() {
    let world = kept();
    for part in ["/v7/", "/auth/v1/token"] {
        world.instead(part, Err(NoReply::Deadline));
    }
    assert_eq!(world.ask_token(&[NAME], None).status, 200);
    for (names, credential) in [(["blocks/browser/2.2.0"], None), ([NAME], Some(OWNER))] {
        for _ in 0..2 {
            let urls = world.urls(|| {
                assert_eq!(world.ask_token(&names, credential).error().0, 504);
            });
            assert_ne!(urls.len(), 0, "{names:?}");
        }
    }
}

#[test]
fn a_silence_of_the_registry_does_not_hide_a_new_digest_for_longer() {
    let world = kept();
    world.instead("/manifests/", Err(NoReply::Deadline));
    assert_eq!(calls(&world, PARTS[2], true), 1);
    world.as_told();
    world.instead("/manifests/", Ok(manifest_reply("the new one")));
    world.services.clock.advance(SPARED);
    assert_eq!(world.pull(NAME, None).body, "the new one");
}
