//! Faults of upstream: what clients are told, and what the log says.

use bhcr::services::NoReply;
use http::Method;

use super::client::{World, not_granted};
use super::seen::Seen;
use super::upstream::{BLOB, OWNER, Says};
use crate::support::{reply, reply_with};

const WORDS: &str = "upstream tells of v2/10ca7104 and hunter2";

// Faulty replies, and what the client is told: for both endpoints of the API and for the registry.
fn faults() -> Vec<(&'static str, Says, u16, &'static str)> {
    vec![
        ("timeout", Err(NoReply::Deadline), 504, "UNAVAILABLE"),
        (
            "unreachable",
            Err(NoReply::Unreachable("connection refused".to_owned())),
            502,
            "UNAVAILABLE",
        ),
        ("500", Ok(reply(500, WORDS)), 502, "UNAVAILABLE"),
        ("503", Ok(reply(503, WORDS)), 502, "UNAVAILABLE"),
        ("504", Ok(reply(504, WORDS)), 504, "UNAVAILABLE"),
        ("400", Ok(reply(400, WORDS)), 502, "UNAVAILABLE"),
        (
            "a redirect",
            Ok(reply_with(301, &[("location", "https://evil.example/")], WORDS)),
            502,
            "UNAVAILABLE",
        ),
        ("429", Ok(reply_with(429, &[("retry-after", "42")], WORDS)), 429, "TOOMANYREQUESTS"),
    ]
}

fn pull(world: &World, token: &str, end: &str) -> Seen {
    world.get_with(token, &format!("/v2/blocks/browser/{end}"))
}

#[test]
fn a_fault_upstream_is_answered_with_our_own_error_and_logged() {
    for (what, says, status, code) in faults() {
        for part in ["/v7/", "/auth/v1/token", "/manifests/", "/blobs/"] {
            let world = World::new();
            let token = world.token(&["blocks/browser"], Some(OWNER));
            world.instead(part, says.clone());
            let seen = match part {
                "/manifests/" => pull(&world, &token, "manifests/latest"),
                "/blobs/" => pull(&world, &token, &format!("blobs/{BLOB}")),
                _ => world.ask_token(&["blocks/browser/2.2.0"], Some(OWNER)),
            };
            assert_eq!(seen.error(), (status, code.to_owned()), "{what} at {part}");
            let id = seen.header("x-request-id").expect("an id");
            let line = world.last_line();
            assert_eq!(line["request_id"], id, "{what} at {part}");
            assert!(line["problem"].is_string(), "{what} at {part}: {line}");
            assert_eq!(world.problems().len(), 1, "{what} at {part}");
        }
    }
}

#[test]
fn a_limit_upstream_is_passed_on_with_its_time() {
    for (header, seconds) in [(Some("42"), "42"), (None, "10"), (Some("soon"), "10")] {
        let world = World::new();
        let headers: Vec<_> = header.iter().map(|value| ("retry-after", *value)).collect();
        world.instead("/v7/", Ok(reply_with(429, &headers, "")));
        let seen = world.ask_token(&["blocks/browser"], None);
        assert_eq!((seen.status, seen.header("retry-after")), (429, Some(seconds)), "{header:?}");
    }
}

#[test]
fn nonsense_from_the_api_is_a_fault() {
    let location = r#"{"d":[{"release_image":[{"image":[{"is_stored_at__image_location":"evil.example/v2/10ca7104","status":"success","is_a_build_of__service":[]}]}]}]}"#;
    let table = [
        ("/v7/", "nonsense"),
        ("/v7/", "{}"),
        ("/v7/", location),
        ("/auth/v1/token", "nonsense"),
        ("/auth/v1/token", r#"{"token":"hunter2"}"#),
        ("/auth/v1/token", r#"{"token":"upstreamjwt.e30.x"}"#),
    ];
    for (part, body) in table {
        let world = World::new();
        world.instead(part, Ok(reply(200, body)));
        let seen = world.ask_token(&["blocks/browser"], None);
        assert_eq!(seen.error(), (502, "UNAVAILABLE".to_owned()), "{body}");
        assert_eq!(world.problems().len(), 1, "{body}");
    }
}

#[test]
fn an_upstream_token_that_has_no_life_left_is_a_fault() {
    for life in [0, 1, 60] {
        let world = World::new();
        world.rules.life.set(Some(life));
        let seen = world.ask_token(&["blocks/browser"], None);
        assert_eq!(seen.error(), (502, "UNAVAILABLE".to_owned()), "{life} s");
    }
    let world = World::new();
    world.rules.life.set(Some(61));
    assert_eq!(world.ask_token(&["blocks/browser"], None).json()["expires_in"], 1);
}

#[test]
fn a_refusal_of_the_registry_is_answered_with_our_own_error() {
    let challenge = |error: &str| {
        format!(
            r#"Bearer realm="https://upstream",scope="repository:v2/10ca7104:pull",error="{error}""#
        )
    };
    let with = |error: &str| reply_with(401, &[("www-authenticate", &challenge(error))], WORDS);
    let table = [
        (with("invalid_token"), true),
        (reply(401, WORDS), true),
        (with("insufficient_scope"), false),
        (reply(403, WORDS), false),
    ];
    for (says, wants_token) in table {
        for (part, end) in
            [("/manifests/", "manifests/latest"), ("/blobs/", &*format!("blobs/{BLOB}"))]
        {
            let world = World::new();
            let token = world.token(&["blocks/browser"], None);
            world.instead(part, Ok(says.clone()));
            let seen = pull(&world, &token, end);
            let wanted = (401, "UNAUTHORIZED".to_owned());
            assert_eq!(seen.error(), if wants_token { wanted } else { not_granted(end) }, "{end}");
            let expected = r#"Bearer realm="https://bhcr.example/auth/v1/token",service="bhcr.example",scope="repository:blocks/browser:pull",error="invalid_token""#;
            let challenge = wants_token.then_some(expected);
            assert_eq!(seen.header("www-authenticate"), challenge, "{end}");
            assert!(world.problems().is_empty(), "it is no fault");
        }
    }
}

#[test]
fn a_denial_of_the_registry_is_answered_like_a_missing_name() {
    let world = World::new();
    let missing = World::new();
    let (token, none) = (world.token(&["blocks/browser"], None), {
        missing.rules.revoked.borrow_mut().push(super::upstream::BROWSER);
        missing.token(&["blocks/browser"], None)
    });
    world.instead("/manifests/", Ok(reply(403, WORDS)));
    let denied = pull(&world, &token, "manifests/latest");
    assert_eq!(denied.body, pull(&missing, &none, "manifests/latest").body);
}

#[test]
fn a_manifest_that_is_redirected_is_a_fault() {
    let world = World::new();
    let token = world.token(&["blocks/browser"], None);
    let storage = [("location", "https://storage.example/")];
    world.instead("/manifests/", Ok(reply_with(307, &storage, "")));
    let target = "/v2/blocks/browser/manifests/latest";
    let headers = [("authorization", &*format!("Bearer {token}"))];
    let seen = world.ask(Method::HEAD, target, &headers);
    assert_eq!((seen.status, seen.header("location")), (502, None));
}

#[test]
fn kept_answers_are_used_while_the_api_is_limited() {
    let world = World::new();
    world.token(&["blocks/browser"], None);
    world.instead("/v7/", Ok(reply(429, "")));
    assert_eq!(world.pull("blocks/browser", None).status, 200);
    assert_eq!(world.ask_token(&["blocks/browser/2.2.0"], None).status, 429);
}
