//! The gateway: callers on a local network who bring no credential get the one of `GATEWAY_TOKEN`.

use http::Method;

use super::client::World;
use super::seen::Seen;
use super::upstream::{GUEST, OWNER, WRONG};
use crate::support::{SECRET, read};
use crate::twins::MemoryRequest;

const AT: &str = "http://containers.local:8080";
const PRIVATE: &str = "acme/vault";
const PUBLIC: &str = "blocks/browser";
const TOKENS: &str = "/auth/v1/token";

fn gateway() -> World {
    World::with(&[("GATEWAY_TOKEN", OWNER)])
}

fn send(world: &World, request: MemoryRequest) -> Seen {
    let seen = world.send(&request);
    world.keeps_its_log_clean();
    seen
}

fn ask(world: &World, at: &str, names: &[&str], header: Option<(&'static str, &str)>) -> Seen {
    let scopes: Vec<_> = names.iter().map(|it| format!("scope=repository:{it}:pull")).collect();
    let request = MemoryRequest::new(Method::GET, format!("{at}{TOKENS}?{}", scopes.join("&")));
    let seen = match header {
        Some((name, value)) => send(world, request.with_header(name, value)),
        None => send(world, request),
    };
    seen.is_sound(TOKENS);
    seen
}

// The status of the manifest, with the token that this caller got.
fn pulls(world: &World, at: &str, name: &str, header: Option<(&'static str, &str)>) -> u16 {
    let seen = ask(world, at, &[name], header);
    assert_eq!(seen.status, 200, "{seen:?}");
    let token = seen.json()["token"].as_str().expect("a token is a text").to_owned();
    let request = MemoryRequest::new(Method::GET, format!("{at}/v2/{name}/manifests/latest"));
    let seen = send(world, request.with_header("authorization", format!("Bearer {token}")));
    seen.is_sound("/v2/");
    seen.status
}

fn bearers(world: &World, act: impl FnOnce()) -> Vec<String> {
    let calls = world.calls(act);
    calls.iter().filter_map(|call| Some(call.bearer.as_ref()?.expose().to_owned())).collect()
}

#[test]
fn a_caller_without_a_credential_pulls_what_the_gateway_may_pull() {
    for name in [PRIVATE, PUBLIC] {
        assert_eq!(pulls(&gateway(), AT, name, None), 200, "{name}");
    }
    // A client without a configured user and password may send both empty.
    assert_eq!(pulls(&gateway(), AT, PRIVATE, Some(("authorization", "Basic Og=="))), 200);
    assert_eq!(pulls(&World::new(), AT, PRIVATE, None), 403, "without a gateway");
}

#[test]
fn only_a_name_that_nobody_can_register_gets_it() {
    let local = [
        "http://localhost:8080",
        "http://127.0.0.1",
        "http://192.168.1.20:8080",
        "http://[fd00::1]:8080",
        "http://bhcr",
        "http://bhcr.cluster.local",
        "http://bhcr.internal",
    ];
    let public = [
        "http://evil.example:8080",
        "http://127.0.0.1.evil.example",
        "http://local.evil.example",
        "http://evillocal.example",
        "https://0123456789abcdef.balena-devices.com",
    ];
    for at in local {
        assert_eq!(pulls(&gateway(), at, PRIVATE, None), 200, "{at}");
    }
    for at in public {
        assert_eq!(pulls(&gateway(), at, PRIVATE, None), 403, "{at}");
    }
    let rebound = World::with(&[("GATEWAY_TOKEN", OWNER), ("PUBLIC_ORIGIN", AT)]);
    assert_eq!(pulls(&rebound, "http://evil.example:8080", PRIVATE, None), 403, "by its own name");
}

#[test]
fn a_request_that_a_proxy_passed_on_does_not_get_it() {
    let names = [
        "forwarded",
        "via",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-real-ip",
    ];
    for name in names {
        assert_eq!(pulls(&gateway(), AT, PRIVATE, Some((name, "for=203.0.113.7"))), 403, "{name}");
    }
}

#[test]
fn a_callers_own_credential_is_never_replaced() {
    let world = gateway();
    let bearer = |credential| format!("Bearer {credential}");
    let basic = "Basic YW55Ondyb25nLWh1bnRlcjI=";
    let wrong = [basic, &bearer(WRONG), "Basic !!", "Bearer", "Digest x", "Bearer bhk_short"];
    for header in wrong {
        let sent = bearers(&world, || {
            let seen = ask(&world, AT, &[PRIVATE], Some(("authorization", header)));
            assert_eq!(seen.error(), (401, "UNAUTHORIZED".to_owned()), "{header}");
        });
        assert!(!sent.iter().any(|it| it == OWNER), "{header}");
    }
    let guest = bearer(GUEST);
    assert_eq!(pulls(&world, AT, PRIVATE, Some(("authorization", &guest))), 403);
}

#[test]
fn a_credential_in_a_form_is_never_replaced_either() {
    let world = gateway();
    let wrong = ["wrong-hunter2", ""];
    let fields =
        ["grant_type=password&username=u&password", "grant_type=refresh_token&refresh_token"];
    for (field, value) in fields.into_iter().flat_map(|field| wrong.map(|it| (field, it))) {
        let form = format!("{field}={value}&scope=repository:{PRIVATE}:pull");
        let request = MemoryRequest::new(Method::POST, format!("{AT}{TOKENS}")).with_body(form);
        let sent = bearers(&world, || assert_eq!(send(&world, request).status, 401, "{field}"));
        assert!(!sent.iter().any(|it| it == OWNER), "{field}");
    }
}

#[test]
fn a_request_that_came_through_cloudflare_is_refused_and_told_why() {
    let world = gateway();
    let through = ("cf-ray", "8a1b2c3d4e5f-FRA");
    let calls = world.calls(|| {
        for target in ["/v2/", "/v2/acme/vault/manifests/latest", TOKENS, "/api/v1/openapi.json"] {
            let seen = world.ask(Method::GET, target, &[through]);
            assert_eq!(seen.error(), (500, "UNKNOWN".to_owned()), "{target}");
            assert!(seen.message().contains("GATEWAY_TOKEN"), "{seen:?}");
            let problem = world.last_line()["problem"].as_str().map(str::to_owned);
            assert!(problem.is_some_and(|it| it.contains("through Cloudflare")));
        }
        let health = world.ask(Method::GET, "/healthz", &[through]);
        assert_eq!(health.status, 503);
        assert_eq!(health.json()["problems"][0]["setting"], "GATEWAY_TOKEN");
        assert_eq!(world.ask(Method::GET, "/ping", &[through]).status, 200);
    });
    assert!(calls.is_empty());
    assert_eq!(pulls(&world, AT, PRIVATE, None), 200, "others are served");
    let without = World::new();
    assert_eq!(without.ask(Method::GET, "/healthz", &[through]).status, 200);
}

#[test]
fn a_token_that_upstream_refuses_keeps_nobody_from_public_images() {
    let world = World::with(&[("GATEWAY_TOKEN", WRONG)]);
    assert_eq!(pulls(&world, AT, PUBLIC, None), 200);
    assert!(world.problems().iter().any(|it| it.contains("the API refuses GATEWAY_TOKEN")));
    assert_eq!(pulls(&world, AT, PRIVATE, None), 403);
}

#[test]
fn a_token_request_without_a_name_causes_no_call() {
    let world = gateway();
    assert!(world.calls(|| assert_eq!(ask(&world, AT, &[], None).status, 200)).is_empty());
}

#[test]
fn the_setting_is_a_credential_of_balena() {
    for bad in ["two words", "bhk_0123456789", "bha_0123456789", "b\u{fc}"] {
        let read = read(&[("TOKEN_SECRET", SECRET), ("GATEWAY_TOKEN", bad)]);
        let problems = read.expect_err("it is no credential of balena");
        assert_eq!(problems[0].setting, "GATEWAY_TOKEN", "{bad}");
        assert!(!problems[0].problem.contains(bad), "its value may be a secret");
    }
}
