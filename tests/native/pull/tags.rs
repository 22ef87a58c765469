//! Tags are asked for again after their time, and used for longer in an outage.

use bhcr::services::{NoReply, Services};
use http::Method;

use super::client::{SPARED, World};
use super::seen::Seen;
use super::upstream::{BROWSER, OLDER, Says, digest_of, manifest_of, manifest_reply};
use crate::support::{reply, reply_with, sha256};

const NAME: &str = "blocks/browser";

// A world whose tokens know for a day what a tag means.
fn world(settings: &[(&str, &str)]) -> World {
    World::with(&[&[("TARGET_SECONDS", "86400")], settings].concat())
}

fn latest(world: &World, token: &str) -> Seen {
    world.get_with(token, &format!("/v2/{NAME}/manifests/latest"))
}

#[test]
fn a_tag_is_asked_for_again_after_its_time_and_then_shows_the_new_digest() {
    for (setting, age, asked) in [
        ("", 0, 0),
        ("", 59, 0),
        ("", 60, 1),
        ("", 10_000, 1),
        ("1", 0, 0),
        ("1", 1, 1),
        ("600", 599, 0),
        ("600", 600, 1),
        ("0", 0, 1),
        ("0", 1000, 1),
    ] {
        let world = world(&[("TAG_SECONDS", setting)]);
        let token = world.token(&[NAME], None);
        assert_eq!(latest(&world, &token).body, manifest_of(BROWSER));
        world.instead("/manifests/latest", Ok(manifest_reply("the new one")));
        // The tag spends half of its age in the cache, and the rest in the second isolate's memory.
        world.services.clock.advance(age / 2);
        let second = world.another_isolate();
        if setting != "0" && age > 1 && asked == 0 {
            assert!(second.urls(|| drop(latest(&second, &token))).is_empty(), "{setting}");
        }
        world.services.clock.advance(age - age / 2);
        for (isolate, times) in [(&second, asked), (&second, usize::from(setting == "0"))] {
            let urls = isolate.urls(|| {
                let text = if asked == 0 { manifest_of(BROWSER) } else { "the new one".to_owned() };
                assert_eq!(latest(isolate, &token).body, text, "{setting:?} after {age} s");
            });
            assert_eq!(urls.len(), times, "{setting:?} after {age} s: {urls:?}");
        }
    }
}

// The `If-None-Match` of the last call.
fn condition(world: &World, token: &str) -> Option<String> {
    let calls = world.calls(|| assert_eq!(latest(world, token).status, 200));
    let [call] = &calls[..] else { panic!("one call, and not {calls:?}") };
    let found = call.headers.iter().find(|(name, _)| *name == "if-none-match");
    found.map(|(_, value)| value.clone())
}

#[test]
fn a_kept_manifest_is_not_sent_again_when_its_tag_is_confirmed() {
    for setting in ["0", "60"] {
        let world = world(&[("TAG_SECONDS", setting)]);
        let token = world.token(&[NAME], None);
        assert_eq!(condition(&world, &token), None, "nothing is kept yet");
        let etag = format!("\"{}\"", digest_of(BROWSER));
        for isolate in [&world, &world.another_isolate()] {
            world.services.clock.advance(60);
            assert_eq!(condition(isolate, &token), Some(etag.clone()));
            assert_eq!(isolate.last_line()["content"], "registry");
            if setting == "60" {
                let urls = isolate.urls(|| drop(latest(isolate, &token)));
                assert!(urls.is_empty(), "its time has begun anew: {urls:?}");
            }
        }
        world.instead("/manifests/latest", Ok(manifest_reply("the new one")));
        world.services.clock.advance(60);
        assert_eq!(latest(&world, &token).body, "the new one");
        world.services.clock.advance(60);
        let etag = format!("\"{}\"", sha256(b"the new one"));
        assert_eq!(condition(&world, &token), Some(etag));
    }
}

#[test]
fn a_tag_that_is_asked_for_each_time_is_written_to_the_cache_once_a_minute() {
    let world = world(&[("TAG_SECONDS", "0")]);
    let token = world.token(&[NAME], None);
    let tag = || {
        let cache = world.services.cache();
        let key = cache.keys().into_iter().find(|key| key.starts_with("tag/"));
        cache.value(&key.expect("it is kept")).expect("it is there")
    };
    latest(&world, &token);
    let first = tag();
    world.services.clock.advance(59);
    latest(&world, &token);
    assert_eq!(tag(), first);
    world.services.clock.advance(1);
    latest(&world, &token);
    assert_ne!(tag(), first);
}

#[test]
fn the_old_digest_is_itself_after_the_tag_has_moved() {
    let world = world(&[]);
    let token = world.token(&[NAME], None);
    latest(&world, &token);
    world.instead("/manifests/latest", Ok(manifest_reply("the new one")));
    world.services.clock.advance(60);
    assert_eq!(latest(&world, &token).body, "the new one");
    let target = format!("/v2/{NAME}/manifests/{}", digest_of(BROWSER));
    let urls =
        world.urls(|| assert_eq!(world.get_with(&token, &target).body, manifest_of(BROWSER)));
    assert!(urls.is_empty(), "{urls:?}");
}

// The registry's faults, and what a client is told if nothing is kept.
fn outages() -> Vec<(&'static str, Says, u16)> {
    let other = manifest_of(OLDER);
    let foreign = [("content-type", "text/plain"), ("docker-content-digest", &*digest_of(BROWSER))];
    vec![
        ("down", Err(NoReply::Unreachable("connection refused".to_owned())), 502),
        ("slow", Err(NoReply::Deadline), 504),
        ("500", Ok(reply(500, "")), 502),
        ("503", Ok(reply(503, "")), 502),
        ("429", Ok(reply(429, "")), 429),
        ("a redirect", Ok(reply_with(307, &[("location", "https://storage.example/")], "")), 502),
        ("other bytes", Ok(reply_with(200, &foreign, &other)), 502),
    ]
}

#[test]
fn an_expired_tag_is_used_if_the_registry_was_asked_first_and_failed() {
    for (what, says, status) in outages() {
        for (age, serves) in [(60, true), (61, true), (60 + 21_599, true), (60 + 21_600, false)] {
            let world = world(&[]);
            let token = world.token(&[NAME], None);
            latest(&world, &token);
            world.instead("/manifests/", says.clone());
            world.services.clock.advance(age);
            let token = world.token(&[NAME], None);
            for isolate in [&world, &world.another_isolate()] {
                let asked = isolate.calls(|| {
                    let seen = latest(isolate, &token);
                    if serves {
                        let text = manifest_of(BROWSER);
                        assert_eq!((seen.status, seen.body), (200, text), "{what} after {age} s");
                    } else {
                        assert_eq!(seen.error().0, status, "{what} after {age} s");
                    }
                });
                assert!(!asked.is_empty(), "{what}: it is asked first");
                let line = isolate.last_line();
                let problem = line["problem"].as_str().unwrap_or_default();
                let source = if serves { "stale" } else { "registry" };
                assert_eq!(line["content"], source, "{what} after {age} s");
                assert_eq!(problem.contains("past its time"), serves, "{what}: {line}");
            }
            world.as_told();
            world.services.clock.advance(SPARED);
            let urls = world.urls(|| drop(latest(&world, &token)));
            assert_eq!(urls.len(), 1, "{what}: it is over");
        }
    }
}

#[test]
fn a_fresh_tag_and_every_kept_digest_are_served_without_the_registry() {
    let world = world(&[]);
    let token = world.token(&[NAME], None);
    latest(&world, &token);
    world.instead("/manifests/", Err(NoReply::Deadline));
    for isolate in [&world, &world.another_isolate()] {
        assert_eq!(latest(isolate, &token).status, 200);
        world.services.clock.advance(20);
        let target = format!("/v2/{NAME}/manifests/{}", digest_of(BROWSER));
        assert_eq!(isolate.get_with(&token, &target).status, 200);
        assert!(world.last_line().get("problem").is_none());
    }
}

#[test]
fn a_setting_says_how_long_an_expired_tag_is_used_in_an_outage() {
    for (tag, stale, age, status) in [
        ("60", "0", 59, 200),
        ("60", "0", 60, 504),
        ("60", "10", 69, 200),
        ("60", "10", 70, 504),
        ("1", "10", 10, 200),
        ("1", "10", 11, 504),
        ("0", "0", 0, 504),
        ("0", "10", 9, 200),
        ("0", "10", 10, 504),
    ] {
        let world = world(&[("TAG_SECONDS", tag), ("STALE_SECONDS", stale)]);
        let token = world.token(&[NAME], None);
        latest(&world, &token);
        world.instead("/manifests/", Err(NoReply::Deadline));
        world.services.clock.advance(age);
        for isolate in [&world, &world.another_isolate()] {
            assert_eq!(latest(isolate, &token).status, status, "{tag} and {stale} after {age} s");
        }
    }
}

#[test]
fn a_tag_without_its_manifest_is_not_used_in_an_outage() {
    let world = world(&[]);
    let token = world.token(&[NAME], None);
    latest(&world, &token);
    let cache = world.services.cache();
    let key =
        cache.keys().into_iter().find(|key| key.starts_with("manifest/")).expect("it is kept");
    cache.plant(&key, "nonsense");
    let fresh = world.another_isolate();
    let urls = fresh.urls(|| assert_eq!(latest(&fresh, &token).status, 200));
    let by_tag = format!("GET /v2/v2/{BROWSER}/manifests/latest");
    assert_eq!(urls, [by_tag], "a registry may have it under its tag alone");
    cache.plant(&key, "nonsense");
    world.services.clock.advance(60);
    world.instead("/manifests/", Err(NoReply::Deadline));
    assert_eq!(latest(&world.another_isolate(), &token).status, 504);
}

#[test]
fn after_a_refusal_of_the_registry_the_old_tag_is_not_used_again() {
    let scope = [("www-authenticate", "Bearer realm=\"r\",error=\"insufficient_scope\"")];
    let token = [("www-authenticate", "Bearer realm=\"r\",error=\"invalid_token\"")];
    let refusals = [
        (reply_with(401, &token, ""), 401),
        (reply(401, ""), 401),
        (reply_with(401, &scope, ""), 403),
        (reply(403, ""), 403),
        (reply(404, ""), 404),
    ];
    for (says, status) in refusals {
        for method in [Method::GET, Method::HEAD] {
            let world = world(&[]);
            let token = world.token(&[NAME], None);
            latest(&world, &token);
            world.services.clock.advance(60);
            world.instead("/manifests/", Ok(says.clone()));
            let bearer = format!("Bearer {token}");
            let target = format!("/v2/{NAME}/manifests/latest");
            let seen = world.ask(method, &target, &[("authorization", &bearer)]);
            assert_eq!(seen.error().0, status, "{says:?}");
            world.instead("/manifests/", Err(NoReply::Deadline));
            for isolate in [&world, &world.another_isolate()] {
                assert_eq!(latest(isolate, &token).error().0, 504, "after {says:?}");
            }
        }
    }
}
