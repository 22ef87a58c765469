//! Conditional requests for manifests: bhcr answers `If-None-Match` itself.

use http::Method;

use super::client::World;
use super::upstream::{BROWSER, OLDER, VAULT, digest_of, manifest_of};

#[test]
fn a_client_that_has_the_manifest_is_told_so_by_get_and_by_head() {
    let (digest, other) = (digest_of(BROWSER), digest_of(OLDER));
    let table = [
        (format!("\"{digest}\""), true),
        (format!("W/\"{digest}\""), true),
        (format!(" \"{digest}\" "), true),
        (format!("\"{other}\", \"{digest}\""), true),
        (format!("\"{other}\",W/\"{digest}\",\"x\""), true),
        ("*".to_owned(), true),
        (" * ".to_owned(), true),
        (format!("\"{other}\""), false),
        (format!("\"{other}\", W/\"x\""), false),
        (digest.clone(), false),
        (format!("w/\"{digest}\""), false),
        (format!("\"{digest}"), false),
        (format!("\"{}\"", digest.to_uppercase()), false),
        (format!("\"x{digest}\""), false),
        ("\"*\"".to_owned(), false),
        ("W/".to_owned(), false),
        (",,".to_owned(), false),
        (String::new(), false),
    ];
    for (condition, has_it) in table {
        for reference in ["latest", &digest] {
            for method in [Method::GET, Method::HEAD] {
                let world = World::new();
                let token = format!("Bearer {}", world.token(&["blocks/browser"], None));
                let target = format!("/v2/blocks/browser/manifests/{reference}");
                let headers = [("authorization", &*token), ("if-none-match", &*condition)];
                // First from the registry, then from memory, then from the cache.
                for (isolate, calls) in [(&world, 1), (&world, 0), (&world.another_isolate(), 0)] {
                    let urls = isolate.urls(|| {
                        let seen = isolate.ask(method.clone(), &target, &headers);
                        let what = format!("{method} {reference} with {condition:?}");
                        let is_whole = !has_it && method == Method::GET;
                        let body = if is_whole { manifest_of(BROWSER) } else { String::new() };
                        let status = if has_it { 304 } else { 200 };
                        assert_eq!((seen.status, &seen.body), (status, &body), "{what}");
                        let told = seen.header("docker-content-digest");
                        assert_eq!(told, Some(&*digest), "{what}");
                        assert_eq!(seen.header("etag"), Some(&*format!("\"{digest}\"")), "{what}");
                        assert_eq!(seen.header("content-type").is_some(), !has_it, "{what}");
                    });
                    assert_eq!(urls.len(), calls, "{urls:?}");
                }
            }
        }
    }
}

#[test]
fn a_condition_gives_no_access_to_a_manifest_that_is_missing_or_not_granted() {
    let world = World::new();
    world.pull("blocks/browser", None);
    let token = format!("Bearer {}", world.token(&["blocks/browser", "no/app"], None));
    for (name, reference, status) in [
        ("blocks/browser", &*digest_of(VAULT), 404),
        ("no/app", "latest", 403),
        ("acme/vault", "latest", 401),
    ] {
        let target = format!("/v2/{name}/manifests/{reference}");
        let headers = [("authorization", &*token), ("if-none-match", "*")];
        assert_eq!(world.ask(Method::GET, &target, &headers).error().0, status, "{name}");
    }
}
