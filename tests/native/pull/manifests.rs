//! Manifests.

use http::Method;

use super::client::World;
use super::upstream::{BLOB, BROWSER, COMMIT, OLDER, OWNER, VAULT, digest_of, manifest_of};

#[test]
fn every_kind_of_release_is_pulled_by_get_and_by_head() {
    let world = World::new();
    let table = [
        ("blocks/browser", None, BROWSER),
        ("blocks/browser/latest", None, BROWSER),
        ("blocks/browser/current", None, BROWSER),
        ("blocks/browser/default", None, BROWSER),
        ("blocks/browser/pinned", None, BROWSER),
        ("blocks/browser/2.3.8", None, BROWSER),
        ("blocks/browser/2.2.0", Some(OWNER), OLDER),
        (&*format!("blocks/browser/{COMMIT}"), None, OLDER),
        ("acme/vault/1.0.0", Some(OWNER), VAULT),
    ];
    for (name, credential, hash) in table {
        let token = format!("Bearer {}", world.token(&[name], credential));
        let text = manifest_of(hash);
        let length = text.len().to_string();
        for (method, body, length) in
            [(Method::HEAD, "", Some(&*length)), (Method::GET, &*text, None)]
        {
            let target = format!("/v2/{name}/manifests/any");
            let seen = world.ask(method, &target, &[("authorization", &token)]);
            assert_eq!((seen.status, &*seen.body), (200, body), "{name}");
            let digest = digest_of(hash);
            assert_eq!(seen.header("docker-content-digest"), Some(&*digest), "{name}");
            // A GET has the length of its body, which the runtime tells.
            assert_eq!(seen.header("content-length"), length);
        }
    }
}

#[test]
fn a_tag_means_the_release_and_a_digest_means_itself() {
    let (known, unknown) = (digest_of(BROWSER), digest_of(OLDER));
    let latest = format!("GET /v2/v2/{BROWSER}/manifests/latest");
    let by_digest = |digest: &str| format!("GET /v2/v2/{BROWSER}/manifests/{digest}");
    let table = [
        ("latest", 200, latest.clone()),
        ("v1.2.3", 200, latest.clone()),
        ("v2.2", 200, latest),
        (&*known, 200, by_digest(&known)),
        (&*unknown, 404, by_digest(&unknown)),
    ];
    for (reference, status, expected) in table {
        let world = World::new();
        let token = world.token(&["blocks/browser/2.3.8"], None);
        let urls = world.urls(|| {
            let seen =
                world.get_with(&token, &format!("/v2/blocks/browser/2.3.8/manifests/{reference}"));
            assert_eq!(seen.status, status, "{reference}");
            if status == 404 {
                assert_eq!(seen.error().1, "MANIFEST_UNKNOWN");
            }
        });
        assert_eq!(urls, [expected]);
    }
}

#[test]
fn every_accept_header_gets_the_same_bytes() {
    let world = World::new();
    let token = format!("Bearer {}", world.token(&["blocks/browser"], None));
    let narrow = "application/vnd.docker.distribution.manifest.v1+json";
    let mut seen = Vec::new();
    for accept in [None, Some("*/*"), Some(narrow), Some("text/html")] {
        let accept = accept.map(|types| ("accept", types));
        let headers: Vec<_> = accept.into_iter().chain([("authorization", &*token)]).collect();
        let mut answer = world.ask(Method::GET, "/v2/blocks/browser/manifests/latest", &headers);
        answer.headers.retain(|(name, _)| *name != "x-request-id");
        seen.push(answer);
    }
    assert_eq!((seen[0].status, &*seen[0].body), (200, &*manifest_of(BROWSER)));
    assert!(seen.iter().all(|answer| *answer == seen[0]), "{seen:?}");
}

#[test]
fn only_listed_headers_are_relayed() {
    let seen = World::new().pull("blocks/browser", None);
    let mut names: Vec<_> = seen.headers.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    let expected = [
        "cache-control",
        "content-type",
        "docker-content-digest",
        "docker-distribution-api-version",
        "etag",
        "server-timing",
        "x-content-type-options",
        "x-request-id",
    ];
    assert_eq!(names, expected);
    assert_eq!(seen.header("cache-control"), Some("private, no-transform"));
    assert_eq!(seen.header("content-type"), Some("application/vnd.oci.image.manifest.v1+json"));
}

#[test]
fn no_header_of_the_client_goes_upstream_and_conditions_are_answered_here() {
    let world = World::new();
    let token = format!("Bearer {}", world.token(&["blocks/browser"], None));
    let etag = format!("\"{}\"", digest_of(BROWSER));
    let headers = [
        ("authorization", &*token),
        ("if-none-match", &etag),
        ("cookie", "a=b"),
        ("x-forwarded-for", "10.0.0.1"),
        ("cf-ray", "1"),
        ("connection", "keep-alive"),
        ("accept-encoding", "gzip"),
        ("range", "bytes=0-1"),
    ];
    let calls = world.calls(|| {
        let seen = world.ask(Method::GET, "/v2/blocks/browser/manifests/latest", &headers);
        assert_eq!((seen.status, &*seen.body), (304, ""));
    });
    let sent: Vec<_> = calls[0].headers.iter().map(|(name, _)| *name).collect();
    assert_eq!(sent, ["accept", "accept-encoding"]);
    assert!(calls[0].headers.contains(&("accept-encoding", "identity".to_owned())));
}

#[test]
fn a_tag_of_an_attachment_is_not_the_image() {
    let world = World::new();
    let token = world.token(&["blocks/browser"], None);
    let tag = BLOB.replace(':', "-");
    for end in ["", ".sig", ".att", ".sbom", "-suffix"] {
        let calls = world.calls(|| {
            let target = format!("/v2/blocks/browser/manifests/{tag}{end}");
            let seen = world.get_with(&token, &target);
            assert_eq!(seen.error(), (404, "MANIFEST_UNKNOWN".to_owned()), "{target}");
        });
        assert!(calls.is_empty(), "{end}");
    }
}
