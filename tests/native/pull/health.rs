//! The answers of a deployment with invalid settings.

use http::Method;

use super::client::World;

#[test]
fn ping_and_healthz_answer_with_good_settings() {
    let world = World::new();
    let ping = world.get("/ping");
    assert_eq!((ping.status, &*ping.body), (200, "pong"));
    let health = world.get("/healthz");
    assert_eq!((health.status, health.json()["status"].as_str()), (200, Some("ok")));
    assert_eq!(world.ask(Method::HEAD, "/ping", &[]).status, 200);
    for target in ["/ping", "/healthz"] {
        let refused = world.ask(Method::POST, target, &[]);
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
