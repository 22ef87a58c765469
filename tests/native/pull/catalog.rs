//! The catalog lists public blocks to everybody.

use bhcr::services::NoReply;
use http::Method;
use serde_json::json;

use super::client::World;
use super::upstream::{BLOCKS, OWNER};
use crate::support::reply;

#[test]
fn the_catalog_has_the_public_blocks_in_pages() {
    let world = World::with(&[("CATALOG_PAGE", "2")]);
    let link = |n, last: &str| {
        let last = last.replace('/', "%2F");
        Some(format!("</v2/_catalog?n={n}&last={last}>; rel=\"next\""))
    };
    let table = [
        ("", &BLOCKS[..2], link(2, BLOCKS[1])),
        ("?n=1", &BLOCKS[..1], link(1, BLOCKS[0])),
        ("?n=1&last=blocks%2Fbrowser", &BLOCKS[1..2], link(1, BLOCKS[1])),
        ("?n=100", &BLOCKS[..2], link(2, BLOCKS[1])),
        ("?last=blocks/sensor", &BLOCKS[2..], None),
        ("?last=zoo/app", &[], None),
        ("?n=0", &[], None),
        ("?n=many", &BLOCKS[..2], link(2, BLOCKS[1])),
    ];
    for (query, expected, link) in table {
        let seen = world.get(&format!("/v2/_catalog{query}"));
        assert_eq!(seen.json(), json!({ "repositories": expected }), "{query}");
        assert_eq!(seen.header("link"), link.as_deref(), "{query}");
    }
}

#[test]
fn a_page_costs_one_call_without_a_credential_and_is_kept() {
    let world = World::new();
    let calls = world.calls(|| {
        for token in [None, Some(world.token(&[], Some(OWNER)))] {
            let seen = match token {
                None => world.get("/v2/_catalog"),
                Some(token) => world.get_with(&token, "/v2/_catalog"),
            };
            assert_eq!(seen.status, 200);
        }
    });
    let asked: Vec<_> = calls.iter().filter(|call| call.url.contains("/v7/")).collect();
    let [call] = &asked[..] else { panic!("one call: {asked:?}") };
    assert!(call.bearer.is_none());
    assert!(call.url.contains("$top=101&") && call.url.contains("is_public%20eq%20true"));
    assert_eq!(world.ask(Method::HEAD, "/v2/_catalog", &[]).status, 200);
}

#[test]
fn a_last_that_is_no_slug_is_refused_and_not_forwarded() {
    let world = World::new();
    for last in ["", "a", "a/b/c", "a'/b", "a/b'%20or%201%20eq%201", "A/b", "%00/a"] {
        let calls = world.calls(|| {
            let seen = world.get(&format!("/v2/_catalog?last={last}"));
            assert_eq!(seen.error(), (400, "NAME_INVALID".to_owned()), "{last}");
        });
        assert!(calls.is_empty());
    }
}

#[test]
fn the_operator_can_switch_it_off() {
    let world = World::with(&[("CATALOG_PAGE", "0")]);
    let calls = world.calls(|| {
        assert_eq!(world.get("/v2/_catalog").error(), (404, "UNSUPPORTED".to_owned()));
    });
    assert!(calls.is_empty());
}

#[test]
fn a_client_over_its_limit_and_a_failing_api_get_errors() {
    let world = World::new();
    world.services.permit("", 0);
    assert_eq!(world.get("/v2/_catalog").error(), (429, "TOOMANYREQUESTS".to_owned()));
    for (says, error) in
        [(Ok(reply(500, "")), (502, "UNAVAILABLE")), (Err(NoReply::Deadline), (504, "UNAVAILABLE"))]
    {
        let world = World::new();
        world.instead("/v7/application", says);
        let (status, code) = world.get("/v2/_catalog").error();
        assert_eq!((status, &*code), error);
    }
}
