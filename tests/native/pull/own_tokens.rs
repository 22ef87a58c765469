//! An upstream token that was got with a credential is given to the same credential again for a
//! short time, by this isolate alone.

use super::client::World;
use super::upstream::{GUEST, OWNER, VAULT, WRONG};
use crate::support::reply;

const NAME: &str = "acme/vault";

fn tokens(world: &World, names: &[&str], credential: &str) -> usize {
    let urls = world.urls(|| drop(world.ask_token(names, Some(credential))));
    urls.iter().filter(|url| url.contains("/auth/v1/token")).count()
}

// A pull-through cache asks for one token for each layer.
#[test]
fn forty_token_requests_of_one_credential_cost_two_calls() {
    let world = World::new();
    let urls = world.urls(|| {
        for _ in 0..41 {
            assert_eq!(world.ask_token(&[NAME], Some(OWNER)).status, 200);
        }
    });
    assert_eq!(urls.len(), 2, "the release and the token: {urls:?}");
}

#[test]
fn the_time_is_a_setting() {
    for (setting, seconds) in [("", 60), ("10", 10), ("600", 600)] {
        let world = World::with(&[("CREDENTIAL_SECONDS", setting)]);
        assert_eq!(tokens(&world, &[NAME], OWNER), 1);
        world.services.clock.advance(seconds - 1);
        assert_eq!(tokens(&world, &[NAME], OWNER), 0, "{setting}");
        world.services.clock.advance(1);
        assert_eq!(tokens(&world, &[NAME], OWNER), 1, "{setting}");
    }
    let never = World::with(&[("CREDENTIAL_SECONDS", "0")]);
    assert_eq!([(); 3].map(|()| tokens(&never, &[NAME], OWNER)), [1, 1, 1]);
}

#[test]
fn nobody_else_gets_it_and_it_leaves_no_isolate() {
    let world = World::new();
    world.token(&[NAME], Some(OWNER));
    assert_eq!(tokens(&world, &[NAME, "blocks/browser"], OWNER), 1, "other locations");
    assert_eq!(tokens(&world, &["blocks/browser"], GUEST), 1, "another credential");
    assert_eq!(world.ask_token(&[NAME], Some(WRONG)).error().0, 401);
    assert_eq!(tokens(&world.another_isolate(), &[NAME], OWNER), 1, "another isolate");
    let keys = bhcr::services::Services::store(&world.services).keys();
    assert!(!keys.iter().any(|key| key.starts_with("token/")), "{keys:?}");
}

#[test]
fn a_login_without_a_name_is_always_checked() {
    let world = World::new();
    assert_eq!([(); 3].map(|()| tokens(&world, &[], OWNER)), [1, 1, 1]);
}

#[test]
fn a_refusal_of_the_registry_ends_it_at_once() {
    for status in [401, 403] {
        let world = World::new();
        let token = world.token(&[NAME], Some(OWNER));
        world.instead(VAULT, Ok(reply(status, "")));
        let target = format!("/v2/{NAME}/manifests/latest");
        assert!(world.get_with(&token, &target).status >= 400);
        world.as_told();
        assert_eq!(tokens(&world, &[NAME], OWNER), 1, "{status}");
    }
}

// 5,000 requests that anybody can make, between a refusal and the next token.
#[test]
fn junk_requests_do_not_bring_a_refused_token_back() {
    for credential in [None, Some(OWNER)] {
        let world = World::new();
        let (name, at) = match credential {
            None => ("blocks/browser", super::upstream::BROWSER),
            Some(_) => (NAME, VAULT),
        };
        let other = world.another_isolate();
        let token = other.token(&[name], credential);
        let kept = bhcr::services::Services::store(&world.services);
        let before: Vec<_> =
            kept.keys().into_iter().map(|key| (key.clone(), kept.value(&key))).collect();
        world.instead(at, Ok(reply(403, "")));
        let target = format!("/v2/{name}/blobs/{}", super::upstream::BLOB);
        assert_eq!(world.get_with(&token, &target).status, 404);
        world.as_told();
        // KV may give for a minute what it had before.
        for (key, value) in before {
            kept.plant(&key, &value.expect("it was kept"));
        }
        for n in 0..5000 {
            world.ask_token_alone(&[&format!("no/app{n}")], None);
        }
        let urls = world.urls(|| drop(world.ask_token(&[name], credential)));
        assert!(urls.iter().any(|url| url.contains("/auth/v1/token")), "{credential:?}: {urls:?}");
    }
}
