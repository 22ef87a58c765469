//! Pulls work without the store.

use bhcr::services::{NoReply, Services, Store};
use serde_json::json;

use super::client::World;
use super::services::Trouble;
use super::upstream::{BROWSER, OLDER, OWNER, digest_of};
use crate::support::keys;

#[test]
fn a_pull_goes_on_without_a_store_that_fails_or_hangs_and_the_log_says_so() {
    for (trouble, words) in
        [(Trouble::Fails, "the store failed: KV says no"), (Trouble::Hangs, "too long")]
    {
        for credential in [None, Some(OWNER)] {
            let world = World::new();
            world.services.store().suffers(trouble);
            assert_eq!(world.look_ups_for(&["blocks/browser"], credential), 1);
            let line = world.last_line();
            assert_eq!(line["resolved"], json!(["api"]), "{trouble:?}");
            assert!(line["problem"].as_str().is_some_and(|it| it.contains(words)), "{line}");
            assert_eq!(world.pull("blocks/browser", credential).status, 200, "{trouble:?}");
            assert_eq!(world.look_ups_for(&["blocks/browser"], credential), 0, "memory has it");
        }
    }
}

#[test]
fn a_store_that_hangs_delays_a_pull_by_half_a_second_at_most() {
    let world = World::new();
    world.services.store().suffers(Trouble::Hangs);
    let before = world.services.now_ms();
    world.token(&["blocks/browser", "blocks/browser/2.3.8", "acme/duo/latest/web"], None);
    // The twin's clock adds up waits that really run at the same time: three names, then the token.
    assert!(world.services.now_ms() - before <= 4 * 500);
}

#[test]
fn without_the_store_an_isolate_uses_its_memory() {
    let world = World::new();
    world.token(&["blocks/browser"], None);
    world.services.store().suffers(Trouble::Fails);
    world.services.clock.advance(30);
    assert_eq!(world.look_ups_for(&["blocks/browser"], None), 1, "a refresh");
    world.services.clock.advance(60);
    world.instead("/v7/", Err(NoReply::Deadline));
    assert_eq!(world.ask_token(&["blocks/browser"], None).status, 200);
    assert_eq!(world.last_line()["resolved"], json!(["stale"]));
}

#[test]
fn if_the_store_and_the_api_fail_the_log_names_both() {
    for (age, status) in [(60, 200), (60 + 21_600, 504)] {
        let world = World::new();
        world.token(&["blocks/browser"], None);
        world.services.clock.advance(age);
        world.services.store().suffers(Trouble::Fails);
        world.instead("/v7/", Err(NoReply::Deadline));
        assert_eq!(world.ask_token(&["blocks/browser"], None).status, status);
        let problem = world.last_line()["problem"].to_string();
        for part in ["the store failed", "took too long"] {
            assert!(problem.contains(part), "{status}: {part:?} is not in {problem}");
        }
    }
}

#[test]
fn an_entry_of_others_or_of_another_key_is_ignored() {
    let foreign = keys(&[("TOKEN_SECRET", crate::support::OTHER_SECRET)]);
    pollster::block_on(async {
        let world = World::new();
        world.token(&["blocks/browser", "blocks/browser/2.2.0"], None);
        let store = world.services.store();
        let keys = world.resolutions();
        let [target, version] = &keys[..] else { panic!("{keys:?}") };
        let read = async |key: &str| store.get(key).await.expect("it answers");
        let own = read(target).await.expect("it is there");
        let others = read(version).await.expect("it is there");
        let planted = [
            ("another key's", others),
            ("another deployment's", foreign.seal_entry(target, b"\0\0")),
            ("half of it", own[..own.len() / 2].to_owned()),
            ("more than it", format!("{own}AAAA")),
            ("empty", String::new()),
            ("nonsense", "nonsense".to_owned()),
            ("JSON", r#"{"answered_at":1800000000,"resolved":null}"#.to_owned()),
        ];
        for (what, planted) in planted {
            store.put(target, planted, 600).await.expect("it takes it");
            let fresh = world.another_isolate();
            let asked = fresh.look_ups(|| {
                let seen = fresh.pull("blocks/browser", None);
                let digest = seen.header("docker-content-digest");
                assert_eq!(digest, Some(&*digest_of(BROWSER)), "{what}");
            });
            assert_eq!(asked, 1, "{what}");
            let kept = world.another_isolate();
            assert_eq!(kept.look_ups_for(&["blocks/browser"], None), 0, "{what} was replaced");
        }
    });
}

#[test]
fn a_private_entry_under_the_public_key_is_ignored() {
    pollster::block_on(async {
        let world = World::new();
        world.token(&["acme/vault"], Some(OWNER));
        let store = world.services.store();
        let private = store.keys().remove(0);
        let sealed = store.get(&private).await.expect("it answers").expect("it is there");
        store.put("release/5/public/acme/vault", sealed, 600).await.expect("it takes it");
        let fresh = world.another_isolate();
        assert_eq!(fresh.look_ups_for(&["acme/vault"], None), 2);
        assert_eq!(fresh.pull("acme/vault", None).status, 403);
    });
}

#[test]
fn a_sealed_entry_with_a_location_outside_the_grammar_is_ignored() {
    pollster::block_on(async {
        let world = World::new();
        let names = ["blocks/browser", "blocks/browser/2.2.0"];
        world.token(&names, None);
        let (store, key) = (world.services.store(), "release/5/public/blocks/browser");
        let sealed = store.get(key).await.expect("it answers").expect("it is there");
        let mut plain = world.keys().open_entry(key, &sealed).expect("it is ours");
        let at = plain.windows(3).position(|part| part == b"v2/").expect("a location");
        plain[at + 3] = b'A';
        let planted = world.keys().seal_entry(key, &plain);
        store.put(key, planted, 600).await.expect("it takes it");
        let fresh = world.another_isolate();
        assert_eq!(fresh.look_ups_for(&names, None), 1);
        assert_eq!(fresh.pull("blocks/browser", None).status, 200);
    });
}

#[test]
fn an_earlier_entry_in_the_store_never_replaces_the_one_in_memory() {
    pollster::block_on(async {
        let world = World::new();
        world.token(&["blocks/browser"], None);
        let store = world.services.store();
        let key = store.keys().remove(0);
        let earlier = store.get(&key).await.expect("it answers").expect("it is there");
        world.services.clock.advance(59);
        world.instead("/v7/", Ok(super::upstream::release_at(OLDER)));
        world.token(&["blocks/browser"], None);
        // KV may return deleted entries for a minute.
        store.put(&key, earlier, 600).await.expect("it takes it");
        let pulled = || {
            let seen = world.pull("blocks/browser", None);
            seen.header("docker-content-digest").map(str::to_owned)
        };
        assert_eq!(pulled(), Some(digest_of(OLDER)));
        world.services.clock.advance(60);
        world.instead("/v7/", Err(NoReply::Deadline));
        assert_eq!(pulled(), Some(digest_of(OLDER)), "in an outage neither");
    });
}

#[test]
fn a_miss_deletes_the_stored_entry_even_if_it_could_not_be_read() {
    let world = World::new();
    world.token(&["blocks/browser"], None);
    world.services.clock.advance(60);
    let fresh = world.another_isolate();
    world.services.store().suffers(Trouble::Hangs);
    world.instead("/v7/", Ok(super::upstream::nothing()));
    assert_eq!(fresh.pull("blocks/browser", None).status, 403);
    world.services.store().suffers(Trouble::None);
    assert!(world.resolutions().is_empty());
}

#[test]
fn nothing_but_token_requests_read_the_store() {
    let world = World::new();
    let token = world.token(&["blocks/browser"], None);
    let reads = world.services.store().reads();
    for target in ["/v2/", "/v2/blocks/browser/manifests/latest", "/v2/blocks/browser/tags/list"] {
        assert_eq!(world.get_with(&token, target).status, 200, "{target}");
    }
    assert_eq!(world.services.store().reads(), reads);
}
