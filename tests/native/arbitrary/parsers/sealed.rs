//! What was sealed: tokens, and entries of the stores.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use bhcr::services::{Services, Store};
use bhcr::session::Session;

use super::{ignore, text};
use crate::pull::client::World;
use crate::pull::upstream::{BLOB, BROWSER, digest_of, manifest_of};
use crate::support::keys;

pub fn sealed_tokens(bytes: &[u8]) {
    let keys = keys(&[]);
    for text in [text(bytes), BASE64.encode(bytes)] {
        assert_eq!(Session::open(&text, &keys, 0), None, "we did not seal it");
    }
    // An entry that we sealed may have an older form.
    ignore(Session::open(&keys.seal_token(bytes), &keys, 0));
}

pub fn sealed_entries(bytes: &[u8]) {
    let keys = keys(&[]);
    for text in [text(bytes), BASE64.encode(bytes)] {
        assert_eq!(keys.open_entry("release/5/public/org/app", &text), None);
    }
}

pub fn entries(bytes: &[u8]) {
    let world = World::new();
    let key = "release/5/public/blocks/browser";
    let sealed = world.keys().seal_entry(key, bytes);
    let half = sealed[..sealed.len() / 2].to_owned();
    let older = world.keys().seal_entry("release/1/public/blocks/browser", bytes);
    for value in [text(bytes), BASE64.encode(bytes), half, older] {
        put(&world, key, value);
        let seen = world.another_isolate().pull("blocks/browser", None);
        assert_eq!(seen.status, 200, "it is no entry");
    }
    // A sealed entry with any content about the release gives an answer and no panic.
    put(&world, key, sealed);
    let names = ["blocks/browser", "blocks/browser/2.3.8"];
    assert_eq!(world.another_isolate().ask_token(&names, None).status, 200);
}

fn put(world: &World, key: &str, value: String) {
    let put = world.services.store().put(key, value, 600);
    pollster::block_on(put).expect("it takes any text");
}

// A sealed entry with any content gives the right answer or one of the registry's, and no panic.
pub fn kept(bytes: &[u8]) {
    let world = World::new();
    let token = world.token(&["blocks/browser"], None);
    let pull = |isolate: &World| {
        let get = |end| isolate.get_with(&token, &format!("/v2/blocks/browser/{end}"));
        let by_digest = get(format!("manifests/{}", digest_of(BROWSER)));
        assert_eq!((by_digest.status, by_digest.body), (200, manifest_of(BROWSER)));
        // A sealed entry may have any digest.
        assert!([200, 404].contains(&get("manifests/latest".to_owned()).status));
        assert_eq!(get(format!("blobs/{BLOB}")).status, 307);
    };
    pull(&world);
    for store in [world.services.cache(), world.services.store()] {
        for key in store.keys() {
            let sealed = world.keys().seal_entry(&key, bytes);
            for value in [text(bytes), BASE64.encode(bytes), sealed] {
                store.plant(&key, &value);
            }
        }
    }
    let fresh = world.another_isolate();
    pull(&fresh);
    assert_eq!(fresh.ask_token(&["blocks/browser"], None).status, 200);
}
