//! Requests that are refused without a call upstream, whoever sends them.

use http::Method;

use super::client::World;
use super::upstream::BLOB;

#[test]
fn a_release_cannot_be_changed_and_the_answer_says_how_releases_are_made() {
    let world = World::new();
    let token = format!("Bearer {}", world.token(&["blocks/browser"], None));
    let table = [
        (Method::POST, "blobs/uploads/".to_owned()),
        (Method::POST, format!("blobs/uploads/?mount={BLOB}&from=a/b")),
        (Method::PATCH, "blobs/uploads/some-id".to_owned()),
        (Method::PUT, format!("blobs/uploads/some-id?digest={BLOB}")),
        (Method::PUT, "manifests/latest".to_owned()),
        (Method::DELETE, "manifests/latest".to_owned()),
        (Method::DELETE, format!("manifests/{BLOB}")),
        (Method::DELETE, format!("blobs/{BLOB}")),
    ];
    for (method, end) in table {
        for headers in [&[][..], &[("authorization", &*token)]] {
            let calls = world.calls(|| {
                let target = format!("/v2/blocks/browser/{end}");
                let seen = world.ask(method.clone(), &target, headers);
                assert_eq!(seen.error(), (405, "UNSUPPORTED".to_owned()), "{method} {end}");
                assert_eq!(seen.header("allow"), Some("GET, HEAD"));
                assert!(seen.message().contains("balena push"), "{}", seen.message());
            });
            assert!(calls.is_empty());
        }
    }
}

#[test]
fn a_path_outside_the_grammar_is_never_forwarded() {
    let world = World::new();
    let token = world.token(&["blocks/browser"], None);
    let long = format!("/v2/{}/manifests/latest", "a".repeat(300));
    let table = [
        ("/v2/blocks/../browser/manifests/latest", 400, "NAME_INVALID"),
        ("/v2/blocks/browser/../../v2/manifests/latest", 400, "NAME_INVALID"),
        ("/v2/blocks/%2e%2e/browser/manifests/latest", 400, "NAME_INVALID"),
        ("/v2/blocks%2fbrowser/manifests/latest", 400, "NAME_INVALID"),
        ("/v2/blocks%2Fbrowser/manifests/latest", 400, "NAME_INVALID"),
        ("/v2/blocks\\browser/manifests/latest", 400, "NAME_INVALID"),
        ("/v2/blocks//browser/manifests/latest", 400, "NAME_INVALID"),
        ("/v2/Blocks/browser/manifests/latest", 400, "NAME_INVALID"),
        ("/v2/blocks/browser'/manifests/latest", 400, "NAME_INVALID"),
        ("/v2/blocks/brow\"ser/manifests/latest", 400, "NAME_INVALID"),
        ("/v2/blocks/browser%00/manifests/latest", 400, "NAME_INVALID"),
        (&long, 400, "NAME_INVALID"),
        ("/v2/blocks/browser/manifests/sha256:abc", 400, "DIGEST_INVALID"),
        ("/v2/blocks/browser/blobs/sha256:abc", 400, "DIGEST_INVALID"),
        ("/v2/blocks/browser/blobs/../manifests", 400, "NAME_INVALID"),
        ("/v2/blocks/browser/referrers/latest", 400, "DIGEST_INVALID"),
        ("/v2/blocks/browser/manifests/..", 404, "MANIFEST_UNKNOWN"),
        ("/v2/blocks/browser/manifests/%2e%2e", 404, "MANIFEST_UNKNOWN"),
        ("/v2/blocks/browser", 404, "UNSUPPORTED"),
        ("/v2/_catalog/", 404, "UNSUPPORTED"),
    ];
    for (target, status, code) in table {
        for token in [&*token, "no token of ours"] {
            let calls = world.calls(|| {
                let seen = world.get_with(token, target);
                assert_eq!(seen.error(), (status, code.to_owned()), "{target}");
            });
            assert!(calls.is_empty(), "{target}");
        }
    }
}

#[test]
fn elsewhere_there_is_a_short_page_for_people() {
    let world = World::new();
    for target in ["/", "/v1/", "/v20/", "/index.html?a=b", "/../v2/", "\\v2\\"] {
        let seen = world.get(target);
        assert_eq!(
            (seen.status, seen.header("content-type")),
            (404, Some("text/plain; charset=utf-8"))
        );
        assert!(seen.body.contains("docker pull bhcr.example/"), "{target}: {}", seen.body);
        assert_eq!(seen.header("docker-distribution-api-version"), None);
    }
}
