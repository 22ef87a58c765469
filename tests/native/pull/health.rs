//! The pages that answer everybody, and the answers of a deployment with invalid settings.

use bhcr::route::Open;
use http::Method;

use super::client::World;
use crate::twins::MemoryRequest;

#[test]
fn ping_and_healthz_answer_with_good_settings() {
    let world = World::new();
    let ping = world.get("/ping");
    assert_eq!((ping.status, &*ping.body), (200, "pong"));
    let health = world.get("/healthz");
    assert_eq!((health.status, health.json()["status"].as_str()), (200, Some("ok")));
}

#[test]
fn an_open_page_answers_everybody_and_calls_nobody() {
    let hosts = ["https://bhcr.example", "https://other.example", "https://bh\"cr.example"];
    for settings in [&[][..], &[("TOKEN_SECRET", "short")]] {
        let world = World::with(settings);
        for (page, host) in Open::ALL.into_iter().flat_map(|page| hosts.map(|it| (page, it))) {
            let ask =
                |method| world.send(&MemoryRequest::new(method, format!("{host}{}", page.path())));
            let calls = world.calls(|| {
                let seen = ask(Method::GET);
                seen.is_sound(page.path());
                let says_so = page == Open::Health && !settings.is_empty();
                assert_eq!(seen.status, if says_so { 503 } else { 200 }, "{page:?} at {host}");
                assert_ne!(seen.body, "", "{page:?}");
                assert_eq!(ask(Method::HEAD).status, seen.status, "{page:?}");
            });
            assert!(calls.is_empty(), "{page:?}");
            assert_eq!(world.last_line()["route"], page.label());
        }
    }
}

#[test]
fn an_open_page_is_not_written_to() {
    let world = World::new();
    for page in Open::ALL {
        let refused = world.ask(Method::POST, page.path(), &[]);
        assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")));
    }
}

#[test]
fn a_misconfigured_deployment_tells_every_caller_and_calls_nobody() {
    let settings = [("TOKEN_SECRET", "hunter2"), ("API_URL", "nonsense")];
    let targets = [
        "/v2/",
        "/v2",
        "/v2/blocks/browser/manifests/latest",
        "/v2/Bad/manifests/latest",
        "/auth/v1/token?scope=repository:blocks/browser:pull",
        "/",
    ];
    for target in targets {
        let world = World::with(&settings);
        let calls = world.calls(|| {
            let seen = world.get(target);
            assert_eq!(seen.error(), (500, "UNKNOWN".to_owned()), "{target}");
            let message = seen.message();
            assert!(message.contains("TOKEN_SECRET") && message.contains("API_URL"), "{message}");
        });
        assert!(calls.is_empty());
        let log = world.services.log_lines();
        assert_eq!(log.len(), 1, "{log:?}");
        assert!(log[0].contains("TOKEN_SECRET") && log[0].contains("API_URL"), "{log:?}");
    }
}

#[test]
fn a_misconfigured_deployment_answers_ping_and_healthz_says_what_is_wrong() {
    let world = World::with(&[("TOKEN_SECRET", "hunter2"), ("UPSTREAM_DEADLINE_MS", "soon")]);
    assert_eq!(world.get("/ping").body, "pong");
    let health = world.get("/healthz");
    assert_eq!(health.status, 503);
    let problems = health.json()["problems"].clone();
    let told = |at: usize, field: &str| problems[at][field].as_str().unwrap_or_default().to_owned();
    assert_eq!(told(0, "setting"), "TOKEN_SECRET");
    assert_eq!(told(1, "setting"), "UPSTREAM_DEADLINE_MS");
    assert!(told(1, "problem").contains("soon"), "{problems}");
}
