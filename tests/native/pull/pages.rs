//! Pages: who gets one, what all of them have, and what is told if something fails.

use bhcr::services::NoReply;
use http::Method;

use super::client::{OWN, World};
use super::page_data::{application, release};
use super::seen::Seen;
use super::upstream::OWNER;
use crate::support::{reply, reply_with};

/// What a browser sends.
pub const BROWSER_ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

pub fn open(world: &World, target: &str) -> Seen {
    world.ask(Method::GET, target, &[("accept", BROWSER_ACCEPT)])
}

fn is_page(seen: &Seen) -> bool {
    seen.header("content-type") == Some("text/html; charset=utf-8")
}

#[test]
fn who_names_html_in_accept_gets_a_page_and_nobody_else() {
    let table = [
        (Some(BROWSER_ACCEPT), true),
        (Some("text/html"), true),
        (Some("application/json, TEXT/HTML;level=1"), true),
        (Some("application/json;q=1, text/html ; q=0.1"), true),
        (Some("text/html;q=0"), false),
        (Some("text/html; q=0.000, */*"), false),
        (Some("*/*"), false),
        (Some("text/*"), false),
        (Some("application/json"), false),
        (Some("application/vnd.oci.image.manifest.v1+json, text/plain"), false),
        (Some("text/htmlx, xtext/html"), false),
        (Some(""), false),
        (None, false),
    ];
    let world = World::new();
    world.instead("/v7/application", Ok(reply(200, &application(&[]))));
    for (accept, expected) in table {
        let headers: Vec<_> = accept.iter().map(|value| ("accept", *value)).collect();
        for target in ["/", "/blocks/browser", "/blocks/browser/2.3.8", "/no/app", "/nothing"] {
            let seen = world.ask(Method::GET, target, &headers);
            assert_eq!(is_page(&seen), expected, "{target} {accept:?}");
            assert_eq!(seen.header("vary"), Some("accept"), "{target} {accept:?}");
            if !expected {
                assert_eq!(seen.status, 404, "{target}");
                assert!(seen.body.starts_with("This is a container registry"), "{target}");
            }
        }
        for target in ["/ping", "/healthz", "/v2/", "/auth/v1/token", "/api/v1/accounts"] {
            let seen = world.ask(Method::GET, target, &headers);
            assert!(!is_page(&seen) && seen.header("vary").is_none(), "{target} {accept:?}");
        }
    }
}

#[test]
fn whoever_gets_no_page_causes_no_call() {
    let world = World::new();
    let calls = world.calls(|| {
        for target in ["/blocks/browser", "/blocks/browser/2.3.8", "/?q=a/b"] {
            assert_eq!(world.get(target).status, 404);
        }
        assert_eq!(open(&world, "/").status, 200);
        assert_eq!(open(&world, "/nothing").status, 404);
    });
    assert!(calls.is_empty());
}

#[test]
fn every_page_forbids_what_it_does_not_need() {
    let world = World::new();
    world.instead("/v7/application", Ok(reply(200, &application(&[release("1.0.0")]))));
    for target in ["/", "/?q=Not+a+name", "/blocks/browser", "/blocks/browser/2.3.8", "/no/app/1"] {
        let seen = open(&world, target);
        assert!(is_page(&seen), "{target}");
        assert_eq!(seen.header("referrer-policy"), Some("no-referrer"));
        let policy = seen.header("content-security-policy").expect("a policy");
        let begins = "default-src 'none'; style-src 'sha256-";
        let ends = "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        assert!(policy.starts_with(begins) && policy.ends_with(ends), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        let rule = if seen.status == 200 { "public, max-age=60" } else { "no-store" };
        assert_eq!(seen.header("cache-control"), Some(rule), "{target}");
    }
}

#[test]
fn the_look_up_box_leads_to_a_name_on_this_host_or_says_what_a_name_is() {
    let world = World::new();
    let found = [
        ("org/app", "/org/app"),
        ("org%2Fapp", "/org/app"),
        ("+org/app/2.3.8%0A", "/org/app/2.3.8"),
        ("/org/app/", "/org/app"),
        ("bhcr.example/org/app", "/org/app"),
        ("https://bhcr.example/org/app/latest/web", "/org/app/latest/web"),
        ("org/app&q=other/app", "/org/app"),
    ];
    for (q, location) in found {
        let seen = open(&world, &format!("/?q={q}"));
        assert_eq!((seen.status, seen.header("location")), (303, Some(location)), "{q}");
        assert_eq!(seen.header("cache-control"), Some("no-store"));
    }
    let none = [
        "",
        "app",
        "//evil.example",
        "https://evil.example/org/app",
        "org/app/not-a-release",
        "org/../app",
        "Org/App",
        "org/app%0D%0Aset-cookie:a=b",
        "org/app?x",
        "%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    ];
    for q in none {
        let seen = open(&world, &format!("/?q={q}"));
        assert_eq!((seen.status, seen.header("location")), (400, None), "{q}");
        assert!(!seen.body.contains("<script>alert"), "{q}");
    }
    let seen = open(&world, "/?q=%22%3E%3Cb%3E%27%26");
    assert!(seen.body.contains("value=\"&quot;&gt;&lt;b&gt;'&amp;\""), "{}", seen.body);
}

#[test]
fn a_private_application_and_a_missing_one_look_the_same_and_cost_the_same() {
    for end in ["", "?before=3", "/latest", "/1.0.0", "/1.0.0/main", "/1", "/abcdef0"] {
        let told = |app: &str| {
            let world = World::new();
            if app == "vault" {
                world.ask_token(&["acme/vault", "acme/vault/1.0.0"], Some(OWNER));
            }
            let mut told = Vec::new();
            for seconds in [0, 1, 60] {
                world.services.clock.advance(seconds);
                let calls = world.urls(|| {
                    let mut seen = open(&world, &format!("/acme/{app}{end}"));
                    seen.headers.retain(|(name, _)| *name != "x-request-id");
                    assert_eq!(seen.status, 404, "{end}");
                    told.push(format!("{seen:?}").replace(app, "-----"));
                });
                told.push(calls.join(" ").replace(app, "-----"));
            }
            told
        };
        assert_eq!(told("vault"), told("ghost"), "{end}");
    }
}

#[test]
fn a_page_uses_no_credential_and_no_cookie_not_even_a_gateways() {
    let told = |world: &World, headers: &[(&'static str, &str)]| {
        let mut seen = Vec::new();
        let calls = world.calls(|| {
            for target in ["/acme/vault", "/acme/vault/1.0.0", "/blocks/browser/2.3.8"] {
                let headers = [&[("accept", BROWSER_ACCEPT)], headers].concat();
                let mut page = world.ask(Method::GET, target, &headers);
                page.headers.retain(|(name, _)| *name != "x-request-id");
                seen.push(page);
            }
        });
        for call in calls.iter().filter(|call| !call.url.contains("/v2/v2/")) {
            assert!(call.bearer.is_none(), "{}", call.url);
        }
        seen
    };
    let plain = told(&World::new(), &[]);
    assert_eq!(plain.iter().map(|it| it.status).collect::<Vec<_>>(), [404, 404, 200]);
    let bearer = format!("Bearer {OWNER}");
    for header in [("authorization", &*bearer), ("cookie", "session=owner-hunter2")] {
        assert_eq!(told(&World::new(), &[header]), plain);
    }
    assert_eq!(told(&World::with(&[("GATEWAY_TOKEN", OWNER)]), &[]), plain);
}

#[test]
fn an_outage_is_a_page_that_tells_nothing_of_the_inside() {
    let busy = || Ok(reply_with(429, &[("retry-after", "7")], "upstream is busy"));
    let table = [
        (Ok(reply(500, "upstream broke")), 502, None),
        (Ok(reply(200, "upstream's secret nonsense")), 502, None),
        (Ok(reply(200, r#"{"d":{}}"#)), 502, None),
        (Ok(reply(401, "upstream's firewall")), 502, None),
        (Err(NoReply::Deadline), 504, None),
        (busy(), 429, Some("7")),
    ];
    for (says, status, retry_after) in table {
        for target in ["/blocks/browser", "/blocks/browser/2.3.8"] {
            let world = World::new();
            world.instead("/v7/", says.clone());
            let seen = open(&world, target);
            assert_eq!((seen.status, is_page(&seen)), (status, true), "{says:?} {target}");
            assert_eq!(seen.header("retry-after"), retry_after);
            assert!(!seen.body.contains("nonsense") && seen.body.contains("<h1>"), "{target}");
        }
    }
}

#[test]
fn settings_that_make_no_sense_are_a_page_too() {
    let world = World::with(&[("API_URL", "nonsense")]);
    let seen = open(&world, "/");
    assert_eq!((seen.status, is_page(&seen)), (500, true));
    assert!(seen.body.contains("API_URL") && seen.body.contains("/healthz"), "{}", seen.body);
    assert!(!seen.body.contains("may still be pulled"), "nothing can be pulled: {}", seen.body);
}

#[test]
fn an_anonymous_client_causes_only_as_many_calls_as_it_may() {
    let world = World::new();
    // One for an application of this name, and one for siblings.
    world.services.permit("192.0.2.1", 2);
    let ask = |target: &str| {
        let headers = [("accept", BROWSER_ACCEPT), ("cf-connecting-ip", "192.0.2.1")];
        world.ask(Method::GET, target, &headers)
    };
    assert_eq!(ask("/no/app").status, 404);
    let calls = world.calls(|| {
        assert_eq!(ask("/no/app").status, 404, "it is kept");
        let seen = ask("/no/other");
        assert_eq!((seen.status, seen.header("retry-after")), (429, Some("10")));
        assert_eq!(ask("/no/other/1.0.0").status, 429);
    });
    assert!(calls.is_empty());
    assert_eq!(open(&world, "/no/other").status, 404, "another client");
}

#[test]
fn the_log_names_the_page_and_what_it_is_about() {
    let world = World::new();
    world.instead("/v7/application", Ok(reply(200, &application(&[release("1.0.0")]))));
    open(&world, "/blocks/browser");
    let line = world.last_line();
    assert_eq!(line["route"], "application page");
    assert_eq!(line["name"], "blocks/browser");
    assert_eq!(line["content"], "api");
    open(&world, "/?q=a/b");
    assert_eq!(world.last_line()["route"], "home");
    assert!(open(&world, "/").body.contains(&OWN.replace("https://", "docker pull ")));
}
