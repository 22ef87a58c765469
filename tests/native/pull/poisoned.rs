//! An attacker can write to the stores: entries that others wrote, moved or changed are ignored.

use bhcr::seal::Keys;
use bhcr::services::Services;
use serde::Serialize;

use super::client::{NOW, World};
use super::services::WatchedStore;
use super::upstream::{BLOB, BROWSER, MANIFEST_TYPE, OLDER, OWNER, VAULT, digest_of, manifest_of};
use crate::support::{OTHER_SECRET, keys, sha256};

const NAME: &str = "blocks/browser";
const OLD: &str = "blocks/browser/2.2.0";

/// One kind of kept entry.
struct Kind {
    what: &'static str,
    store: fn(&World) -> &WatchedStore,
    /// The key of the entry for the first of two names.
    key: fn(&World) -> String,
    /// Makes a request that reads the entry, and checks the answer.
    ask: fn(&World, &str),
}

const KINDS: [Kind; 4] = [
    Kind {
        what: "a manifest",
        store: cache,
        key: |_| format!("manifest/1/v2/{BROWSER}/{}", digest_of(BROWSER)),
        ask: |world, token| {
            let target = format!("/v2/{NAME}/manifests/{}", digest_of(BROWSER));
            let seen = world.get_with(token, &target);
            assert_eq!((seen.status, seen.body), (200, manifest_of(BROWSER)));
        },
    },
    Kind {
        what: "a tag",
        store: cache,
        key: |world| cached(world, &format!("tag/1/v2/{BROWSER}/"), ""),
        ask: |world, token| {
            let seen = world.get_with(token, &format!("/v2/{NAME}/manifests/latest"));
            assert_eq!((seen.status, seen.body), (200, manifest_of(BROWSER)));
        },
    },
    Kind {
        what: "a redirect",
        store: cache,
        key: |world| cached(world, &format!("redirect/1/v2/{BROWSER}/"), &sha256(b"blob")),
        ask: |world, token| {
            let seen = world.get_with(token, &format!("/v2/{NAME}/blobs/{}", sha256(b"blob")));
            let location = seen.header("location").unwrap_or_default();
            assert!(seen.status == 307 && location.contains("/b01/"), "{seen:?}");
        },
    },
    Kind {
        what: "a token",
        store: |world| world.services.store(),
        key: |world| {
            // There are two tokens; this is the one for the first name only.
            let lone = World::new();
            lone.token(&[NAME], None);
            let key =
                lone.services.store().keys().into_iter().find(|key| key.starts_with("token/"));
            let key = key.expect("it is kept");
            assert!(world.services.store().keys().contains(&key));
            key
        },
        ask: |world, _| {
            let token = world.token(&[NAME], None);
            assert_eq!(world.get_with(&token, &format!("/v2/{NAME}/referrers/{BLOB}")).status, 200);
        },
    },
];

// The key in the cache with this prefix and suffix.
fn cached(world: &World, start: &str, end: &str) -> String {
    let is_it = |key: &String| key.starts_with(start) && key.ends_with(end);
    world.services.cache().keys().into_iter().find(is_it).expect("it is kept")
}

fn cache(world: &World) -> &WatchedStore {
    world.services.cache()
}

/// A world in which everything is kept for two names, and a token for both.
fn pulled() -> (World, String) {
    let world = World::new();
    world.rules.signs.set(Some(3600));
    for name in [NAME, OLD] {
        let token = world.token(&[name], None);
        for end in ["manifests/latest", &format!("blobs/{}", sha256(b"blob"))] {
            world.get_with(&token, &format!("/v2/{name}/{end}"));
        }
    }
    let token = world.token(&[NAME, OLD], None);
    (world, token)
}

fn sealed(keys: &Keys, key: &str, entry: &impl Serialize) -> String {
    keys.seal_entry(key, &postcard::to_allocvec(entry).expect("it serializes"))
}

// Overwrites an entry with a text. Returns how many calls the request then takes: in a new isolate,
// and in another one after it.
fn asked(kind: &Kind, world: &World, token: &str, planted: &str) -> [usize; 2] {
    let key = (kind.key)(world);
    (kind.store)(world).plant(&key, planted);
    [(); 2].map(|()| {
        let fresh = world.another_isolate();
        fresh.urls(|| (kind.ask)(&fresh, token)).len()
    })
}

#[test]
fn an_entry_of_others_or_of_another_key_is_ignored_and_replaced() {
    let foreign = [("TOKEN_SECRET", OTHER_SECRET), ("API_URL", "https://api.example")];
    for kind in &KINDS {
        let (world, token) = pulled();
        let (store, key) = ((kind.store)(&world), (kind.key)(&world));
        let own = store.value(&key).expect("it is kept");
        assert_eq!(asked(kind, &world, &token, &own), [0, 0], "{}: left alone", kind.what);
        let plain = world.keys().open_entry(&key, &own).expect("it is ours");
        let mut flipped = own.clone().into_bytes();
        flipped[60] = if flipped[60] == b'A' { b'B' } else { b'A' };

        let mut planted = vec![
            ("half of it".to_owned(), own[..own.len() / 2].to_owned()),
            ("more than it".to_owned(), format!("{own}AAAA")),
            ("one character changed".to_owned(), String::from_utf8(flipped).expect("ASCII")),
            ("empty".to_owned(), String::new()),
            ("nonsense".to_owned(), "nonsense".to_owned()),
            ("not sealed".to_owned(), String::from_utf8_lossy(&plain).into_owned()),
            ("under another key of ours".to_owned(), world.keys().seal_entry("other", &plain)),
            ("a token of ours".to_owned(), world.keys().seal_token(&plain)),
            ("ours, and empty".to_owned(), world.keys().seal_entry(&key, b"")),
            (
                "ours, and cut off".to_owned(),
                world.keys().seal_entry(&key, &plain[..plain.len() / 2]),
            ),
            ("ours, and nonsense".to_owned(), world.keys().seal_entry(&key, &[0xff; 64])),
        ];
        for setting in foreign {
            let text = keys(&[setting]).seal_entry(&key, &plain);
            planted.push((format!("of another {}", setting.0), text));
        }
        // Another entry, moved to this key.
        for other in [world.services.store(), world.services.cache()] {
            for moved in other.keys().into_iter().filter(|moved| *moved != key) {
                planted.push((
                    format!("moved from {moved}"),
                    other.value(&moved).expect("it is kept"),
                ));
            }
        }
        for (what, text) in planted {
            assert_eq!(asked(kind, &world, &token, &text), [1, 0], "{}: {what}", kind.what);
        }
    }
}

#[test]
fn a_sealed_manifest_with_other_bytes_is_not_served() {
    let (world, token) = pulled();
    let (kind, keys) = (&KINDS[0], world.keys());
    let (key, digest, text) = ((kind.key)(&world), digest_of(BROWSER), manifest_of(BROWSER));
    let (other, short) = (manifest_of(OLDER), &text[..text.len() - 1]);
    for (what, entry, calls) in [
        ("as it was", (&*digest, MANIFEST_TYPE, &*text), 0),
        ("other bytes", (&*digest, MANIFEST_TYPE, &*other), 1),
        ("bytes cut off", (&*digest, MANIFEST_TYPE, short), 1),
        ("no bytes", (&*digest, MANIFEST_TYPE, ""), 1),
        ("another manifest, whole", (&*digest_of(OLDER), MANIFEST_TYPE, &*other), 1),
        ("another digest on these bytes", (&*digest_of(OLDER), MANIFEST_TYPE, &*text), 1),
        ("no digest on these bytes", ("", MANIFEST_TYPE, &*text), 1),
    ] {
        let planted = sealed(&keys, &key, &entry);
        assert_eq!(asked(kind, &world, &token, &planted), [calls, 0], "{what}");
    }
}

#[test]
fn a_sealed_redirect_to_a_forbidden_host_is_not_given() {
    let redirects = [
        "https://bhcr.example/b01/",
        "https://api.upstream.example/b01/",
        "https://registry2.upstream.example/b01/",
        "http://storage.example/b01/",
        "https://ana:hunter2@storage.example/b01/",
        "//b01/",
        "https://storage.example/b01/\nset-cookie: a=b",
        "",
    ];
    for url in redirects {
        let (world, token) = pulled();
        let kind = &KINDS[2];
        let planted = sealed(&world.keys(), &(kind.key)(&world), &(url, NOW, NOW + 3600));
        assert_eq!(asked(kind, &world, &token, &planted)[0], 1, "{url}");
    }
}

#[test]
fn a_sealed_tag_without_a_valid_digest_is_not_used() {
    for tag in ["", "latest", "sha256:", "../v2", &digest_of(BROWSER).to_uppercase()] {
        let (world, token) = pulled();
        let kind = &KINDS[1];
        let planted = sealed(&world.keys(), &(kind.key)(&world), &(tag, NOW));
        assert_eq!(asked(kind, &world, &token, &planted)[0], 1, "{tag:?}");
    }
}

#[test]
fn without_its_generation_a_location_is_asked_for_again() {
    let (world, token) = pulled();
    let key = cached(&world, &format!("generation/1/v2/{BROWSER}"), "");
    world.services.cache().plant(&key, "nonsense");
    let fresh = world.another_isolate();
    for kind in &KINDS[1..3] {
        assert_eq!(fresh.urls(|| (kind.ask)(&fresh, &token)).len(), 1, "{}", kind.what);
        assert_eq!(fresh.urls(|| (kind.ask)(&fresh, &token)).len(), 0, "{}", kind.what);
    }
}

#[test]
fn a_sealed_token_that_allows_less_than_its_key_says_grants_nothing() {
    let (world, _) = pulled();
    let (kind, keys) = (&KINDS[3], world.keys());
    let key = (kind.key)(&world);
    for allowed in [&[][..], &[format!("v2/{OLDER}")]] {
        let entry = (NOW, ("upstreamjwt", NOW + 14_400, allowed));
        (kind.store)(&world).plant(&key, &sealed(&keys, &key, &entry));
        let fresh = world.another_isolate();
        assert_eq!(fresh.pull(NAME, None).error(), (403, "DENIED".to_owned()));
        world.services.clock.advance(1);
        assert_eq!(fresh.pull(NAME, None).status, 200, "it was dropped");
    }
}

#[test]
fn the_largest_numbers_cause_no_panic() {
    for (at, until) in [(0, 0), (u64::MAX, 0), (0, u64::MAX), (u64::MAX, u64::MAX)] {
        let (world, token) = pulled();
        let keys = world.keys();
        let (tag, url) = (digest_of(BROWSER), "https://storage.example/b01/");
        let access = (at, ("upstreamjwt", until, vec![format!("v2/{BROWSER}")]));
        for kind in &KINDS[1..] {
            let key = (kind.key)(&world);
            let planted = match kind.what {
                "a token" => sealed(&keys, &key, &access),
                "a tag" => sealed(&keys, &key, &(&*tag, at)),
                _ => sealed(&keys, &key, &(url, at, until)),
            };
            (kind.store)(&world).plant(&key, &planted);
            let fresh = world.another_isolate();
            (kind.ask)(&fresh, &token);
            // And once more, with the entries that were learned meanwhile.
            let target = format!("/v2/{NAME}/blobs/{}", sha256(b"another blob"));
            assert_eq!(fresh.get_with(&token, &target).status, 307, "{} {at} {until}", kind.what);
        }
    }
}

#[test]
fn keys_and_entries_of_the_cache_show_no_credential_no_token_and_no_name() {
    let (world, _) = pulled();
    assert_eq!(world.pull("acme/vault", Some(OWNER)).status, 200);
    let cache = world.services.cache();
    for key in cache.keys() {
        let value = cache.value(&key).expect("it is kept");
        for word in [OWNER, "hunter2", "vault", "browser", "upstreamjwt", "storage.example"] {
            assert!(!key.contains(word) && !value.contains(word), "{key} {value}");
        }
        // The keys of the cache contain locations, and clients cannot read those keys.
        assert!(!value.contains(VAULT) && !value.contains(BROWSER), "{value}");
    }
}
