//! The log line and `Server-Timing` of a request.

use std::time::Duration;

use bhcr::services::NoReply;

use http::Method;
use serde_json::{Map, Value, json};

use super::client::{SPARED, World};
use super::upstream::{BLOB, OLDER, OWNER, WRONG, digest_of};
use crate::support::reply;
use crate::twins::MemoryRequest;

// The last line without its request id, which must be that of the answer.
fn line(world: &World, id: Option<&str>) -> Map<String, Value> {
    let mut line = world.last_line().as_object().expect("a line is an object").clone();
    assert_eq!(line.remove("request_id").as_ref().and_then(Value::as_str), id);
    line
}

#[test]
fn every_request_is_one_line_with_its_id_route_name_and_status() {
    let world = World::new();
    let good = format!("Bearer {}", world.token(&["blocks/browser", "no/app"], None));
    let name = "blocks/browser";
    let blob = format!("/v2/{name}/blobs/{BLOB}");
    let referrers = format!("/v2/{name}/referrers/{BLOB}");
    let token = format!("/auth/v1/token?scope=repository:{name}:pull");
    let two = format!("{token}&scope=repository:no/app:pull");
    let manifest = format!("/v2/{name}/manifests/latest");
    let missing = "/v2/no/app/manifests/latest";
    let tags = format!("/v2/{name}/tags/list");
    let table = [
        (Method::GET, "/ping", "ping", None, 200, 0),
        (Method::HEAD, "/healthz", "health", None, 200, 0),
        (Method::GET, "/v2/", "base", None, 200, 0),
        (Method::GET, &*token, "token", Some(name), 200, 0),
        (Method::GET, &*two, "token", Some("blocks/browser no/app"), 200, 0),
        (Method::GET, "/auth/v1/token?scope=x", "token", None, 400, 0),
        (Method::GET, &*manifest, "manifest", Some(name), 200, 1),
        (Method::HEAD, &*manifest, "manifest", Some(name), 200, 0),
        (Method::GET, missing, "manifest", Some("no/app"), 403, 0),
        (Method::GET, &*blob, "blob", Some(name), 307, 1),
        (Method::GET, &*tags, "tags", Some(name), 200, 1),
        (Method::GET, &*tags, "tags", Some(name), 200, 0),
        (Method::GET, "/v2/_catalog", "catalog", None, 200, 1),
        (Method::GET, &*referrers, "referrers", Some(name), 200, 0),
        (Method::PUT, &*manifest, "refused", None, 405, 0),
        (Method::GET, "/v2/Bad/manifests/latest", "refused", None, 400, 0),
        (Method::GET, "/", "refused", None, 404, 0),
    ];
    for (method, target, route, name, status, calls) in table {
        let lines = world.log().len();
        // At the token endpoint, a Bearer value is a credential and not one of our tokens.
        let headers = [("authorization", &*good)];
        let headers = if route == "token" { &[][..] } else { &headers[..] };
        let seen = world.ask(method, target, headers);
        assert_eq!(world.log().len(), lines + 1, "{target}");
        let mut line = line(&world, seen.header("x-request-id"));
        line.retain(|field, _| !["resolved", "token", "content"].contains(&&**field));
        let mut expected = json!({
            "route": route, "status": status, "ms": 0,
            "upstream_calls": calls, "upstream_ms": 0,
        });
        if let Some(name) = name {
            expected["name"] = name.into();
        }
        assert_eq!(Value::from(line), expected, "{target}");
        assert_eq!(seen.status, status, "{target}");
    }
}

#[test]
fn no_two_requests_have_the_same_id() {
    let world = World::new();
    let ids: std::collections::HashSet<_> = (0..50)
        .map(|_| world.get("/ping").header("x-request-id").expect("an id").to_owned())
        .collect();
    assert_eq!(ids.len(), 50);
}

#[test]
fn the_line_says_where_each_resolution_came_from() {
    let world = World::new();
    let resolved = |isolate: &World, names: &[&str]| {
        isolate.token(names, None);
        isolate.last_line().get("resolved").cloned()
    };
    assert_eq!(resolved(&world, &["one"]), None, "no release can have this name");
    assert_eq!(resolved(&world, &["blocks/browser"]), Some(json!(["api"])));
    assert_eq!(resolved(&world, &["blocks/browser"]), Some(json!(["memory"])));
    let second = world.another_isolate();
    assert_eq!(resolved(&second, &["blocks/browser"]), Some(json!(["kv"])));
    let two = ["blocks/browser", "blocks/browser/2.3.8"];
    assert_eq!(resolved(&second, &two), Some(json!(["memory", "api"])));
    world.services.clock.advance(60);
    world.instead("/v7/", Err(NoReply::Deadline));
    assert_eq!(resolved(&world, &["blocks/browser"]), Some(json!(["stale"])));
    world.as_told();
    world.services.clock.advance(SPARED);
    assert_eq!(resolved(&world, &["blocks/browser"]), Some(json!(["api"])));
    assert!(world.get("/ping").status == 200 && world.last_line().get("resolved").is_none());
}

#[test]
fn the_line_says_where_the_token_and_the_content_came_from() {
    let world = World::with(&[("TARGET_SECONDS", "86400")]);
    world.rules.signs.set(Some(3600));
    let sealed = world.token(&["blocks/browser"], None);
    let pull = |end: &'static str| {
        let sealed = sealed.clone();
        move |isolate: &World| drop(isolate.get_with(&sealed, &format!("/v2/blocks/browser/{end}")))
    };
    let ask = |names: &'static [&'static str], credential: Option<&'static str>| {
        move |isolate: &World| drop(isolate.ask_token(names, credential))
    };
    let fresh = world.another_isolate();
    let elsewhere = world.another_data_centre();
    let (api, registry, memory) = (json!("api"), json!("registry"), json!("memory"));
    let (kv, cache, stale, none) = (json!("kv"), json!("cache"), json!("stale"), Value::Null);
    let blob = "blobs/sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let digest =
        "manifests/sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    type Act<'a> = Box<dyn Fn(&World) + 'a>;
    let table: [(&World, Act<'_>, &Value, &Value); 17] = [
        (&world, Box::new(ask(&["blocks/browser"], None)), &memory, &none),
        (&world, Box::new(ask(&["blocks/browser"], Some(OWNER))), &api, &none),
        (&world, Box::new(ask(&["blocks/browser"], Some(WRONG))), &none, &none),
        (&world, Box::new(ask(&["no/app"], None)), &none, &none),
        (&fresh, Box::new(ask(&["blocks/browser"], None)), &kv, &none),
        (&world, Box::new(pull("manifests/latest")), &none, &registry),
        (&world, Box::new(pull("manifests/latest")), &none, &memory),
        (&world, Box::new(pull(digest)), &none, &registry),
        (&fresh, Box::new(pull("manifests/latest")), &none, &cache),
        (&elsewhere, Box::new(pull("manifests/latest")), &none, &registry),
        (&world, Box::new(pull(blob)), &none, &registry),
        (&world, Box::new(pull(blob)), &none, &memory),
        (&fresh, Box::new(pull(blob)), &none, &cache),
        (&fresh, Box::new(pull("tags/list")), &none, &json!("api")),
        (&fresh, Box::new(pull("tags/list")), &none, &json!("memory")),
        (
            &world,
            Box::new(|world| {
                world.services.clock.advance(60);
                world.instead("/manifests/", Err(NoReply::Deadline));
                pull("manifests/latest")(world);
            }),
            &none,
            &stale,
        ),
        (
            &world,
            Box::new(|world| {
                world.services.clock.advance(600);
                world.instead("/auth/v1/token", Err(NoReply::Deadline));
                world.ask_token(&["blocks/browser"], None);
            }),
            &stale,
            &none,
        ),
    ];
    for (row, (isolate, act, token, content)) in table.iter().enumerate() {
        act(isolate);
        let line = isolate.last_line();
        assert_eq!((&line["token"], &line["content"]), (*token, *content), "row {row}: {line}");
    }
}

#[test]
fn the_line_and_server_timing_count_calls_and_time() {
    let world = World::with(&[("CREDENTIAL_SECONDS", "0")]);
    world.rules.takes.set(Duration::from_millis(40));
    let seen = world.ask_token(&["blocks/browser", "blocks/browser/2.3.8"], Some(OWNER));
    let line = line(&world, seen.header("x-request-id"));
    let told = ["upstream_calls", "upstream_ms", "ms"].map(|field| line[field].clone());
    assert_eq!(told, [json!(2), json!(80), json!(80)]);
    assert_eq!(seen.header("server-timing"), Some("total;dur=80, upstream;dur=80"));

    world.rules.fails_once("/auth/v1/token", Ok(reply(503, "")));
    let seen = world.ask_token(&["blocks/browser"], Some(OWNER));
    let line = world.last_line();
    assert_eq!((&line["upstream_calls"], &line["upstream_ms"]), (&json!(2), &json!(80)));
    let total = line["ms"].as_u64().expect("a number");
    assert!((100..=200).contains(&total), "two calls of 40 ms and a pause: {total} ms");
    let timing = format!("total;dur={total}, upstream;dur=80");
    assert_eq!(seen.header("server-timing"), Some(&*timing));
}

#[test]
fn the_line_says_that_the_client_went_away_before_its_answer() {
    let world = World::new();
    world.rules.takes.set(Duration::from_millis(40));
    let target = "https://bhcr.example/auth/v1/token?scope=repository:blocks/browser:pull";
    let request = MemoryRequest::new(Method::GET, target);
    world.send(&request);
    assert_eq!(world.last_line().get("aborted"), None);
    world.services.clock.advance(60);
    world.send(&request.aborted());
    let line = world.last_line();
    assert_eq!((&line["aborted"], &line["status"]), (&json!(true), &json!(200)));
}

#[test]
fn the_calls_of_a_refresh_do_not_count_for_its_request() {
    let world = World::new();
    world.token(&["blocks/browser"], None);
    world.services.clock.advance(30);
    let lines = world.log().len();
    assert_eq!(world.look_ups_for(&["blocks/browser"], None), 1);
    assert_eq!(world.log().len(), lines + 1);
    assert_eq!(world.last_line()["upstream_calls"], 0);
}

#[test]
fn every_failed_refresh_logs_a_line_of_json() {
    for words in ["plain", "a \"quoted\" word", "a\\b", "two\nlines"] {
        let world = World::new();
        world.token(&["blocks/browser"], None);
        world.services.clock.advance(30);
        world.instead("/v7/", Err(NoReply::Unreachable(words.to_owned())));
        world.ask_token_alone(&["blocks/browser"], None);
        world.run_deferred();
        assert!(world.services.log_lines().iter().all(|line| !line.contains('\n')));
        let problem = world.log().pop().expect("a line")["problem"].clone();
        let told = format!("an answer was not refreshed: the API broke off: {words}");
        assert_eq!(problem, told);
    }
}

#[test]
fn only_faults_inside_are_logged_as_a_problem() {
    let world = World::new();
    world.ask_token(&["blocks/browser"], Some(WRONG));
    world.ask_token(&["no/app", "one"], None);
    world.get("/v2/");
    world.get("/nothing/here");
    assert!(world.problems().is_empty(), "{:?}", world.problems());
    world.instead("/auth/v1/token", Ok(reply(500, "")));
    world.ask_token(&["blocks/browser"], None);
    assert_eq!(world.problems().len(), 1);
}

#[test]
fn no_secret_is_in_the_log_however_it_came() {
    let world = World::new();
    let sealed = world.token(&["acme/vault"], Some(OWNER));
    world.get_with(&sealed, "/v2/acme/vault/manifests/latest");
    world.get_with(OWNER, "/v2/acme/vault/manifests/latest");
    world.post_form(&format!("grant_type=password&password={OWNER}&scope={OWNER}"));
    world.get(&format!("/auth/v1/token?password={OWNER}&account={OWNER}"));
    world.get(&format!("/{OWNER}?{OWNER}"));
    world.instead("", Ok(reply(500, &format!("{OWNER} upstreamjwt 10ca7104"))));
    world.services.clock.advance(60);
    world.ask_token(&["acme/vault"], Some(OWNER));
    world.get_with(&sealed, &format!("/v2/acme/vault/manifests/{}", digest_of(OLDER)));
    assert!(world.problems().len() > 1);
    let log = world.services.log_lines().join("\n");
    for secret in [&sealed[..], &sealed[..40], OWNER, "hunter2", "upstreamjwt", "10ca7104"] {
        assert!(!log.contains(secret), "{secret} is in {log}");
    }
    assert_eq!(log.lines().count(), world.log().len());
}
