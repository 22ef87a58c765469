//! A part of upstream that fails is left alone for a while by callers that have a kept answer.

use std::time::Duration;

use bhcr::fault::Fault;
use bhcr::marks::back_off::BackOff;
use bhcr::marks::back_off::Part;
use bhcr::services::NoReply;
use http::StatusCode;

use super::client::{SPARED, World};
use super::upstream::{OLDER, OWNER, manifest_reply, release_at};
use crate::support::{reply, reply_with};

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
fn a_caller_with_a_kept_answer_waits_for_one_deadline_and_then_not_for_three() {
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
fn the_deadline_of_the_settings_decides_how_long_that_is() {
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
fn an_answer_ends_the_back_off_after_a_deadline() {
    let world = kept();
    world.instead("/v7/", Err(NoReply::Deadline));
    assert_eq!(calls(&world, PARTS[0], true), 1);
    world.as_told();
    world.instead("acme", Ok(release_at(OLDER)));
    drop(world.ask_token(&["acme/duo"], None));
    assert_eq!(calls(&world, PARTS[0], false), 1, "another caller got an answer");
}

// 429 with `Retry-After: 600`: one call for each part, whoever asks.
#[test]
fn a_part_that_asks_for_fewer_requests_is_left_alone_for_as_long_as_it_says() {
    for part in PARTS {
        let world = kept();
        world.instead(part.0, Ok(reply_with(429, &[("retry-after", "600")], "")));
        let asked: usize = (0..50).map(|_| calls(&world, part, true)).sum();
        assert_eq!(asked, 1, "{part:?}");
        world.services.clock.advance(599);
        assert_eq!(calls(&world, part, true), 0, "{part:?}");
        world.as_told();
        world.services.clock.advance(1);
        assert_eq!(calls(&world, part, false), 1, "{part:?}: its time is over");
    }
}

#[test]
fn a_caller_without_a_kept_answer_is_told_to_wait_and_causes_no_call() {
    let world = World::new();
    world.instead("/v7/", Ok(reply_with(429, &[("retry-after", "600")], "")));
    for (name, calls) in [("acme/duo", 1), ("acme/other", 0), ("acme/third", 0)] {
        let seen = world.calls(|| {
            let seen = world.ask_token(&[name], None);
            assert_eq!(seen.error(), (429, "TOOMANYREQUESTS".to_owned()));
            assert_eq!(seen.header("retry-after"), Some("600"));
        });
        assert_eq!(seen.len(), calls, "{name}");
        world.services.clock.pass(Duration::from_millis(1));
    }
}

#[test]
fn a_part_that_fails_is_asked_again_after_a_pause_that_doubles_up_to_half_a_minute() {
    for part in PARTS {
        for says in [Ok(reply(500, "")), Ok(reply(503, "")), Err(NoReply::Unreachable("x".into()))]
        {
            let world = kept();
            world.instead(part.0, says.clone());
            assert_ne!(calls(&world, part, true), 0, "{part:?}: {says:?}");
            for pause in [1, 2, 4, 8, 16, 30, 30] {
                assert_eq!(calls(&world, part, true), 0, "{part:?}: {says:?}");
                world.services.clock.advance(pause - 1);
                assert_eq!(calls(&world, part, true), 0, "{part:?}: {says:?}, before {pause} s");
                world.services.clock.advance(1);
                assert_eq!(calls(&world, part, true), 1, "{part:?}: {says:?}, after {pause} s");
            }
        }
    }
}

#[test]
fn calls_that_fail_together_count_as_one_failure() {
    let back_off = BackOff::default();
    let fault = Fault::Status(StatusCode::SERVICE_UNAVAILABLE);
    for _ in 0..20 {
        back_off.learn(Part::Releases, Err(fault.clone()), Duration::from_secs(10), 0);
    }
    assert_eq!(back_off.check(Part::Releases, true, 999), Err(fault));
    assert_eq!(back_off.check(Part::Releases, true, 1000), Ok(()));
}

#[test]
fn while_one_caller_asks_after_a_back_off_the_others_are_spared() {
    let back_off = BackOff::default();
    let fault = Fault::Status(StatusCode::SERVICE_UNAVAILABLE);
    let deadline = Duration::from_secs(10);
    back_off.learn(Part::Releases, Err(fault.clone()), deadline, 5000);
    assert_eq!(back_off.check(Part::Releases, true, 5999), Err(fault.clone()));
    assert_eq!(back_off.check(Part::Releases, true, 6000), Ok(()));
    assert_eq!(back_off.check(Part::Releases, true, 6000), Err(fault));
    assert_eq!(back_off.check(Part::Releases, false, 6000), Ok(()), "nothing is kept");
    assert_eq!(back_off.check(Part::Tokens, true, 6000), Ok(()), "another part");
}

#[test]
fn a_limit_of_upstream_is_believed_from_a_second_to_an_hour() {
    for (says, seconds) in [(Some(0), 1), (Some(7), 7), (Some(u32::MAX), 3600), (None, 10)] {
        let back_off = BackOff::default();
        let fault = Fault::TooManyRequests { retry_after: says };
        back_off.learn(Part::Tokens, Err(fault), Duration::from_secs(10), 0);
        let told = Fault::TooManyRequests { retry_after: Some(seconds) };
        assert_eq!(back_off.check(Part::Tokens, false, 0), Err(told), "{says:?}");
        let over = u64::from(seconds) * 1000;
        assert!(back_off.check(Part::Tokens, false, over - 1).is_err(), "{says:?}");
        assert_eq!(back_off.check(Part::Tokens, false, over), Ok(()), "{says:?}");
    }
}

#[test]
fn an_answer_about_one_request_says_nothing_of_the_next() {
    let back_off = BackOff::default();
    for fault in [Fault::Status(StatusCode::NOT_FOUND), Fault::BodyTooLarge { limit: 5 }] {
        back_off.learn(Part::Registry, Err(fault), Duration::from_secs(10), 0);
        assert_eq!(back_off.check(Part::Registry, true, 0), Ok(()));
    }
}

#[test]
fn a_caller_without_a_kept_answer_asks_although_a_deadline_passed() {
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
fn a_back_off_from_the_registry_does_not_hide_a_new_digest_for_longer() {
    let world = kept();
    world.instead("/manifests/", Err(NoReply::Deadline));
    assert_eq!(calls(&world, PARTS[2], true), 1);
    world.as_told();
    world.instead("/manifests/", Ok(manifest_reply("the new one")));
    world.services.clock.advance(SPARED);
    assert_eq!(world.pull(NAME, None).body, "the new one");
}
