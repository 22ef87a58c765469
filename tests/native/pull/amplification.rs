//! The number of calls upstream that one request can cause.

use bhcr::services::NoReply;
use bhcr::upstream::api::MAX_ANSWER;

use super::client::{OWN, World};
use super::upstream::{GUEST, OWNER};
use crate::support::reply;
use crate::twins::MemoryRequest;
use http::Method;

const EIGHT: [&str; 8] =
    ["no/app1", "no/app2", "no/app3/1.2.3", "no/app4", "no/app5", "no/app6", "no/app7", "no/app8"];

// The second call asks which releases there are instead of 1.2.3.
#[test]
fn eight_unknown_names_cost_one_call_and_one_for_what_is_similar() {
    for credential in [None, Some(OWNER)] {
        let world = World::new();
        assert_eq!(world.look_ups_for(&EIGHT, credential), 2, "{credential:?}");
        assert_eq!(world.look_ups_for(&EIGHT, credential), 0, "known misses: {credential:?}");
    }
}

// A token is asked for at the same time, by the name; the third call asks which releases there are
// instead, of the application and of siblings.
#[test]
fn an_unknown_name_alone_costs_as_many_calls_as_a_private_one() {
    for credential in [None, Some(GUEST)] {
        let names =
            [("no/app", 3), ("acme/vault", 3), ("no/app/1.0.0", 3), ("acme/vault/1.0.0", 3)];
        for (name, cost) in names {
            let world = World::new();
            let calls = world.calls(|| drop(world.ask_token(&[name], credential)));
            assert_eq!(calls.len(), cost, "{name}, {credential:?}");
            let known = world.calls(|| drop(world.ask_token(&[name], credential)));
            assert_eq!(known.len(), usize::from(credential.is_some()), "{name}, {credential:?}");
        }
    }
}

#[test]
fn a_name_that_is_asked_for_beside_known_ones_is_asked_for_alone() {
    let world = World::new();
    world.token(&["blocks/browser", "no/app1"], None);
    let urls = world.urls(|| drop(world.token(&["blocks/browser", "no/app1", "no/app2"], None)));
    assert_eq!(urls.len(), 2, "the release, and what is there instead: {urls:?}");
    for url in urls {
        assert!(url.contains("no/app2") && !url.contains("no/app1'"), "{url}");
        assert!(!url.contains("blocks/browser"), "{url}");
    }
}

#[test]
fn an_api_that_fails_is_called_twice_at_first_and_then_once() {
    for says in [Ok(reply(503, "")), Err(NoReply::Unreachable("x".into()))] {
        let world = World::new();
        world.instead("/v7/", says);
        for calls in [2, 1, 1] {
            assert_eq!(world.look_ups(|| drop(world.ask_token(&EIGHT, None))), calls);
        }
    }
}

// A query for several has no limit of its own. Whoever makes thousands of revisions of one version
// would make the other names of the request fail.
#[test]
fn after_an_answer_that_is_too_long_each_release_is_asked_for_alone() {
    for credential in [None, Some(OWNER)] {
        let names = ["blocks/browser/2.3.8", "blocks/browser/2.2.0", "acme/duo/latest/web"];
        let world = World::new();
        let revisions = "[".repeat(MAX_ANSWER + 1);
        world.instead("/v7/release?$select=", Ok(reply(200, &revisions)));
        let mut token = String::new();
        assert_eq!(world.look_ups(|| token = world.token(&names, credential)), 1 + names.len());
        for name in names {
            let seen = world.get_with(&token, &format!("/v2/{name}/manifests/latest"));
            assert_eq!(seen.status, 200, "{name}");
        }
        // A fault of one of them is a fault of that one alone.
        let world = World::new();
        world.instead("semver%20eq%20'2.2.0'", Ok(reply(500, "")));
        world.instead("/v7/release?$select=", Ok(reply(200, &revisions)));
        let token = world.token(&names, credential);
        for (name, status) in names.into_iter().zip([200, 502, 200]) {
            let seen = world.get_with(&token, &format!("/v2/{name}/manifests/latest"));
            assert_eq!(seen.status, status, "{name}");
        }
    }
}

fn ask_from(world: &World, client: &str, name: &str) -> u16 {
    let target = format!("{OWN}/auth/v1/token?scope=repository:{name}:pull");
    let request = MemoryRequest::new(Method::GET, target).with_header("cf-connecting-ip", client);
    world.send(&request).status
}

#[test]
fn a_client_without_a_credential_causes_as_many_calls_as_the_platform_permits() {
    let world = World::new();
    world.services.permit("203.0.113.7", 2);
    for (name, status, calls) in
        [("no/a", 200, 3), ("no/b", 200, 3), ("no/c", 429, 0), ("no/a", 200, 0), ("no/d", 429, 0)]
    {
        let made = world.calls(|| assert_eq!(ask_from(&world, "203.0.113.7", name), status));
        assert_eq!(made.len(), calls, "{name}");
    }
    assert_eq!(ask_from(&world, "203.0.113.8", "no/e"), 200, "another client");
    assert_eq!(ask_from(&world, "203.0.113.7", "no/e"), 200, "a known miss");
}

#[test]
fn the_limit_stops_nobody_whose_credential_was_accepted_or_who_can_be_served_from_kept_data() {
    let world = World::new();
    world.token(&["blocks/browser"], None);
    world.token(&["blocks/browser"], Some(OWNER));
    world.services.permit("", 0);
    world.services.clock.advance(60);
    assert_eq!(world.ask_token(&["blocks/browser"], None).status, 200);
    assert_eq!(world.ask_token(&["acme/vault"], Some(OWNER)).status, 200, "it was accepted before");
    let seen = world.ask_token(&["acme/duo"], None);
    assert_eq!(seen.error(), (429, "TOOMANYREQUESTS".to_owned()));
    assert!(seen.header("retry-after").is_some());
}

#[test]
fn a_made_up_credential_does_not_lift_the_limit() {
    let world = World::new();
    world.services.permit("", 1);
    let calls = world.calls(|| {
        for n in 0..50 {
            let made_up = format!("made-up-hunter2-{n}");
            let names: &[&str] = if n % 2 == 0 { &["no/app"] } else { &[] };
            let status = world.ask_token(names, Some(&made_up)).status;
            assert_eq!(status, if n == 0 { 401 } else { 429 }, "{n}");
        }
    });
    assert_eq!(calls.len(), 2, "the release and the token of the first one");
}

// One client has a whole IPv6 network of 64 bits to itself.
#[test]
fn another_address_of_the_same_ipv6_network_does_not_lift_the_limit() {
    let world = World::new();
    world.services.permit("2001:db8:0:1::/64", 1);
    for (client, name, status) in [
        ("2001:db8:0:1::1", "no/a", 200),
        ("2001:db8:0:1:ffff::2", "no/b", 429),
        ("2001:0db8:0000:0001::3", "no/c", 429),
        ("2001:db8:0:2::1", "no/d", 200),
    ] {
        assert_eq!(ask_from(&world, client, name), status, "{client}");
    }
}
