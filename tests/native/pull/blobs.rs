//! Blobs.

use http::Method;

use super::client::{Seen, World};
use super::upstream::{BLOB, BROWSER, STORAGE};

fn ask(world: &World, method: Method, headers: &[(&'static str, &str)]) -> Seen {
    let token = format!("Bearer {}", world.token(&["blocks/browser"], None));
    let headers = [&[("authorization", &*token)], headers].concat();
    world.ask(method, &format!("/v2/blocks/browser/blobs/{BLOB}"), &headers)
}

#[test]
fn a_redirect_to_storage_is_relayed_and_nothing_else_with_it() {
    for method in [Method::GET, Method::HEAD] {
        let world = World::new();
        let seen = ask(&world, method.clone(), &[]);
        assert_eq!((seen.status, &*seen.body), (307, ""));
        assert_eq!(seen.header("location"), Some(STORAGE));
        assert_eq!(seen.header("cache-control"), Some("private, no-transform"));
        assert_eq!(seen.header("content-type"), None);
        let urls = world.urls(|| drop(ask(&world, method.clone(), &[])));
        let last = format!("{method} /v2/v2/{BROWSER}/blobs/{BLOB}");
        assert_eq!(urls.last(), Some(&last), "a GET's redirect is no answer to a HEAD");
    }
}

#[test]
fn a_blob_that_the_registry_streams_is_handed_through_whole_or_from_a_byte_on() {
    let world = World::new();
    world.rules.streams.set(true);
    let whole = ask(&world, Method::GET, &[]);
    assert_eq!((whole.status, &*whole.body), (200, "headtail"));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    assert_eq!(whole.header("content-length"), Some("8"));
    let rest = ask(&world, Method::GET, &[("range", "bytes=4-")]);
    assert_eq!((rest.status, &*rest.body), (206, "tail"));
    assert_eq!(rest.header("content-range"), Some("bytes 4-7/8"));
    assert_eq!(rest.header("content-length"), Some("4"));
}

#[test]
fn a_range_that_cannot_be_served_is_an_error_of_ours() {
    let world = World::new();
    world.rules.streams.set(true);
    let seen = ask(&world, Method::GET, &[("range", "bytes=9-")]);
    assert_eq!(seen.status, 416);
    assert_eq!(seen.header("content-range"), Some("bytes */8"));
    seen.error();
}

#[test]
fn a_range_that_is_not_valid_is_ignored() {
    let world = World::new();
    world.rules.streams.set(true);
    for range in ["bytes=5-2", "bytes=x", "lines=0-1"] {
        let seen = ask(&world, Method::GET, &[("range", range)]);
        assert_eq!((seen.status, &*seen.body), (200, "headtail"), "{range}");
    }
}

#[test]
fn a_blob_that_is_not_there_is_unknown() {
    let world = World::new();
    let token = world.token(&["blocks/browser"], None);
    let digest = BLOB.replace('b', "c");
    let seen = world.get_with(&token, &format!("/v2/blocks/browser/blobs/{digest}"));
    assert_eq!(seen.error(), (404, "BLOB_UNKNOWN".to_owned()));
}

#[test]
fn a_redirect_to_where_a_token_would_go_along_is_not_relayed() {
    let bad = [
        "https://api.upstream.example/10ca7104",
        "https://registry2.upstream.example/10ca7104",
        "https://bhcr.example/10ca7104",
        "https://storage.bhcr.example/10ca7104",
        "http://storage.example/10ca7104",
        "https://user:hunter2@storage.example/",
        "/v2/10ca7104",
        "ftp://storage.example/10ca7104",
    ];
    for location in bad {
        let world = World::new();
        let says = crate::support::reply_with(307, &[("location", location)], "");
        world.instead("/blobs/", Ok(says));
        let seen = ask(&world, Method::GET, &[]);
        assert_eq!(seen.error(), (502, "UNAVAILABLE".to_owned()), "{location}");
        assert_eq!(seen.header("location"), None);
        assert_eq!(world.problems().len(), 1, "an operator is told of {location}");
    }
}
