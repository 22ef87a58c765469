//! One refusal by upstream ends everything that is kept of a location.

use bhcr::services::Services;
use http::Method;

use super::client::World;
use super::upstream::{BROWSER, Says};
use crate::support::{reply, reply_with, sha256};

const NAME: &str = "blocks/browser";
const OLD: &str = "blocks/browser/2.2.0";

fn blob(number: usize) -> String {
    format!("blobs/{}", sha256(&number.to_be_bytes()))
}

fn refusals() -> Vec<(Says, u16)> {
    let with = |error: &str| {
        let challenge = format!("Bearer realm=\"r\",error=\"{error}\"");
        Ok(reply_with(401, &[("www-authenticate", &challenge)], ""))
    };
    vec![
        (with("invalid_token"), 401),
        (Ok(reply(401, "")), 401),
        (with("insufficient_scope"), 404),
        (Ok(reply(403, "")), 404),
    ]
}

/// A world in which two locations were pulled, and a token for both.
fn pulled() -> (World, String) {
    let world = World::with(&[
        ("TAG_SECONDS", "600"),
        ("TARGET_SECONDS", "86400"),
        ("VERSION_SECONDS", "86400"),
    ]);
    world.rules.signs.set(Some(3600));
    world.token(&[NAME], None);
    let token = world.token(&[NAME, OLD], None);
    for name in [NAME, OLD] {
        for end in ["manifests/latest", &blob(1), &blob(2)] {
            let seen = world.get_with(&token, &format!("/v2/{name}/{end}"));
            assert!([200, 307].contains(&seen.status), "{seen:?}");
        }
    }
    (world, token)
}

fn get(world: &World, token: &str, name: &str, end: &str) -> (u16, usize) {
    let mut status = 0;
    let urls = world.urls(|| status = world.get_with(token, &format!("/v2/{name}/{end}")).status);
    (status, urls.len())
}

fn tokens(world: &World, names: &[&str]) -> usize {
    let urls = world.urls(|| drop(world.token(names, None)));
    urls.iter().filter(|url| url.contains("/auth/v1/token")).count()
}

// All entries of the store and the cache.
fn kept(world: &World) -> [Vec<(String, String)>; 2] {
    [world.services.store(), world.services.cache()].map(|store| {
        let value = |key: String| Some((key.clone(), store.value(&key)?));
        store.keys().into_iter().filter_map(value).collect()
    })
}

fn put_back(world: &World, kept: &[Vec<(String, String)>; 2]) {
    for (store, entries) in [world.services.store(), world.services.cache()].iter().zip(kept) {
        entries.iter().for_each(|(key, value)| store.plant(key, value));
    }
}

#[test]
fn what_the_registry_refused_is_reused_for_nobody_even_if_a_store_still_has_it() {
    for (says, status) in refusals() {
        for (method, end) in [
            (Method::GET, blob(3)),
            (Method::HEAD, blob(3)),
            (Method::GET, format!("manifests/{}", sha256(b"unknown"))),
            (Method::HEAD, format!("manifests/{}", sha256(b"unknown"))),
        ] {
            for comes_again in [false, true] {
                let (world, token) = pulled();
                let before = kept(&world);
                world.instead(BROWSER, says.clone());
                let bearer = format!("Bearer {token}");
                let target = format!("/v2/{NAME}/{end}");
                let seen = world.ask(method.clone(), &target, &[("authorization", &bearer)]);
                assert_eq!(seen.error().0, status, "{says:?}");
                world.as_told();

                let what = format!("{method} {end}, {comes_again}: {says:?}");
                if comes_again {
                    // KV may return deleted entries for a minute.
                    put_back(&world, &before);
                    world.services.clock.advance(30);
                }
                for n in [1, 2] {
                    assert_eq!(get(&world, &token, NAME, &blob(n)), (307, 1), "{what}");
                }
                assert_eq!(get(&world, &token, NAME, "manifests/latest"), (200, 1), "{what}");
                assert_eq!(tokens(&world, &[NAME]), 1, "{what}");
                assert_eq!(tokens(&world, &[NAME, OLD]), 1, "{what}");
                // The other location is not affected.
                assert_eq!(tokens(&world, &[OLD]), 1, "{what}: it was asked for never before");
                assert_eq!(get(&world, &token, OLD, &blob(1)), (307, 0), "{what}");
                assert_eq!(get(&world, &token, OLD, "manifests/latest"), (200, 0), "{what}");

                // Later answers of upstream are reused again.
                world.services.clock.advance(1);
                for names in [&[NAME][..], &[NAME, OLD]] {
                    drop(world.token(names, None));
                    assert_eq!(tokens(&world, names), 0, "{what}");
                }
                assert_eq!(get(&world, &token, NAME, &blob(1)), (307, 0), "{what}");
            }
        }
    }
}

#[test]
fn a_refusal_ends_the_token_and_the_redirects_for_other_isolates_too() {
    for (says, _) in refusals() {
        let (world, token) = pulled();
        world.instead(BROWSER, says.clone());
        get(&world, &token, NAME, &blob(3));
        // The token for this location is removed. The one for both is not used in this isolate.
        let is_token = |key: &&String| key.starts_with("token/");
        assert_eq!(world.services.store().keys().iter().filter(is_token).count(), 1, "{says:?}");
        // Another isolate of the data centre does not find the redirects either.
        assert_eq!(get(&world.another_isolate(), &token, NAME, &blob(1)).1, 1);
    }
}

#[test]
fn what_another_isolate_kept_before_a_refusal_is_not_used() {
    let (world, token) = pulled();
    let second = world.another_isolate();
    assert_eq!(get(&second, &token, NAME, &blob(1)), (307, 0));
    world.instead(BROWSER, Ok(reply(403, "")));
    assert_eq!(get(&world, &token, NAME, &blob(3)).0, 404);
    world.as_told();
    // The second isolate does not know of the refusal, and keeps another redirect.
    assert_eq!(get(&second, &token, NAME, &blob(3)), (307, 1));
    for end in [&*blob(1), &blob(2), &blob(3), "manifests/latest"] {
        assert_eq!(get(&world, &token, NAME, end).1, 1, "{end}");
    }
}

#[test]
fn an_api_token_without_access_to_a_location_counts_as_its_refusal() {
    for comes_again in [false, true] {
        let (world, token) = pulled();
        let before = kept(&world);
        world.rules.revoked.borrow_mut().push(BROWSER);
        world.services.clock.advance(600);
        let (mut first, names) = (true, [NAME, OLD]);
        for _ in 0..2 {
            let seen = world.pull(NAME, None);
            assert_eq!(seen.error(), (403, "DENIED".to_owned()));
            if std::mem::take(&mut first) && comes_again {
                put_back(&world, &before);
            }
        }
        assert_eq!(get(&world, &token, NAME, &blob(1)), (307, 1), "the redirect is asked for");
        let both = world.token(&names, None);
        assert_eq!(get(&world, &both, NAME, "tags/list").0, 403);
        assert_eq!(get(&world, &both, OLD, "tags/list").0, 200);
    }
}

#[test]
fn an_app_made_private_is_given_to_no_new_caller_after_token_seconds() {
    for (setting, seconds) in [("", 600), ("60", 60), ("0", 0)] {
        let world = World::with(&[("TOKEN_SECONDS", setting), ("TARGET_SECONDS", "86400")]);
        let second = world.another_isolate();
        let old = world.token(&[NAME], None);
        second.token(&[NAME], None);
        world.rules.revoked.borrow_mut().push(BROWSER);
        if seconds > 0 {
            world.services.clock.advance(seconds - 1);
            for isolate in [&world, &second, &world.another_isolate()] {
                assert_eq!(isolate.pull(NAME, None).status, 200, "{setting}: it may not know yet");
            }
            world.services.clock.advance(1);
        }
        let third = world.another_isolate();
        for isolate in [&world, &second, &third, &world.another_data_centre()] {
            let seen = isolate.pull(NAME, None);
            assert_eq!(seen.error(), (403, "DENIED".to_owned()), "{setting:?}");
        }
        // Clients that already have a token can use it until it expires.
        let target = format!("/v2/{NAME}/manifests/latest");
        assert_eq!(world.get_with(&old, &target).status, 200);
        world.services.clock.advance(14_339 - seconds);
        assert_eq!(world.get_with(&old, &target).status, 200);
        world.services.clock.advance(1);
        assert_eq!(world.get_with(&old, &target).error().0, 401);
    }
}
