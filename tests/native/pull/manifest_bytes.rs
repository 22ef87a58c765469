//! The bytes of a manifest are checked against its digest before they are kept or served.

use bhcr::services::Reply;
use http::Method;

use super::client::World;
use super::kept_manifests::{NAME, ask, kept};
use super::upstream::{BROWSER, MANIFEST_TYPE, OLDER, digest_of, manifest_of, manifest_reply};
use crate::support::{reply_with, sha256, sha512};

fn with_digest(text: &str, digest: &str) -> Reply<Vec<u8>> {
    reply_with(200, &[("content-type", MANIFEST_TYPE), ("docker-content-digest", digest)], text)
}

fn without(mut reply: Reply<Vec<u8>>, header: &str) -> Reply<Vec<u8>> {
    reply.headers.retain(|(name, _)| *name != header);
    reply
}

#[test]
fn bytes_with_another_digest_are_neither_kept_nor_served() {
    let (text, digest) = (manifest_of(BROWSER), digest_of(BROWSER));
    let other = manifest_of(OLDER);
    let mut no_text = with_digest("", &sha256(b"\xff\xfe"));
    no_text.body = b"\xff\xfe".to_vec();
    // What the registry sends; whether it is valid for a request by tag, and for one by digest.
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
fn a_manifest_is_checked_and_kept_by_the_algorithm_of_its_digest() {
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
    // For a tag, the registry chooses the algorithm.
    world.instead("/manifests/", Ok(with_digest(&text, &long)));
    let seen = ask(&world, &token, &Method::GET, "latest");
    assert_eq!(seen.header("docker-content-digest"), Some(&*long));
    let wrong = sha512(b"other bytes");
    world.instead("/manifests/", Ok(with_digest(&text, &wrong)));
    assert_eq!(ask(&world, &token, &Method::GET, &wrong).error().0, 502);
}
