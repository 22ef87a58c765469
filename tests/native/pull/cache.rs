//! Which resolutions are kept, and for whom.

use bhcr::services::{NoReply, Services, Store};

use super::client::World;
use super::upstream::{BROWSER, GUEST, OLDER, OWNER, VAULT, WRONG};
use crate::support::reply;

#[test]
fn what_one_guest_found_is_kept_for_the_next() {
    let world = World::new();
    assert_eq!(world.look_ups_for(&["blocks/browser"], None), 1);
    for name in ["blocks/browser", "blocks/browser/latest", "blocks/browser/pinned/main"] {
        assert_eq!(world.look_ups_for(&[name], None), 0, "{name}");
    }
    assert!(world.urls(|| drop(world.token(&["blocks/browser"], None))).is_empty());
    assert_eq!(world.look_ups_for(&["blocks/browser/2.3.8"], None), 1);
}

#[test]
fn what_was_found_with_a_credential_is_kept_for_that_credential_only() {
    // To others, the private one is missing: one call more asks what is there instead.
    for (name, asked) in [("acme/vault", 2), ("blocks/browser", 1)] {
        let world = World::new();
        assert_eq!(world.look_ups_for(&[name], Some(OWNER)), 1);
        assert_eq!(world.look_ups_for(&[name], Some(OWNER)), 0);
        assert_eq!(world.look_ups_for(&[name], Some(GUEST)), asked, "another");
        assert_eq!(world.look_ups_for(&[name], None), asked, "a guest");
        for _ in 0..2 {
            assert_eq!(world.look_ups_for(&[name], Some(WRONG)), 1, "a wrong one, each time");
        }
    }
}

#[test]
fn nothing_that_upstream_did_not_confirm_is_kept_on_any_level() {
    // The release is looked up again each time.
    let keeps_nothing = |world: &World, credential, status| {
        for _ in 0..2 {
            let asked = world.look_ups(|| {
                assert_eq!(world.ask_token(&["blocks/browser"], credential).status, status);
            });
            assert_eq!(asked, 1, "{credential:?}, {status}");
            assert!(world.services.store().keys().is_empty(), "{credential:?}, {status}");
        }
    };
    keeps_nothing(&World::new(), Some(WRONG), 401);
    for credential in [None, Some(OWNER), Some(GUEST)] {
        let world = World::new();
        world.rules.revoked.borrow_mut().push(BROWSER);
        keeps_nothing(&world, credential, 200);

        for (says, status) in [
            (Ok(reply(500, "")), 502),
            (Ok(reply(401, "")), if credential.is_some() { 401 } else { 502 }),
            (Ok(reply(403, "")), if credential.is_some() { 401 } else { 502 }),
            (Ok(reply(200, "nonsense")), 502),
            (Ok(reply(429, "")), 429),
            (Err(NoReply::Deadline), 504),
        ] {
            let world = World::new();
            world.instead("/auth/v1/token", says);
            keeps_nothing(&world, credential, status);
        }
    }
}

#[test]
fn a_caller_whom_upstream_refuses_causes_no_refresh() {
    let world = World::with(&[("CREDENTIAL_SECONDS", "0")]);
    world.token(&["blocks/browser"], Some(OWNER));
    world.services.clock.advance(30);
    world.instead("/auth/v1/token", Ok(reply(401, "")));
    assert_eq!(world.look_ups_for(&["blocks/browser"], Some(OWNER)), 0);
}

#[test]
fn of_two_names_only_the_one_that_upstream_confirms_is_kept() {
    let world = World::new();
    world.rules.revoked.borrow_mut().push(OLDER);
    world.token(&["blocks/browser", "blocks/browser/2.2.0"], None);
    assert_eq!(world.resolutions(), ["release/5/public/blocks/browser"]);
    assert_eq!(world.look_ups_for(&["blocks/browser"], None), 0);
    assert_eq!(world.look_ups_for(&["blocks/browser/2.2.0"], None), 1);
}

#[test]
fn a_release_that_upstream_does_not_confirm_any_more_is_dropped() {
    for (name, hash, credential) in
        [("blocks/browser", BROWSER, None), ("acme/vault", VAULT, Some(OWNER))]
    {
        let world = World::with(&[("TOKEN_SECONDS", "0"), ("CREDENTIAL_SECONDS", "0")]);
        world.token(&[name], credential);
        assert_eq!(world.resolutions().len(), 1);
        world.rules.revoked.borrow_mut().push(hash);
        assert_eq!(world.pull(name, credential).error(), (403, "DENIED".to_owned()));
        assert!(world.services.store().keys().is_empty(), "and the token with it");
        world.rules.revoked.borrow_mut().clear();
        assert_eq!(world.look_ups_for(&[name], credential), 1);
    }
}

#[test]
fn keys_and_entries_show_no_credential_no_location_and_no_private_name() {
    pollster::block_on(async {
        let world = World::new();
        world.token(&["acme/vault", "blocks/browser"], Some(OWNER));
        world.token(&["blocks/browser"], None);
        let keys = world.services.store().keys();
        assert_eq!(keys.len(), 4, "{keys:?}");
        for key in keys {
            assert!(["release/5/", "token/2/"].iter().any(|kind| key.starts_with(kind)), "{key}");
            let value = world.services.store().get(&key).await.expect("it answers");
            let entry = format!("{key} {}", value.expect("it is there"));
            for word in [OWNER, "hunter2", "vault", "10ca7104", "upstreamjwt"] {
                assert!(!entry.contains(word), "{entry}");
            }
        }
    });
}
