//! Redirects to storage are reused until shortly before they expire.

use crate::twins::MemoryRequest;
use bhcr::services::Services;
use http::Method;

use super::client::{OWN, World};
use super::seen::Seen;
use super::services::Trouble;
use super::upstream::{BLOB, STORAGE};
use crate::support::{reply_with, sha256};

const NAME: &str = "blocks/browser";
const OTHER: &str = "blocks/browser/2.2.0";

fn blob(number: usize) -> String {
    sha256(&number.to_be_bytes())
}

/// A world whose storage signs URLs for some seconds, and a token.
fn world(seconds: u64) -> (World, String) {
    let world = World::new();
    world.rules.signs.set(Some(seconds));
    let token = world.token(&[NAME, OTHER], None);
    (world, token)
}

fn ask(world: &World, token: &str, method: &Method, name: &str, digest: &str) -> Seen {
    let target = format!("/v2/{name}/blobs/{digest}");
    let seen = world.ask(method.clone(), &target, &[("authorization", &format!("Bearer {token}"))]);
    assert_eq!((seen.status, &*seen.body), (307, ""), "{seen:?}");
    seen
}

// The redirect for a blob, and whether upstream was asked for it.
fn sent_to(world: &World, token: &str, digest: &str) -> (String, bool) {
    let mut url = String::new();
    let asked = world.urls(|| {
        let seen = ask(world, token, &Method::GET, NAME, digest);
        url = seen.header("location").expect("it is a redirect").to_owned();
    });
    (url, !asked.is_empty())
}

fn redirects(world: &World) -> Vec<(String, String)> {
    let cache = world.services.cache();
    let keys = cache.keys().into_iter().filter(|key| key.starts_with("redirect/"));
    keys.filter_map(|key| Some((key.clone(), cache.value(&key)?))).collect()
}

#[test]
fn a_redirect_is_reused_until_a_minute_before_it_expires() {
    for (seconds, age, again) in [
        (300, 0, true),
        (300, 239, true),
        (300, 240, false),
        (300, 299, false),
        (300, 300, false),
        (300, 10_000, false),
        (61, 0, true),
        (61, 1, false),
        (60, 0, false),
        (1, 0, false),
        (0, 0, false),
        (7200, 7139, true),
        (7200, 7140, false),
    ] {
        let (world, token) = world(seconds);
        let (first, _) = sent_to(&world, &token, BLOB);
        // The redirect spends half of its age in the cache, and the rest in the second isolate's
        // memory.
        world.services.clock.advance(age / 2);
        let second = world.another_isolate();
        sent_to(&second, &token, &blob(1));
        world.services.clock.advance(age - age / 2);
        // If the new redirect can be kept, only one isolate has to ask for it.
        let asked = if again { [false; 3] } else { [true, seconds <= 60, seconds <= 60] };
        let isolates = [&second, &world, &world.another_isolate()];
        for (isolate, asked) in isolates.into_iter().zip(asked) {
            let (url, was_asked) = sent_to(isolate, &token, BLOB);
            assert_eq!(was_asked, asked, "{seconds} s, after {age} s");
            assert_eq!(url == first, again || age == 0, "{seconds} s, after {age} s: {url}");
        }
    }
}

#[test]
fn a_redirect_is_for_one_location_one_blob_and_one_method() {
    let (world, token) = world(300);
    let blobs = [blob(1), blob(2)];
    let mut table = Vec::new();
    for name in [NAME, OTHER] {
        for digest in &blobs {
            for method in [Method::GET, Method::HEAD] {
                let mut url = String::new();
                let asked = world.urls(|| {
                    let seen = ask(&world, &token, &method, name, digest);
                    url = seen.header("location").expect("it is a redirect").to_owned();
                });
                assert_eq!(asked.len(), 1, "{method} {name} {digest}");
                assert!(asked[0].starts_with(method.as_str()), "{asked:?}");
                assert!(!table.iter().any(|(_, _, _, known)| *known == url), "{url}");
                table.push((name, digest, method, url));
            }
        }
    }
    for isolate in [&world, &world.another_isolate()] {
        for (name, digest, method, url) in &table {
            let asked = isolate.urls(|| {
                let seen = ask(isolate, &token, method, name, digest);
                assert_eq!(seen.header("location"), Some(&**url), "{method} {name} {digest}");
            });
            assert!(asked.is_empty(), "{method} {name} {digest}");
        }
    }
}

#[test]
fn a_new_isolate_uses_redirects_from_the_cache() {
    let (world, token) = world(300);
    let (url, _) = sent_to(&world, &token, BLOB);
    assert_eq!(world.last_line()["content"], "registry");
    let fresh = world.another_isolate();
    for source in ["cache", "memory"] {
        assert_eq!(sent_to(&fresh, &token, BLOB), (url.clone(), false));
        assert_eq!(fresh.last_line()["content"], source);
    }
    assert!(sent_to(&world.another_data_centre(), &token, BLOB).1);
    let range = [("authorization", &*format!("Bearer {token}")), ("range", "bytes=4-")];
    let seen = fresh.ask(Method::GET, &format!("/v2/{NAME}/blobs/{BLOB}"), &range);
    assert_eq!(seen.header("location"), Some(&*url), "storage gives the range");
}

#[test]
fn a_redirect_of_unknown_life_is_never_reused() {
    let urls = [
        STORAGE,
        "https://storage.example/blob",
        "https://storage.example/?X-Amz-Date=20270115T080000Z&X-Amz-Expires=3600&X-Amz-Security-Token=t",
        "https://storage.example/?X-Amz-Expires=3600",
        "https://storage.example/?Expires=2000000000",
    ];
    for url in urls {
        let world = World::new();
        let token = world.token(&[NAME], None);
        world.instead("/blobs/", Ok(reply_with(307, &[("location", url)], "")));
        for _ in 0..3 {
            assert_eq!(sent_to(&world, &token, BLOB), (url.to_owned(), true));
        }
        assert!(redirects(&world).is_empty(), "{url}");
    }
}

#[test]
fn streamed_and_missing_blobs_are_asked_for_each_time() {
    let world = World::new();
    world.rules.streams.set(true);
    let name = "blocks/browser/2.3.8";
    let token = world.token(&[name], None);
    for (digest, status) in [(BLOB, 200), (&*blob(1), 404)] {
        for _ in 0..2 {
            let urls = world.urls(|| {
                let seen = world.get_with(&token, &format!("/v2/{name}/blobs/{digest}"));
                assert_eq!(seen.status, status);
            });
            assert_eq!(urls.len(), 1, "{digest}");
        }
    }
}

#[test]
fn a_kept_redirect_to_the_host_that_a_client_uses_is_not_given_to_it() {
    let expires = "?Expires=2000000000&Signature=a";
    for (origin, host) in [
        ("https://second.example", "second.example"),
        ("https://second.example:8443", "second.example:8443"),
        ("https://second.example", "cdn.second.example"),
    ] {
        let world = World::new();
        let token = world.token(&[NAME], None);
        let url = format!("https://{host}/blob{expires}");
        world.instead("/blobs/", Ok(reply_with(307, &[("location", &url)], "")));
        assert_eq!(sent_to(&world, &token, BLOB), (url.clone(), true));
        for isolate in [&world, &world.another_isolate()] {
            let there = format!("{origin}/v2/{NAME}/blobs/{BLOB}");
            let request = MemoryRequest::new(Method::GET, there)
                .with_header("authorization", format!("Bearer {token}"));
            let asked = isolate.urls(|| {
                let seen = isolate.send(&request);
                assert_eq!((seen.status, seen.header("location")), (502, None), "{host}");
            });
            assert_eq!(asked.len(), 1, "upstream may know another place: {host}");
            assert_eq!(sent_to(isolate, &token, BLOB), (url.clone(), false), "by {OWN}");
        }
    }
}

#[test]
fn a_url_of_more_than_4096_bytes_is_not_kept() {
    for (bytes, kept) in [(4096, true), (4097, false)] {
        let world = World::new();
        let token = world.token(&[NAME], None);
        let start = "https://storage.example/?Expires=2000000000&Signature=";
        let url = format!("{start}{}", "a".repeat(bytes - start.len()));
        world.instead("/blobs/", Ok(reply_with(307, &[("location", &url)], "")));
        assert_eq!(sent_to(&world, &token, BLOB), (url.clone(), true));
        assert_eq!(sent_to(&world, &token, BLOB), (url, !kept), "{bytes} bytes");
    }
}

// Each redirect is its own entry, so the cost of a layer does not grow with the number of layers.
#[test]
fn every_redirect_of_a_location_is_an_entry_of_its_own() {
    let (world, token) = world(300);
    let asked = |isolate: &World, numbers: std::ops::Range<usize>| {
        numbers.filter(|n| sent_to(isolate, &token, &blob(*n)).1).count()
    };
    assert_eq!(asked(&world, 0..400), 400);
    assert_eq!(asked(&world.another_isolate(), 0..400), 0);
    assert_eq!(redirects(&world).len(), 400);
    let sizes: Vec<_> = redirects(&world).iter().map(|(_, value)| value.len()).collect();
    assert!(sizes.iter().all(|size| size.abs_diff(sizes[0]) < 16), "{sizes:?}");
    world.services.clock.advance(240);
    assert_eq!(asked(&world, 0..400), 400, "their time is over");
}

#[test]
fn redirects_learned_by_different_isolates_are_all_kept() {
    let (first, token) = world(300);
    let second = first.another_isolate();
    let pull = |isolate: &World| isolate.get_with(&token, &format!("/v2/{NAME}/manifests/latest"));
    sent_to(&first, &token, &blob(1));
    assert!(!sent_to(&second, &token, &blob(1)).1);
    sent_to(&first, &token, &blob(2));
    pull(&second);
    sent_to(&second, &token, &blob(3));
    sent_to(&first, &token, &blob(4));
    for isolate in [&first, &second, &first.another_isolate()] {
        let urls = isolate.urls(|| {
            (1..5).for_each(|n| drop(sent_to(isolate, &token, &blob(n))));
            assert_eq!(pull(isolate).status, 200);
        });
        assert!(urls.is_empty(), "{urls:?}");
    }
}

#[test]
fn a_cache_that_fails_hangs_or_forgets_costs_one_call_and_fails_no_pull() {
    for trouble in [Trouble::Fails, Trouble::Hangs, Trouble::None] {
        let (world, token) = world(300);
        world.services.cache().suffers(trouble);
        assert!(sent_to(&world, &token, BLOB).1);
        assert!(!sent_to(&world, &token, BLOB).1, "{trouble:?}: memory has it");
        world.services.cache().forgets();
        let before = world.services.now_ms();
        assert!(sent_to(&world.another_isolate(), &token, BLOB).1, "{trouble:?}");
        let waited = world.services.now_ms() - before;
        assert!(waited <= 1000, "{trouble:?}: generation and redirect, each once");
        assert!(world.problems().is_empty(), "{trouble:?}");
    }
}
