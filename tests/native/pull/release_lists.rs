//! The releases of an application, as the tags of its name.

use bhcr::services::{NoReply, Services};
use http::Method;
use serde_json::{Value, json};

use super::client::World;
use super::upstream::{GUEST, OWNER};
use crate::support::reply;

fn list(world: &World, name: &str, query: &str, credential: Option<&str>) -> super::seen::Seen {
    let token = world.token(&[name], credential);
    world.get_with(&token, &format!("/v2/{name}/tags/list{query}"))
}

fn answer_with(raw: &[&str]) -> String {
    let releases: Vec<_> = raw.iter().map(|raw| json!({ "raw_version": raw })).collect();
    json!({ "d": [{ "slug": "blocks/browser", "owns__release": releases }] }).to_string()
}

#[test]
fn the_list_has_the_releases_and_latest_in_the_order_of_ascii() {
    let world = World::new();
    let raw = ["10.0.0", "2.10.0-rc.1", "2.3.8+rev2", "2.3.8+rev1", "2.3.8", "2.3.7+rev10"];
    let unnamed = ["2.3.6+build5", "2.3.5-RC1", "2.3.4'", "nonsense"];
    world.instead("/v7/application", Ok(reply(200, &answer_with(&[&raw[..], &unnamed].concat()))));
    let seen = list(&world, "blocks/browser", "", None);
    assert_eq!(seen.status, 200);
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("link"), None);
    let tags = [
        "10.0.0",
        "2.10.0-rc.1",
        "2.3.7",
        "2.3.7-rev10",
        "2.3.8",
        "2.3.8-rev1",
        "2.3.8-rev2",
        "latest",
    ];
    assert_eq!(seen.json(), json!({ "name": "blocks/browser", "tags": tags }));
}

#[test]
fn pages_follow_n_and_last() {
    let world = World::new();
    let token = world.token(&["blocks/browser"], None);
    let all = ["2.2.0", "2.3.8", "latest"];
    let link =
        |n, last| Some(format!("</v2/blocks/browser/tags/list?n={n}&last={last}>; rel=\"next\""));
    let table = [
        ("", &all[..], None),
        ("?n=1", &all[..1], link(1, "2.2.0")),
        ("?n=1&last=2.2.0", &all[1..2], link(1, "2.3.8")),
        ("?n=2&last=2.2.0", &all[1..], None),
        ("?n=3", &all[..], None),
        ("?n=100000", &all[..], None),
        ("?n=0", &[], None),
        ("?n=many", &all[..], None),
        ("?n=-1", &all[..], None),
        ("?n=99999999999999999999", &all[..], None),
        ("?last=2.2.0", &all[1..], None),
        ("?last=2.2.1", &all[1..], None),
        ("?last=latest", &[], None),
        ("?last=zebra&n=1", &[], None),
        ("?last=%22%27", &all[..], None),
    ];
    let calls = world.look_ups(|| {
        for (query, tags, link) in table {
            let seen = world.get_with(&token, &format!("/v2/blocks/browser/tags/list{query}"));
            assert_eq!(seen.json()["tags"], json!(tags), "{query}");
            assert_eq!(seen.header("link"), link.as_deref(), "{query}");
        }
    });
    assert_eq!(calls, 1, "every page is from one answer");
}

#[test]
fn a_name_with_a_release_has_the_tag_latest_and_costs_no_call() {
    let world = World::new();
    for name in ["blocks/browser/2.3.8", "blocks/browser/latest", "acme/duo/latest/web"] {
        let token = world.token(&[name], None);
        let calls = world.calls(|| {
            let seen = world.get_with(&token, &format!("/v2/{name}/tags/list"));
            assert_eq!(seen.json()["tags"], json!(["latest"]), "{name}");
        });
        assert!(calls.is_empty());
    }
}

#[test]
fn the_owner_lists_a_private_application_and_nobody_else_does() {
    let world = World::new();
    for who in [None, Some(GUEST), Some(OWNER), None, Some(GUEST)] {
        let seen = list(&world, "acme/vault", "", who);
        if who == Some(OWNER) {
            assert_eq!(seen.json()["tags"], json!(["1.0.0", "latest"]));
        } else {
            assert_eq!(seen.error(), (403, "DENIED".to_owned()), "{who:?}");
        }
    }
    // Another isolate has only the token, and asks for the same caller.
    let token = world.token(&["acme/vault"], Some(OWNER));
    let other = world.another_isolate();
    let calls = other.calls(|| {
        let seen = other.get_with(&token, "/v2/acme/vault/tags/list");
        assert_eq!(seen.json()["tags"], json!(["1.0.0", "latest"]));
    });
    let bearers: Vec<_> = calls.iter().map(|it| it.bearer.as_ref().map(|it| it.expose())).collect();
    assert_eq!(bearers, [Some(OWNER)]);
}

#[test]
fn the_list_of_a_private_application_costs_others_as_much_as_that_of_a_missing_one() {
    for credential in [None, Some(GUEST)] {
        let calls = |name: &str| {
            let world = World::new();
            list(&world, "acme/vault", "", Some(OWNER));
            world.urls(|| drop(list(&world, name, "", credential))).len()
        };
        assert_eq!(calls("acme/vault"), calls("acme/ghost"), "{credential:?}");
    }
}

#[test]
fn an_application_of_several_services_is_listed_too() {
    let seen = list(&World::new(), "acme/duo", "", None);
    assert_eq!(seen.json()["tags"], json!(["latest"]));
}

#[test]
fn the_list_is_kept_for_target_seconds_for_one_caller_in_memory_only() {
    let world = World::new();
    for (credential, calls) in [(None, 1), (Some(OWNER), 1), (None, 0), (Some(OWNER), 0)] {
        let token = world.token(&["blocks/browser"], credential);
        let list = || drop(world.get_with(&token, "/v2/blocks/browser/tags/list"));
        assert_eq!(world.look_ups(list), calls, "{credential:?}");
    }
    let token = world.token(&["blocks/browser"], None);
    world.services.clock.advance(60);
    let list = || drop(world.get_with(&token, "/v2/blocks/browser/tags/list"));
    assert_eq!(world.look_ups(list), 1);
    assert!(world.services.store().keys().iter().all(|key| !key.starts_with("list")));
}

#[test]
fn while_the_api_fails_an_older_list_is_used_or_none() {
    for (says, error) in [
        (Ok(reply(500, "")), (502, "UNAVAILABLE".to_owned())),
        (Err(NoReply::Deadline), (504, "UNAVAILABLE".to_owned())),
        (Ok(reply(429, "")), (429, "TOOMANYREQUESTS".to_owned())),
        (Ok(reply(200, r#"{"d":[{"slug":7}]}"#)), (502, "UNAVAILABLE".to_owned())),
    ] {
        let world = World::new();
        let token = world.token(&["blocks/browser"], None);
        world.instead("/v7/application", says);
        let ask = || world.get_with(&token, "/v2/blocks/browser/tags/list");
        assert_eq!(ask().error(), error);
        world.as_told();
        world.services.clock.advance(3600);
        assert_eq!(ask().status, 200);
        world.services.clock.advance(60);
        world.instead("/v7/", Err(NoReply::Deadline));
        assert_eq!(ask().json()["tags"], json!(["2.2.0", "2.3.8", "latest"]));
        assert_eq!(world.last_line()["content"], json!("stale"));
    }
}

#[test]
fn a_credential_that_is_refused_meanwhile_asks_for_a_new_token() {
    let world = World::new();
    let token = world.token(&["acme/vault"], Some(OWNER));
    world.instead("/v7/application", Ok(reply(401, "")));
    let seen = world.get_with(&token, "/v2/acme/vault/tags/list");
    assert_eq!(seen.error(), (401, "UNAUTHORIZED".to_owned()));
    let challenge = seen.header("www-authenticate").expect("a challenge");
    assert!(challenge.contains("invalid_token"), "{challenge}");
}

#[test]
fn a_client_over_its_limit_gets_429_for_a_list_that_is_not_kept() {
    let world = World::new();
    let token = world.token(&["blocks/browser"], None);
    world.services.permit("", 0);
    let seen = world.get_with(&token, "/v2/blocks/browser/tags/list");
    assert_eq!(seen.error(), (429, "TOOMANYREQUESTS".to_owned()));
}

#[test]
fn an_application_of_2000_releases_costs_one_call_of_bounded_size() {
    let world = World::new();
    let raw: Vec<_> = (0..2000).map(|n| format!("1.0.{n}")).collect();
    let raw: Vec<_> = raw.iter().map(String::as_str).collect();
    world.instead("/v7/application", Ok(reply(200, &answer_with(&raw))));
    let token = world.token(&["blocks/browser"], None);
    let (mut last, mut seen) = (String::new(), Vec::<Value>::new());
    let urls = world.urls(|| {
        while seen.len() < 2001 {
            let target = format!("/v2/blocks/browser/tags/list?n=100&last={last}");
            let page =
                world.ask(Method::GET, &target, &[("authorization", &format!("Bearer {token}"))]);
            let tags = page.json()["tags"].as_array().expect("tags").clone();
            assert!(tags.len() == 100 || tags.len() == 1, "{}", tags.len());
            last = tags.last().and_then(Value::as_str).expect("a tag").to_owned();
            assert_eq!(page.header("link").is_some(), last != "latest");
            seen.extend(tags);
        }
    });
    let [url] = &urls[..] else { panic!("one call: {urls:?}") };
    assert!(url.contains("$top=3000;"), "{url}");
    assert!(seen.is_sorted_by_key(|tag| tag.as_str().expect("a tag").to_owned()));
}
