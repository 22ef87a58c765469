//! Challenges: who is let in, and what the others are told to bring.

use http::Method;

use super::client::World;
use super::upstream::{BROWSER, OWNER, digest_of};
use crate::twins::MemoryRequest;

const REALM: &str = r#"Bearer realm="https://bhcr.example/auth/v1/token",service="bhcr.example""#;

#[test]
fn without_a_token_of_ours_a_request_is_challenged_and_nobody_called() {
    let name = "blocks/browser/2.3.8";
    let scope = format!(r#",scope="repository:{name}:pull""#);
    let basic = "Basic YW5hOm93bmVyLWh1bnRlcjI=";
    let invalid = r#",error="invalid_token""#;
    let ends = ["manifests/latest", "tags/list", &format!("blobs/{}", super::upstream::BLOB)];
    let named: Vec<_> =
        ends.iter().map(|end| (format!("/v2/{name}/{end}"), scope.clone())).collect();
    let bases = [("/v2/".to_owned(), String::new()), ("/v2".to_owned(), String::new())];
    for (target, scope) in bases.into_iter().chain(named) {
        let table = [
            (None, ""),
            (Some(basic), ""),
            (Some("Basic !!"), ""),
            (Some("Bearer"), ""),
            (Some("Bearer not-of-ours"), invalid),
            (Some("Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2ln"), invalid),
        ];
        for (header, error) in table {
            let world = World::new();
            let headers: Vec<_> = header.iter().map(|value| ("authorization", *value)).collect();
            let calls = world.calls(|| {
                for method in [Method::GET, Method::HEAD] {
                    let seen = world.ask(method, &target, &headers);
                    assert_eq!(seen.error(), (401, "UNAUTHORIZED".to_owned()), "{target}");
                    let challenge = format!("{REALM}{scope}{error}");
                    assert_eq!(seen.header("www-authenticate"), Some(&*challenge), "{header:?}");
                    assert_eq!(seen.header("cache-control"), Some("no-store"));
                }
            });
            assert!(calls.is_empty());
        }
    }
}

#[test]
fn a_token_with_or_without_a_scope_opens_the_base_without_a_call() {
    let world = World::new();
    for (names, credential) in
        [(&["blocks/browser"][..], None), (&[], None), (&[], Some(OWNER)), (&["no/app"], None)]
    {
        let token = world.token(names, credential);
        let calls = world.calls(|| {
            for target in ["/v2/", "/v2"] {
                assert_eq!(world.get_with(&token, target).status, 200, "{names:?}");
            }
        });
        assert!(calls.is_empty());
    }
}

#[test]
fn a_name_that_the_token_was_not_asked_for_gets_its_own_scope() {
    let world = World::new();
    let token = world.token(&["blocks/browser", "no/app"], None);
    for name in ["blocks/browser/latest", "acme/duo", "v2/10ca"] {
        let calls = world.calls(|| {
            let seen = world.get_with(&token, &format!("/v2/{name}/manifests/latest"));
            assert_eq!(seen.error(), (401, "UNAUTHORIZED".to_owned()), "{name}");
            let challenge =
                format!(r#"{REALM},scope="repository:{name}:pull",error="insufficient_scope""#);
            assert_eq!(seen.header("www-authenticate"), Some(&*challenge));
        });
        assert!(calls.is_empty());
    }
}

#[test]
fn expired_and_foreign_tokens_are_invalid() {
    let world = World::new();
    let target = &format!("/v2/blocks/browser/manifests/{}", digest_of(BROWSER));
    let token = world.token(&["blocks/browser"], None);
    let foreign = World::with(&[("API_URL", "https://api2.upstream.example")]);
    world.services.clock.advance(14_400 - 61);
    assert_eq!(world.get_with(&token, target).status, 200);
    world.services.clock.advance(1);
    for (what, seen) in
        [("expired", world.get_with(&token, target)), ("foreign", foreign.get_with(&token, target))]
    {
        assert_eq!(seen.error(), (401, "UNAUTHORIZED".to_owned()), "{what}");
        let challenge = seen.header("www-authenticate").expect("a challenge");
        assert!(challenge.ends_with(r#":pull",error="invalid_token""#), "{what}: {challenge}");
    }
}

#[test]
fn the_challenge_names_the_origin_that_the_client_used() {
    let table = [
        (None, "http://localhost:8787", "http://localhost:8787", "localhost:8787"),
        (None, "https://images.example", "https://images.example", "images.example"),
        (None, "https://IMAGES.example:8443", "https://images.example:8443", "images.example:8443"),
        (
            Some("https://front.example"),
            "http://10.0.0.1:80",
            "https://front.example",
            "front.example",
        ),
    ];
    for (public, used, origin, service) in table {
        let world = World::with(&[("PUBLIC_ORIGIN", public.unwrap_or_default())]);
        let seen = world.send(&MemoryRequest::new(Method::GET, format!("{used}/v2/")));
        let challenge = format!(r#"Bearer realm="{origin}/auth/v1/token",service="{service}""#);
        assert_eq!(seen.header("www-authenticate"), Some(&*challenge), "{used}");
    }
}

#[test]
fn a_host_that_cannot_stand_in_a_challenge_gets_a_sound_refusal() {
    let world = World::new();
    for host in ["https://bh\"cr.example", "https://bh~cr.example", "https://"] {
        let seen = world.send(&MemoryRequest::new(Method::GET, format!("{host}/v2/")));
        assert_eq!(seen.status, 400, "{host}");
        seen.is_sound("/v2/");
        seen.error();
    }
}

#[test]
fn a_token_is_for_one_deployment_whatever_host_it_is_used_on() {
    let world = World::new();
    let token = world.token(&["blocks/browser"], None);
    let request = MemoryRequest::new(Method::GET, "https://second.example/v2/")
        .with_header("authorization", format!("Bearer {token}"));
    assert_eq!(world.send(&request).status, 200);
}
