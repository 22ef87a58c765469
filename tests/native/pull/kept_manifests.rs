//! Manifests are kept by location and digest, and answered from there.

use bhcr::release::manifest::MAX_KEPT;
use bhcr::services::{Reply, Services};
use http::Method;
use serde_json::json;

use super::client::{Seen, World};
use super::services::Trouble;
use super::upstream::{
    BROWSER, MANIFEST_TYPE, OLDER, OWNER, VAULT, digest_of, manifest_of, manifest_reply,
};
use crate::support::{reply_with, sha256, sha512};

const NAME: &str = "blocks/browser";

fn ask(world: &World, token: &str, method: &Method, reference: &str) -> Seen {
    let target = format!("/v2/{NAME}/manifests/{reference}");
    world.ask(method.clone(), &target, &[("authorization", &format!("Bearer {token}"))])
}

// The keys of the cache under which manifests are.
fn kept(world: &World) -> usize {
    world.services.cache().keys().iter().filter(|key| key.starts_with("manifest/")).count()
}

#[test]
fn head_and_get_tag_and_digest_cost_one_call_together() {
    let digest = digest_of(BROWSER);
    let (head, get) = (Method::HEAD, Method::GET);
    let table: [(&[(&Method, &str)], usize); 6] = [
        (&[(&head, "latest"), (&get, "latest")], 1),
        (&[(&head, "latest"), (&get, &digest), (&get, &digest)], 1),
        (&[(&get, "latest"), (&head, "v1"), (&get, "2.3.8")], 1),
        (&[(&head, &digest), (&get, &digest)], 1),
        (&[(&get, &digest), (&head, &digest)], 1),
        // What the tag means has to be asked for once.
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
fn an_isolate_that_remembers_nothing_serves_what_the_cache_has() {
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
fn what_is_kept_of_a_location_is_given_under_a_grant_for_that_location_alone() {
    let world = World::new();
    let names = ["blocks/browser", "blocks/browser/2.2.0"];
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
fn a_private_manifest_that_is_kept_is_given_to_nobody_else() {
    let world = World::new();
    assert_eq!(world.pull("acme/vault", Some(OWNER)).status, 200);
    let guest = world.token(&["acme/vault"], None);
    for reference in ["latest", &digest_of(VAULT)] {
        let target = format!("/v2/acme/vault/manifests/{reference}");
        assert_eq!(world.get_with(&guest, &target).error(), (404, "NAME_UNKNOWN".to_owned()));
        assert_eq!(world.get(&target).error(), (401, "UNAUTHORIZED".to_owned()));
    }
}

fn with_digest(text: &str, digest: &str) -> Reply<Vec<u8>> {
    reply_with(200, &[("content-type", MANIFEST_TYPE), ("docker-content-digest", digest)], text)
}

fn without(mut reply: Reply<Vec<u8>>, header: &str) -> Reply<Vec<u8>> {
    reply.headers.retain(|(name, _)| *name != header);
    reply
}

#[test]
fn bytes_that_are_not_of_their_digest_are_neither_kept_nor_served() {
    let (text, digest) = (manifest_of(BROWSER), digest_of(BROWSER));
    let other = manifest_of(OLDER);
    let mut no_text = with_digest("", &sha256(b"\xff\xfe"));
    no_text.body = b"\xff\xfe".to_vec();
    // What the registry says; whether it is good for the tag, and for the digest.
    let table = [
        ("other bytes", with_digest(&other, &digest), false, false),
        ("other bytes with their digest", manifest_reply(&other), true, false),
        ("these bytes with another digest", with_digest(&text, &digest_of(OLDER)), false, true),
        ("half of them", with_digest(&text[..text.len() / 2], &digest), false, false),
        ("one more", with_digest(&format!("{text}\n"), &digest), false, false),
        ("none", with_digest("", &digest), false, false),
        ("no digest", without(manifest_reply(&text), "docker-content-digest"), false, true),
        ("an empty digest", with_digest(&text, ""), false, true),
        ("half a digest", with_digest(&text, &digest[..40]), false, true),
        ("a digest in upper case", with_digest(&text, &digest.to_uppercase()), false, true),
        ("another algorithm", with_digest(&text, "md5:0123456789abcdef"), false, true),
        ("its length under sha512", with_digest(&text, &sha512(b"")), false, true),
        ("no type", without(manifest_reply(&text), "content-type"), false, false),
        ("no text", no_text, false, false),
        (
            "206",
            Reply { status: http::StatusCode::PARTIAL_CONTENT, ..with_digest("{", &digest) },
            false,
            false,
        ),
        (
            "304",
            Reply { status: http::StatusCode::NOT_MODIFIED, ..with_digest("", &digest) },
            false,
            false,
        ),
    ];
    for (what, says, by_tag, by_digest) in table {
        for (reference, good) in [("latest", by_tag), (&*digest, by_digest)] {
            for method in [Method::GET, Method::HEAD] {
                let world = World::new();
                let token = world.token(&[NAME], None);
                world.instead("/manifests/", Ok(says.clone()));
                let seen = ask(&world, &token, &method, reference);
                if good {
                    assert_eq!(seen.status, 200, "{what}: {method} {reference}");
                    continue;
                }
                assert_eq!(seen.error(), (502, "UNAVAILABLE".to_owned()), "{what}: {reference}");
                assert!(world.last_line()["problem"].is_string(), "{what}");
                assert_eq!(kept(&world), 0, "{what}: {reference}");
                world.as_told();
                for isolate in [&world, &world.another_isolate()] {
                    let seen = ask(isolate, &token, &Method::GET, reference);
                    assert_eq!((seen.status, seen.body), (200, text.clone()), "{what}");
                }
            }
        }
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
fn a_manifest_of_256_kb_is_kept_and_a_longer_one_is_handed_through() {
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

// Four manifests of 4 MB are as much as the isolate's whole memory.
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
fn a_digest_of_either_algorithm_is_checked_and_kept_under_its_own() {
    let (text, short) = (manifest_of(BROWSER), digest_of(BROWSER));
    let long = sha512(text.as_bytes());
    let world = World::new();
    let token = world.token(&[NAME], None);
    for (asked, told) in [(&long, &short), (&short, &long)] {
        world.instead("/manifests/", Ok(with_digest(&text, told)));
        let urls = world.urls(|| {
            for _ in 0..2 {
                let seen = ask(&world, &token, &Method::GET, asked);
                assert_eq!((seen.status, &seen.body), (200, &text), "{asked}");
                assert_eq!(seen.header("docker-content-digest"), Some(&**asked));
            }
        });
        assert_eq!(urls.len(), 1, "{urls:?}");
    }
    assert_eq!(kept(&world), 2);
    // By tag it is the registry that picks.
    world.instead("/manifests/", Ok(with_digest(&text, &long)));
    let seen = ask(&world, &token, &Method::GET, "latest");
    assert_eq!(seen.header("docker-content-digest"), Some(&*long));
    let wrong = sha512(b"other bytes");
    world.instead("/manifests/", Ok(with_digest(&text, &wrong)));
    assert_eq!(ask(&world, &token, &Method::GET, &wrong).error().0, 502);
}

#[test]
fn a_cache_that_fails_hangs_or_forgets_has_nothing() {
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
