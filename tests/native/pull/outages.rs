//! While the API fails, kept answers are used for hours, and the log says so.

use bhcr::services::{NoReply, Services};
use bhcr::upstream::api::MAX_ANSWER;
use serde_json::json;

use super::client::{SPARED, World};
use super::isolates::overtaken;
use super::upstream::{BROWSER, COMMIT, GUEST, OLDER, OWNER, Says, VAULT, digest_of};
use crate::support::{reply, reply_with};

const FOREIGN: &str = r#"{"d":[{"release_image":[{"image":[{"is_stored_at__image_location":"evil.example/v2/10ca7104","status":"success","is_a_build_of__service":[]}]}]}]}"#;

// The API's faults, and what a client is told if nothing is kept.
fn outages() -> Vec<(&'static str, Says, u16)> {
    let unreachable = NoReply::Unreachable("connection refused".to_owned());
    vec![
        ("down", Err(unreachable), 502),
        ("slow", Err(NoReply::Deadline), 504),
        ("too long", Ok(reply(200, &" ".repeat(MAX_ANSWER + 1))), 502),
        ("500", Ok(reply(500, "")), 502),
        ("502", Ok(reply(502, "")), 502),
        ("503", Ok(reply(503, "")), 502),
        ("504", Ok(reply(504, "")), 504),
        ("404", Ok(reply(404, "")), 502),
        ("429", Ok(reply_with(429, &[("retry-after", "42")], "")), 429),
        ("a redirect", Ok(reply_with(302, &[("location", "https://evil.example/")], "")), 502),
        ("nonsense", Ok(reply(200, "nonsense")), 502),
        ("another shape", Ok(reply(200, r#"{"d":[{"release_image":7}]}"#)), 502),
        ("half an answer", Ok(reply(200, r#"{"d":[{"release_im"#)), 502),
        ("a foreign location", Ok(reply(200, FOREIGN)), 502),
    ]
}

#[test]
fn an_expired_answer_is_used_if_the_api_was_asked_first_and_failed() {
    for (what, says, _) in outages() {
        for (name, credential, hash) in
            [("blocks/browser", None, BROWSER), ("acme/vault", Some(OWNER), VAULT)]
        {
            for age in [60, 61, 21_659] {
                let world = World::new();
                world.token(&[name], credential);
                world.instead("/v7/", says.clone());
                world.services.clock.advance(age);
                for isolate in [&world, &world.another_isolate()] {
                    let problems = world.problems().len();
                    assert_ne!(isolate.look_ups_for(&[name], credential), 0, "it is asked first");
                    let line = isolate.last_line();
                    assert_eq!(line["resolved"], json!(["stale"]), "{what}");
                    let problem = line["problem"].as_str().unwrap_or_default();
                    assert!(problem.contains("is served past its time"), "{what}: {line}");
                    assert_eq!(world.problems().len(), problems + 1, "{what}");
                    let seen = isolate.pull(name, credential);
                    let digest = seen.header("docker-content-digest");
                    assert_eq!(digest, Some(&*digest_of(hash)), "{what} after {age} s");
                }
                world.as_told();
                world.services.clock.advance(SPARED.max(42));
                assert_eq!(world.look_ups_for(&[name], credential), 1, "{what}: it is over");
                assert_eq!(world.look_ups_for(&[name], credential), 0, "and the answer kept");
            }
        }
    }
}

#[test]
fn without_a_usable_kept_answer_the_client_is_told_of_the_outage() {
    let commit = format!("blocks/browser/{COMMIT}");
    let bounds = [("blocks/browser", 60), ("blocks/browser/2.3.8", 300), (&*commit, 86_400)];
    for (what, says, status) in outages() {
        for (name, bound) in bounds {
            let world = World::new();
            world.token(&[name], None);
            world.instead("/v7/", says.clone());
            world.services.clock.advance(bound + 21_600);
            let gone = world.ask_token(&[name], None);
            let never = World::new();
            never.instead("/v7/", says.clone());
            for seen in [gone, never.ask_token(&[name], None)] {
                assert_eq!(seen.error().0, status, "{what}: {name}");
                let wait = (status == 429).then_some("42");
                assert_eq!(seen.header("retry-after"), wait, "{what}: {name}");
            }
            assert!(world.last_line()["problem"].is_string(), "{what}: {name}");
        }
    }
}

#[test]
fn a_refused_credential_ends_what_is_kept_for_it() {
    for status in [401, 403] {
        let world = World::new();
        world.token(&["acme/vault"], Some(OWNER));
        world.services.clock.advance(60);
        world.instead("/v7/", Ok(reply(status, "")));
        let asked = world.look_ups(|| {
            let seen = world.ask_token(&["acme/vault"], Some(OWNER));
            assert_eq!(seen.error(), (401, "UNAUTHORIZED".to_owned()), "{status}");
        });
        assert_eq!(asked, 1, "it is not tried again");
        assert!(world.resolutions().is_empty(), "{status}: it is in the store");
        world.instead("/v7/", Err(NoReply::Deadline));
        for isolate in [&world, &world.another_isolate()] {
            assert_eq!(isolate.ask_token(&["acme/vault"], Some(OWNER)).status, 504, "{status}");
        }
    }
}

#[test]
fn a_setting_says_how_long_kept_answers_are_used_in_an_outage() {
    for (seconds, age, status) in
        [("0", 60, 504), ("10", 69, 200), ("10", 70, 504), ("604800", 604_859, 200)]
    {
        let world = World::with(&[("STALE_SECONDS", seconds)]);
        world.token(&["blocks/browser"], None);
        world.instead("/v7/", Err(NoReply::Deadline));
        world.services.clock.advance(age);
        for isolate in [&world, &world.another_isolate()] {
            let seen = isolate.ask_token(&["blocks/browser"], None);
            assert_eq!(seen.status, status, "{age} s, with {seconds}");
        }
    }
}

#[test]
fn in_an_outage_the_later_of_memory_and_store_is_used() {
    let (first, second) = overtaken();
    first.services.clock.advance(60);
    // The first isolate has the older answer and the store the later one; then the other way round.
    for isolate in [&first, &second, &first.another_isolate()] {
        let seen = isolate.pull("blocks/browser", None);
        assert_eq!(seen.header("docker-content-digest"), Some(&*digest_of(OLDER)));
    }
}

#[test]
fn a_kept_release_is_not_given_to_callers_who_may_not_see_it() {
    let world = World::new();
    world.token(&["acme/vault"], Some(OWNER));
    world.services.clock.advance(60);
    world.instead("/v7/", Err(NoReply::Deadline));
    for credential in [None, Some(GUEST)] {
        assert_eq!(world.ask_token(&["acme/vault"], credential).status, 504);
    }
    assert_eq!(world.pull("acme/vault", Some(OWNER)).status, 200);
}

#[test]
fn an_old_location_is_used_only_while_upstream_gives_tokens_for_it() {
    let world = World::new();
    world.token(&["blocks/browser"], None);
    world.services.clock.advance(600);
    world.instead("/v7/", Err(NoReply::Deadline));
    world.rules.revoked.borrow_mut().push(BROWSER);
    assert_eq!(world.pull("blocks/browser", None).error(), (403, "DENIED".to_owned()));
    assert!(world.services.store().keys().is_empty(), "and is forgotten then");
    assert_eq!(world.ask_token(&["blocks/browser"], None).status, 504);
}

#[test]
fn while_the_whole_api_fails_a_caller_with_a_credential_gets_a_clear_error() {
    for (says, status) in [
        (Err(NoReply::Unreachable("connection refused".to_owned())), 502),
        (Err(NoReply::Deadline), 504),
    ] {
        let world = World::with(&[("CREDENTIAL_SECONDS", "0")]);
        world.token(&["blocks/browser"], Some(OWNER));
        world.services.clock.advance(60);
        world.instead("https://api.", says);
        let seen = world.ask_token(&["blocks/browser"], Some(OWNER));
        assert_eq!(seen.error(), (status, "UNAVAILABLE".to_owned()));
        assert_eq!(world.last_line()["resolved"], json!(["stale"]));
    }
}

#[test]
fn a_call_that_fails_once_is_tried_again() {
    let world = World::new();
    for part in ["/v7/", "/auth/v1/token", "/manifests/"] {
        world.rules.fails_once(part, Ok(reply(503, "")));
    }
    let urls = world.urls(|| assert_eq!(world.pull("blocks/browser", None).status, 200));
    assert_eq!(urls.len(), 6, "each of three twice: {urls:?}");
    assert!(world.problems().is_empty());
}
