//! What is kept of a resolution, for whom, and for how long.

use bhcr::services::{Services, Store};

use super::client::World;
use super::upstream::{BROWSER, COMMIT, GUEST, OWNER, VAULT, WRONG};
use crate::support::{reply, reply_with};

// How many of the calls that `act` makes ask for a release.
fn look_ups(world: &World, act: impl FnOnce()) -> usize {
    world.urls(act).iter().filter(|url| url.contains("/v7/")).count()
}

#[test]
fn what_one_guest_found_the_next_need_not_ask_for() {
    let world = World::new();
    assert_eq!(look_ups(&world, || drop(world.token(&["blocks/browser"], None))), 1);
    for name in ["blocks/browser", "blocks/browser/latest", "blocks/browser/pinned/main"] {
        assert_eq!(look_ups(&world, || drop(world.token(&[name], None))), 0, "{name}");
    }
    let urls = world.urls(|| drop(world.token(&["blocks/browser"], None)));
    assert!(urls.len() == 1 && urls[0].contains("/auth/v1/token"), "{urls:?}");
    assert_eq!(look_ups(&world, || drop(world.token(&["blocks/browser/2.3.8"], None))), 1);
}

#[test]
fn what_was_found_with_a_credential_is_found_with_that_one_alone() {
    for name in ["acme/vault", "blocks/browser"] {
        let world = World::new();
        assert_eq!(look_ups(&world, || drop(world.token(&[name], Some(OWNER)))), 1);
        assert_eq!(look_ups(&world, || drop(world.token(&[name], Some(OWNER)))), 0);
        assert_eq!(look_ups(&world, || drop(world.token(&[name], Some(GUEST)))), 1, "another");
        assert_eq!(look_ups(&world, || drop(world.token(&[name], None))), 1, "a guest");
        assert_eq!(
            look_ups(&world, || drop(world.ask_token(&[name], Some(WRONG)))),
            1,
            "a wrong one"
        );
    }
}

#[test]
fn a_miss_is_never_kept() {
    let world = World::new();
    for credential in [None, Some(OWNER)] {
        for _ in 0..2 {
            assert_eq!(look_ups(&world, || drop(world.token(&["no/app"], credential))), 1);
        }
    }
    assert!(world.services.store().keys().is_empty());
}

#[test]
fn nothing_is_kept_that_upstream_did_not_confirm() {
    let world = World::new();
    world.ask_token(&["blocks/browser"], Some(WRONG));
    assert!(world.services.store().keys().is_empty(), "a wrong credential");

    world.rules.revoked.borrow_mut().push(BROWSER);
    world.token(&["blocks/browser"], None);
    world.token(&["blocks/browser"], Some(OWNER));
    assert!(world.services.store().keys().is_empty(), "a location without a right");

    for says in [reply(500, ""), reply(401, ""), reply(200, "nonsense"), reply_with(429, &[], "")] {
        let world = World::new();
        world.instead("/auth/v1/token", Ok(says));
        world.ask_token(&["blocks/browser"], None);
        assert!(world.services.store().keys().is_empty(), "no token");
    }
}

#[test]
fn what_upstream_does_not_confirm_any_more_is_dropped() {
    for (name, hash, credential) in
        [("blocks/browser", BROWSER, None), ("acme/vault", VAULT, Some(OWNER))]
    {
        let world = World::new();
        world.token(&[name], credential);
        assert_eq!(world.services.store().keys().len(), 1);
        world.rules.revoked.borrow_mut().push(hash);
        assert_eq!(world.pull(name, credential).error(), (404, "NAME_UNKNOWN".to_owned()));
        assert!(world.services.store().keys().is_empty());
        world.rules.revoked.borrow_mut().clear();
        assert_eq!(look_ups(&world, || drop(world.token(&[name], credential))), 1);
    }
}

#[test]
fn each_kind_of_release_is_kept_for_its_own_time() {
    let settings =
        [("TARGET_SECONDS", "20"), ("VERSION_SECONDS", "300"), ("FIXED_SECONDS", "4000")];
    let commit = format!("blocks/browser/{COMMIT}");
    for (name, seconds) in [("blocks/browser", 20), ("blocks/browser/2.3.8", 300), (&*commit, 4000)]
    {
        let world = World::with(&settings);
        world.token(&[name], None);
        world.services.clock.advance(seconds - 1);
        assert_eq!(look_ups(&world, || drop(world.token(&[name], None))), 0, "{name}");
        world.services.clock.advance(1);
        assert_eq!(look_ups(&world, || drop(world.token(&[name], None))), 1, "{name}");
        world.services.clock.advance(seconds - 1);
        assert_eq!(look_ups(&world, || drop(world.token(&[name], None))), 0, "{name} again");
    }
}

#[test]
fn an_entry_that_is_not_ours_or_not_of_its_key_is_no_entry() {
    pollster::block_on(async {
        let world = World::new();
        world.token(&["blocks/browser", "blocks/browser/2.2.0"], None);
        let store = world.services.store();
        let keys = store.keys();
        let [first, second] = &keys[..] else { panic!("{keys:?}") };
        let stolen = store.get(second).await.expect("it answers").expect("it is there");
        for planted in [stolen, String::new(), "nonsense".to_owned()] {
            store.put(first, planted, 600).await.expect("it takes it");
            let asked = look_ups(&world, || {
                assert_eq!(world.pull("blocks/browser", None).status, 200);
            });
            assert_eq!(asked, 1);
        }
    });
}

#[test]
fn keys_and_entries_show_no_credential_no_location_and_no_private_name() {
    pollster::block_on(async {
        let world = World::new();
        world.token(&["acme/vault", "blocks/browser"], Some(OWNER));
        world.token(&["blocks/browser"], None);
        let keys = world.services.store().keys();
        assert_eq!(keys.len(), 3, "{keys:?}");
        for key in keys {
            let value = world.services.store().get(&key).await.expect("it answers");
            let entry = format!("{key} {}", value.expect("it is there"));
            for word in [OWNER, "hunter2", "vault", "10ca7104"] {
                assert!(!entry.contains(word), "{entry}");
            }
        }
    });
}

#[test]
fn a_hot_manifest_costs_one_call() {
    let world = World::new();
    let token = world.token(&["blocks/browser"], None);
    let target = "/v2/blocks/browser/manifests/latest";
    let urls = world.urls(|| drop(world.get_with(&token, target)));
    assert_eq!(urls, [format!("GET /v2/v2/{BROWSER}/manifests/latest")]);
}
