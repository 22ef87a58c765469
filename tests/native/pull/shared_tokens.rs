//! Upstream tokens of anonymous callers are shared.

use std::collections::HashSet;

use bhcr::services::{NoReply, Services};
use serde_json::{Value, json};

use super::client::{SPARED, World};
use super::services::Trouble;
use super::upstream::{GUEST, OLDER, OWNER, Says, VAULT, WRONG, claims};
use crate::support::reply;

const NAME: &str = "blocks/browser";
const OLD: &str = "blocks/browser/2.2.0";
const LIFE: u64 = 14_400;

// The number of calls to the API for a token.
fn asked(world: &World, names: &[&str], credential: Option<&str>) -> usize {
    let urls = world.urls(|| drop(world.token(names, credential)));
    urls.iter().filter(|url| url.contains("/auth/v1/token")).count()
}

fn kept(world: &World) -> usize {
    world.services.store().keys().iter().filter(|key| key.starts_with("token/")).count()
}

#[test]
fn one_token_serves_everybody_who_asks_for_the_same_locations_in_any_order() {
    let world = World::new();
    let duo = "acme/duo/latest/api";
    let table: [(&[&str], usize); 12] = [
        (&[NAME], 1),
        (&[NAME], 0),
        // Other names with the same location.
        (&["blocks/browser/latest", "blocks/browser/2.3.8", NAME], 0),
        // A name that was not found has no location.
        (&[NAME, "no/app", "one"], 0),
        (&[OLD], 1),
        (&[NAME, OLD], 1),
        (&[OLD, NAME], 0),
        (&[OLD, "blocks/browser/pinned", OLD], 0),
        (&[NAME, OLD, duo], 1),
        (&[duo, NAME, OLD], 0),
        (&[NAME, duo], 1),
        (&[], 0),
    ];
    for (names, tokens) in table {
        assert_eq!(asked(&world, names, None), tokens, "{names:?}");
        let token = world.token(names, None);
        for name in names.iter().filter(|name| ![&"no/app", &"one"].contains(name)) {
            let seen = world.get_with(&token, &format!("/v2/{name}/tags/list"));
            assert_eq!(seen.status, 200, "{names:?}: {name}");
        }
    }
    assert_eq!(kept(&world), 5);
}

#[test]
fn one_token_serves_every_isolate_of_every_data_centre() {
    let world = World::new();
    assert_eq!(asked(&world, &[NAME, OLD], None), 1);
    assert_eq!(world.last_line()["token"], "api");
    for other in [world.another_isolate(), world.another_data_centre()] {
        for source in ["kv", "memory"] {
            assert_eq!(asked(&other, &[OLD, NAME], None), 0);
            assert_eq!(other.last_line()["token"], source);
        }
        assert_eq!(other.pull(NAME, None).status, 200);
    }
}

#[test]
fn a_sealed_token_ends_with_the_upstream_token_inside_it() {
    let world = World::new();
    for age in [0, 1, 299, 299] {
        world.services.clock.advance(age);
        for isolate in [&world, &world.another_isolate()] {
            let life = isolate.ask_token(&[NAME], None).json()["expires_in"].clone();
            let passed = world.services.clock.now() - super::client::NOW;
            assert_eq!(life, LIFE - 60 - passed);
        }
    }
}

#[test]
fn while_the_api_answers_a_token_is_shared_for_token_seconds_only() {
    for (setting, age, tokens) in [
        ("", 0, 0),
        ("", 599, 0),
        ("", 600, 1),
        ("", 13_000, 1),
        ("1", 0, 0),
        ("1", 1, 1),
        ("3600", 3599, 0),
        ("3600", 3600, 1),
        ("0", 0, 1),
    ] {
        let world = World::with(&[("TOKEN_SECONDS", setting)]);
        assert_eq!(asked(&world, &[NAME], None), 1);
        // The token spends half of its age in the store, and the rest in the second isolate's
        // memory.
        world.services.clock.advance(age / 2);
        let second = world.another_isolate();
        world.token(&[OLD], None);
        if tokens == 0 {
            assert_eq!(asked(&second, &[NAME], None), 0, "{setting}");
        }
        world.services.clock.advance(age - age / 2);
        assert_eq!(asked(&second, &[NAME], None), tokens, "{setting:?} after {age} s");
        // The new token is shared, too.
        let again = usize::from(setting == "0");
        assert_eq!(asked(&world, &[NAME], None), again, "{setting:?} after {age} s");
    }
}

// The API's faults, and what a client is told if nothing is kept.
fn outages() -> Vec<(&'static str, Says, u16)> {
    vec![
        ("down", Err(NoReply::Unreachable("connection refused".to_owned())), 502),
        ("slow", Err(NoReply::Deadline), 504),
        ("500", Ok(reply(500, "")), 502),
        ("503", Ok(reply(503, "")), 502),
        ("404", Ok(reply(404, "")), 502),
        ("429", Ok(reply(429, "")), 429),
        ("nonsense", Ok(reply(200, "nonsense")), 502),
        // `{"exp":1}`
        ("a token that has expired", Ok(reply(200, r#"{"token":"a.eyJleHAiOjF9.c"}"#)), 502),
    ]
}

#[test]
fn in_an_outage_an_older_token_is_passed_on_up_to_15_minutes_before_its_end_and_never_after() {
    for (what, says, status) in outages() {
        for (age, serves) in [(599, true), (600, true), (LIFE - 901, true), (LIFE - 900, false)] {
            let world = World::new();
            world.token(&[NAME], None);
            world.services.clock.advance(age);
            world.instead("/auth/v1/token", says.clone());
            for isolate in [&world, &world.another_isolate()] {
                let seen = isolate.ask_token(&[NAME], None);
                let line = isolate.last_line();
                if !serves {
                    assert_eq!(seen.error().0, status, "{what} after {age} s");
                    assert_eq!(line["token"], Value::Null, "{what} after {age} s");
                    continue;
                }
                assert_eq!(seen.json()["expires_in"], LIFE - 60 - age, "{what} after {age} s");
                let problem = line["problem"].as_str().unwrap_or_default();
                let is_stale = age >= 600;
                assert_eq!(line["token"] == "stale", is_stale, "{what} after {age} s: {line}");
                assert_eq!(
                    problem.contains("an upstream token is served past its time"),
                    is_stale,
                    "{what}: {line}"
                );
                let own = isolate.ask_token(&[NAME], Some(OWNER));
                assert_eq!(own.error().0, status, "{what}: a caller's own is nobody else's");
            }
            world.as_told();
            if age >= 600 {
                world.services.clock.advance(SPARED);
            }
            assert_eq!(asked(&world, &[NAME], None), usize::from(age >= 600), "{what}: it is over");
        }
    }
}

#[test]
fn a_refused_credential_ends_its_own_token_and_leaves_the_shared_one() {
    for status in [401, 403] {
        let world = World::new();
        world.token(&[NAME], None);
        world.token(&[NAME], Some(OWNER));
        world.services.clock.advance(60);
        world.instead("/auth/v1/token", Ok(reply(status, "")));
        let seen = world.ask_token(&[NAME], Some(OWNER));
        assert_eq!(seen.error(), (401, "UNAUTHORIZED".to_owned()), "{status}");
        world.instead("/auth/v1/token", Err(NoReply::Deadline));
        assert_eq!(world.ask_token(&[NAME], Some(OWNER)).error().0, 504, "after {status}");
        assert_eq!(world.ask_token(&[NAME], None).status, 200, "after {status}");
    }
}

#[test]
fn a_token_that_lives_for_less_than_15_minutes_is_not_passed_on() {
    for (life, passed_on) in [(61, false), (600, false), (900, false), (901, true), (14_400, true)]
    {
        let world = World::new();
        world.rules.life.set(Some(life));
        world.token(&[NAME], None);
        assert_eq!(kept(&world), usize::from(passed_on), "{life} s");
        for isolate in [&world, &world.another_isolate()] {
            assert_eq!(asked(isolate, &[NAME], None), usize::from(!passed_on), "{life} s");
        }
        world.services.clock.advance(1);
        let again = usize::from(life < 1000);
        assert_eq!(asked(&world, &[NAME], None), again, "{life} s, a second later");
    }
}

#[test]
fn a_token_that_was_got_with_a_credential_is_never_shared() {
    let (owner, guest) = (Some(OWNER), Some(GUEST));
    let callers = [owner, owner, guest, None, owner, None, guest, None];
    let world = World::new();
    let (mut anonymous, mut callers_first) = (0, HashSet::from([None]));
    for credential in callers {
        let is_first_guest = credential.is_none() && anonymous == 0;
        anonymous += usize::from(credential.is_none());
        let tokens = usize::from(is_first_guest || callers_first.insert(credential));
        assert_eq!(asked(&world, &[NAME], credential), tokens, "{credential:?}");
        assert_eq!(kept(&world), usize::from(anonymous > 0), "{credential:?}");
        // The claims at the registry show whose token it is.
        let token = world.token(&[NAME], credential);
        let unknown = format!("/v2/{NAME}/blobs/sha256:{}", "0".repeat(64));
        let calls = world.calls(|| drop(world.get_with(&token, &unknown)));
        assert_eq!(claims(&calls[0]).expect("claims")["sub"], json!(credential));
    }
}

#[test]
fn a_wrong_credential_is_refused_even_if_a_shared_token_exists() {
    let world = World::new();
    world.token(&[NAME], None);
    for _ in 0..3 {
        let urls = world.urls(|| {
            let seen = world.ask_token(&[NAME], Some(WRONG));
            assert_eq!(seen.error(), (401, "UNAUTHORIZED".to_owned()));
        });
        assert!(urls.iter().any(|url| url.contains("/auth/v1/token")), "{urls:?}");
    }
    assert_eq!(asked(&world, &[NAME], None), 0, "which takes nothing from the others");
}

#[test]
fn a_token_that_allows_less_than_was_asked_for_is_not_shared() {
    let world = World::new();
    world.rules.revoked.borrow_mut().push(OLDER);
    for _ in 0..2 {
        assert_eq!(asked(&world, &[NAME, OLD], None), 1);
        assert_eq!(kept(&world), 0);
    }
    assert_eq!(asked(&world, &[NAME], None), 1);
    assert_eq!(asked(&world, &[NAME], None), 0, "what it was asked for it allows");
    world.rules.revoked.borrow_mut().clear();
    world.services.clock.advance(1);
    assert_eq!(asked(&world, &[NAME, OLD], None), 1);
    assert_eq!(asked(&world, &[NAME, OLD], None), 0);
}

#[test]
fn a_token_that_allows_more_than_the_api_does_now_is_used_by_no_isolate() {
    let world = World::new();
    world.token(&[NAME, OLD], None);
    world.rules.revoked.borrow_mut().push(OLDER);
    world.services.clock.advance(600);
    world.token(&[NAME, OLD], None);
    assert_eq!(kept(&world), 0);
    world.instead("/auth/v1/token", Err(NoReply::Deadline));
    for isolate in [&world, &world.another_isolate()] {
        assert_eq!(isolate.ask_token(&[NAME, OLD], None).error().0, 504);
    }
}

#[test]
fn a_kept_token_gives_no_access_to_callers_who_may_not_see_the_release() {
    let world = World::new();
    world.token(&["acme/vault"], Some(OWNER));
    assert_eq!(kept(&world), 0);
    for credential in [None, Some(GUEST)] {
        assert_eq!(world.pull("acme/vault", credential).error().0, 403);
    }
    // This also holds for a release that a guest would find.
    world.instead("/v7/", Ok(super::upstream::release_at(VAULT)));
    world.services.clock.advance(60);
    assert_eq!(world.pull("acme/vault", None).error(), (403, "DENIED".to_owned()));
    assert_eq!(kept(&world), 0);
}

#[test]
fn a_store_that_fails_or_hangs_costs_a_new_token_and_fails_no_pull() {
    for (trouble, words) in [(Trouble::Fails, "the store failed"), (Trouble::Hangs, "too long")] {
        let world = World::new();
        world.services.store().suffers(trouble);
        assert_eq!(asked(&world, &[NAME], None), 1);
        let problem = world.last_line()["problem"].to_string();
        assert!(problem.contains(words), "{problem}");
        assert_eq!(asked(&world, &[NAME], None), 0, "{trouble:?}: memory has it");
        assert_eq!(asked(&world.another_isolate(), &[NAME], None), 1, "{trouble:?}");
    }
}
