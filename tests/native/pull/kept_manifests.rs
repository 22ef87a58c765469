//! Manifests are kept by location and digest.

use bhcr::release::manifest::MAX_KEPT;
use bhcr::services::Services;
use http::Method;
use serde_json::json;

use super::client::{World, not_granted};
use super::seen::Seen;
use super::services::Trouble;
use super::upstream::{
    BROWSER, MANIFEST_TYPE, OLDER, OWNER, VAULT, digest_of, manifest_of, manifest_reply,
};
use crate::support::sha256;

pub const NAME: &str = "blocks/browser";

pub fn ask(world: &World, token: &str, method: &Method, reference: &str) -> Seen {
    let target = format!("/v2/{NAME}/manifests/{reference}");
    world.ask(method.clone(), &target, &[("authorization", &format!("Bearer {token}"))])
}

// The number of manifests in the cache.
pub fn kept(world: &World) -> usize {
    world.services.cache().keys().iter().filter(|key| key.starts_with("manifest/")).count()
}

#[test]
fn head_and_get_tag_and_digest_cost_one_call_together() {
    let digest = digest_of(BROWSER);
    let (head, get) = (Method::HEAD, Method::GET);
    let table: [(&[(&Method, &str)], usize); 6] = [
        (&[(&head, "latest"), (&get, "latest")], 1),
        (&[(&head, "latest"), (&get, &digest), (&get, &digest)], 1),
        (&[(&get, "latest"), (&head, "mine"), (&get, "anything")], 1),
        (&[(&head, &digest), (&get, &digest)], 1),
        (&[(&get, &digest), (&head, &digest)], 1),
        // The registry must be asked once what the tag means.
        (&[(&get, &digest), (&head, "latest"), (&get, "latest")], 2),
    ];
    for (asked, calls) in table {
        let world = World::new();
        let token = world.token(&[NAME], None);
        let urls = world.urls(|| {
            for (method, reference) in asked {
                let seen = ask(&world, &token, method, reference);
                assert_eq!(seen.status, 200, "{asked:?}");
                assert_eq!(seen.header("docker-content-digest"), Some(&*digest), "{asked:?}");
                assert_eq!(seen.header("etag"), Some(&*format!("\"{digest}\"")), "{asked:?}");
                assert_eq!(seen.header("content-type"), Some(MANIFEST_TYPE), "{asked:?}");
                let text = if *method == get { manifest_of(BROWSER) } else { String::new() };
                assert_eq!(seen.body, text, "{asked:?}");
            }
        });
        assert_eq!(urls.len(), calls, "{asked:?}: {urls:?}");
        assert!(urls.iter().all(|url| url.starts_with("GET ")), "{asked:?}: {urls:?}");
    }
}

#[test]
fn a_new_isolate_serves_manifests_from_the_cache() {
    let world = World::new();
    let token = world.token(&[NAME], None);
    ask(&world, &token, &Method::GET, "latest");
    assert_eq!(world.last_line()["content"], "registry");
    let digest = digest_of(BROWSER);
    for reference in ["latest", &digest] {
        for method in [Method::HEAD, Method::GET] {
            let fresh = world.another_isolate();
            for source in ["cache", "memory"] {
                let calls = fresh.calls(|| {
                    assert_eq!(ask(&fresh, &token, &method, reference).status, 200);
                });
                assert!(calls.is_empty(), "{method} {reference}");
                assert_eq!(fresh.last_line()["content"], source, "{method} {reference}");
            }
        }
    }
    let elsewhere = world.another_data_centre();
    let calls = elsewhere.calls(|| drop(ask(&elsewhere, &token, &Method::GET, "latest")));
    assert_eq!(calls.len(), 1, "what one data centre has another has not");
}

#[test]
fn a_kept_manifest_is_given_only_under_a_grant_for_its_location() {
    let world = World::new();
    let names = ["blocks/browser/2.3.8", "blocks/browser/2.2.0"];
    for (name, credential) in [(names[0], None), (names[1], None), ("acme/vault", Some(OWNER))] {
        let token = world.token(&[name], credential);
        assert_eq!(world.get_with(&token, &format!("/v2/{name}/manifests/latest")).status, 200);
    }
    assert_eq!(kept(&world), 3);
    let token = world.token(&names, None);
    for isolate in [&world, &world.another_isolate()] {
        let table = [
            (names[0], BROWSER, 200, 0, ""),
            (names[1], OLDER, 200, 0, ""),
            (names[0], OLDER, 404, 1, "MANIFEST_UNKNOWN"),
            (names[1], BROWSER, 404, 1, "MANIFEST_UNKNOWN"),
            (names[0], VAULT, 404, 1, "MANIFEST_UNKNOWN"),
            ("acme/vault", VAULT, 401, 0, "UNAUTHORIZED"),
        ];
        for (name, hash, status, calls, code) in table {
            let target = format!("/v2/{name}/manifests/{}", digest_of(hash));
            let urls = isolate.urls(|| {
                let seen = isolate.get_with(&token, &target);
                assert_eq!(seen.status, status, "{target}");
                match status {
                    200 => assert_eq!(seen.body, manifest_of(hash), "{target}"),
                    _ => assert_eq!(seen.error().1, code, "{target}"),
                }
            });
            assert_eq!(urls.len(), calls, "{target}: {urls:?}");
        }
    }
}

#[test]
fn a_kept_private_manifest_is_given_to_nobody_else() {
    let world = World::new();
    assert_eq!(world.pull("acme/vault", Some(OWNER)).status, 200);
    let guest = world.token(&["acme/vault"], None);
    for reference in ["latest", &digest_of(VAULT)] {
        let target = format!("/v2/acme/vault/manifests/{reference}");
        assert_eq!(world.get_with(&guest, &target).error(), not_granted(&target));
        assert_eq!(world.get(&target).error(), (401, "UNAUTHORIZED".to_owned()));
    }
}

#[test]
fn the_type_of_a_manifest_is_what_the_registry_said_last() {
    let world = World::with(&[("TARGET_SECONDS", "86400")]);
    let token = world.token(&[NAME], None);
    for kind in [MANIFEST_TYPE, "application/vnd.docker.distribution.manifest.v2+json"] {
        let mut says = manifest_reply(&manifest_of(BROWSER));
        says.headers[0].1 = kind.to_owned();
        world.instead("/manifests/", Ok(says));
        for isolate in [&world, &world.another_isolate()] {
            let seen = ask(isolate, &token, &Method::GET, "latest");
            assert_eq!(seen.header("content-type"), Some(kind));
        }
        world.services.clock.advance(60);
    }
}

#[test]
fn a_manifest_of_256_kb_is_kept_and_a_longer_one_is_passed_through() {
    for (bytes, is_kept) in [(MAX_KEPT, true), (MAX_KEPT + 1, false), (4 << 20, false)] {
        let text = "x".repeat(bytes);
        let world = World::new();
        let token = world.token(&[NAME], None);
        world.instead("/manifests/", Ok(manifest_reply(&text)));
        for reference in ["latest", &sha256(text.as_bytes())] {
            let head = ask(&world, &token, &Method::HEAD, reference);
            assert_eq!((head.status, &*head.body), (200, ""), "{bytes} bytes");
            let seen = ask(&world, &token, &Method::GET, reference);
            assert_eq!((seen.status, seen.body.len()), (200, bytes));
            assert_eq!(seen.header("content-type"), Some(MANIFEST_TYPE));
        }
        assert_eq!(kept(&world), usize::from(is_kept), "{bytes} bytes");
    }
}

// Four manifests of 4 MB would fill the isolate's memory twice.
#[test]
fn long_manifests_push_nothing_out_of_memory() {
    let world = World::new();
    let token = world.token(&[NAME], None);
    assert_eq!(ask(&world, &token, &Method::GET, &digest_of(BROWSER)).status, 200);
    world.instead("/manifests/", Ok(manifest_reply(&"x".repeat(4 << 20))));
    for _ in 0..4 {
        assert_eq!(ask(&world, &token, &Method::HEAD, "latest").status, 200);
    }
    let calls = world.calls(|| {
        assert_eq!(ask(&world, &token, &Method::GET, &digest_of(BROWSER)).status, 200);
    });
    assert!(calls.is_empty(), "{calls:?}");
}

#[test]
fn a_cache_that_fails_hangs_or_forgets_counts_as_empty() {
    for trouble in [Trouble::Fails, Trouble::Hangs, Trouble::None] {
        let world = World::new();
        world.services.cache().suffers(trouble);
        let token = world.token(&[NAME], None);
        let pull = |isolate: &World| {
            let before = isolate.services.now_ms();
            let urls = isolate.urls(|| {
                for (method, reference) in [
                    (Method::HEAD, "latest"),
                    (Method::GET, "latest"),
                    (Method::GET, &digest_of(BROWSER)),
                ] {
                    assert_eq!(ask(isolate, &token, &method, reference).status, 200, "{trouble:?}");
                }
            });
            assert_eq!(urls.len(), 1, "{trouble:?}: {urls:?}");
            let waited = isolate.services.now_ms() - before;
            assert!(waited <= 1500, "{trouble:?}: generation, tag and manifest, each once");
        };
        pull(&world);
        world.services.cache().forgets();
        pull(&world.another_isolate());
        let sources = world.log().into_iter().filter_map(|line| line.get("content").cloned());
        assert!(sources.clone().all(|source| source != json!("cache")), "{trouble:?}");
        assert!(world.problems().is_empty(), "a cache may have nothing: {:?}", world.problems());
    }
}
