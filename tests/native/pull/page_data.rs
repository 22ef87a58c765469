//! What pages show of applications and their releases, from the API's answers.

use bhcr::services::NoReply;
use serde_json::{Value, json};

use super::client::World;
use super::pages::open;
use crate::support::reply;

/// The API's answer about the application `blocks/browser` with these releases.
pub fn application(releases: &[Value]) -> String {
    let architecture = json!([{ "slug": "amd64" }]);
    json!({ "d": [{
        "slug": "blocks/browser",
        "is_for__device_type": [{ "slug": "generic", "is_of__cpu_architecture": architecture }],
        "should_be_running__release": [{ "id": 1000 }],
        "owns__release": releases,
    }] })
    .to_string()
}

/// A final release, as the API describes it.
pub fn release(raw_version: &str) -> Value {
    json!({
        "id": 1000,
        "commit": "0123456789abcdef0123456789abcdef",
        "raw_version": raw_version,
        "revision": 0,
        "created_at": "2026-11-21T10:11:12.131Z",
        "is_final": true,
        "is_invalidated": false,
        "release_image": [image("main", json!("52428800"))],
    })
}

fn image(service: &str, size: Value) -> Value {
    json!({ "image": [{
        "image_size": size,
        "status": "success",
        "is_a_build_of__service": [{ "service_name": service }],
    }] })
}

fn with(mut release: Value, field: &str, value: Value) -> Value {
    release[field] = value;
    release
}

// The page of an application with these releases.
fn page(releases: &[Value]) -> String {
    let world = World::new();
    world.instead("/v7/application", Ok(reply(200, &application(releases))));
    let seen = open(&world, "/blocks/browser");
    assert_eq!(seen.status, 200);
    seen.body
}

#[test]
fn a_row_has_what_the_api_says_of_a_release() {
    let body = page(&[release("2.3.8+rev2")]);
    let cells = [
        "<a href=\"/blocks/browser/2.3.8-rev2\">2.3.8</a> <span class=\"mark\">current</span>",
        ">final<",
        "<code>0123456</code>",
        ">2026-11-21<",
        ">main<",
        ">52.4 MB<",
        "Architecture: amd64",
        "<code>docker pull bhcr.example/blocks/browser</code>",
        "<code>podman pull bhcr.example/blocks/browser</code>",
        "<code>services:\n  browser:\n    image: bhcr.example/blocks/browser</code>",
        "<code>FROM bhcr.example/blocks/browser</code>",
        "<code>containers:\n  - name: browser\n    image: bhcr.example/blocks/browser</code>",
    ];
    for cell in cells {
        assert!(body.contains(cell), "{cell} in {body}");
    }
}

#[test]
fn a_current_release_of_several_services_gets_no_command_that_would_fail() {
    let mut several: Value = serde_json::from_str(&application(&[release("1.0.0")])).expect("JSON");
    let target = &mut several["d"][0]["should_be_running__release"][0];
    // It need not be among the releases on the page.
    *target = json!({ "id": 7, "release_image": [{ "id": 1 }, { "id": 2 }] });
    let world = World::new();
    world.instead("/v7/application", Ok(reply(200, &several.to_string())));
    let body = open(&world, "/blocks/browser").body;
    assert!(body.contains("<a href=\"/blocks/browser/latest\">Choose one of them</a>"), "{body}");
    assert!(!body.contains("docker pull"), "{body}");
}

#[test]
fn what_the_api_does_not_say_is_unknown_and_never_invented() {
    let unknown = "<span class=\"unknown\">unknown</span>";
    let fields = ["created_at", "revision"];
    for field in fields {
        let body = page(&[with(release("1.0.0"), field, Value::Null)]);
        assert_eq!(body.matches(unknown).count(), 1, "{field}");
    }
    for day in ["yesterday", "2026-11-2é", "2026/11/21T", "", "<b>26-11-21"] {
        let body = page(&[with(release("1.0.0"), "created_at", json!(day))]);
        assert_eq!(body.matches(unknown).count(), 1, "{day}");
    }
    for size in [json!(null), json!("many"), json!(-1), json!(1.5), json!("-3")] {
        let images = json!([image("main", json!(5)), image("other", size.clone())]);
        let body = page(&[with(release("1.0.0"), "release_image", images)]);
        assert_eq!(body.matches(unknown).count(), 1, "{size}");
    }
    let world = World::new();
    let bare = r#"{"d":[{"slug":"blocks/browser","owns__release":[{"id":1}]}]}"#;
    world.instead("/v7/application", Ok(reply(200, bare)));
    let body = open(&world, "/blocks/browser").body;
    assert!(body.contains("Architecture: unknown"), "{body}");
    assert!(body.contains("no current release") && !body.contains("docker pull"), "{body}");
}

#[test]
fn a_release_leads_to_itself_and_to_no_other() {
    let draft = |raw: &str| with(release(raw), "is_final", json!(false));
    let older = with(release("1.0.0"), "id", json!(1));
    let table = [
        (vec![release("1.0.0")], Some("1.0.0")),
        (vec![release("1.0.0+rev3")], Some("1.0.0-rev3")),
        (vec![older.clone(), release("1.0.0+rev1")], Some("1.0.0-rev0")),
        (vec![older, release("1.0.1+rev1")], Some("1.0.0")),
        (vec![draft("1.0.0-1763000000000")], Some("1.0.0-1763000000000")),
        (vec![release("1.0.0+build7")], Some("0123456789abcdef0123456789abcdef")),
        (vec![with(release("UPPER"), "commit", json!("no commit"))], None),
    ];
    for (releases, selector) in table {
        let body = page(&releases);
        let link = body.split("<th scope=\"row\"").nth(1).expect("a row");
        let link = link.split("</th>").next().expect("a cell");
        match selector {
            Some(selector) => {
                let href = format!("href=\"/blocks/browser/{selector}\"");
                assert!(link.contains(&href), "{selector}: {link}");
            }
            None => assert!(!link.contains("href"), "{link}"),
        }
    }
    // On an older page, a later revision may be on a newer one.
    let world = World::new();
    world.instead("/v7/application", Ok(reply(200, &application(&[release("1.0.0")]))));
    let body = open(&world, "/blocks/browser?before=2000").body;
    assert!(body.contains("href=\"/blocks/browser/1.0.0-rev0\""), "{body}");
}

#[test]
fn whatever_the_api_says_stands_in_the_page_as_text() {
    let hostile = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'><svg/onload=alert(1)>",
        "</td></table><h1>Pull evil</h1>",
        "&lt;b&gt;&#60;script&#62;",
        "javascript:alert(1)",
        "\u{202e}gpj.exe",
        "é\u{0}\u{7}\u{85}",
    ];
    for text in hostile {
        let images = json!([image(text, json!(text))]);
        let whole = json!({
            "id": 1000,
            "commit": text,
            "raw_version": text,
            "revision": text,
            "created_at": text,
            "is_final": true,
            "is_invalidated": text,
            "release_image": images,
        });
        let body = page(&[whole]);
        for tag in ["<script>alert", "<img", "<svg/", "<h1>Pull", "onerror=alert(1)>"] {
            assert!(!body.contains(tag), "{tag} in {body}");
        }
        let links = body.split("href=\"").skip(1).map(|it| it.split('"').next().expect("an end"));
        for link in links {
            assert!(link.starts_with('/') || link.starts_with("data:image"), "{link}");
        }
    }
    // A commit is cut between letters.
    let body = page(&[with(release("1.0.0"), "commit", json!("ééééé"))]);
    assert!(body.contains("<code>ééééé</code>"), "{body}");
}

#[test]
fn pages_of_releases_are_bounded_and_lead_to_older_ones() {
    let numbered = |id: u64| with(release(&format!("1.0.{id}")), "id", json!(id));
    let releases: Vec<_> = (1..=21).rev().map(numbered).collect();
    let body = page(&releases[..20]);
    assert!(!body.contains("before="), "20 releases fit on a page");
    let body = page(&releases);
    assert_eq!(body.matches("<tr>").count(), 21, "a head and 20 rows");
    assert!(body.contains("<a href=\"/blocks/browser?before=2\">Older releases</a>"), "{body}");

    let world = World::new();
    world.instead("/v7/application", Ok(reply(200, &application(&releases[20..]))));
    let urls = world.urls(|| {
        let body = open(&world, "/blocks/browser?before=2").body;
        assert!(body.contains("<a href=\"/blocks/browser\">Newest releases</a>"), "{body}");
        assert!(!body.contains("docker pull"), "{body}");
    });
    assert_eq!(urls.len(), 1);
    assert!(urls[0].contains("%20and%20id%20lt%202;") && urls[0].contains(";$top=21;"), "{urls:?}");
    let highest = world.urls(|| drop(open(&world, "/blocks/browser?before=2147483647")));
    assert!(highest[0].contains("%20and%20id%20lt%202147483647;"), "{highest:?}");
    // The API's identifiers have 32 bits.
    let too_high = ["2147483648", "18446744073709551615", "99999999999999999999"];
    let calls = world.calls(|| {
        for before in ["", "-1", "1.5", "2%20or%201%20eq%201", "x"].into_iter().chain(too_high) {
            let seen = open(&world, &format!("/blocks/browser?before={before}"));
            assert_eq!(seen.status, 404, "{before}");
        }
    });
    assert!(calls.is_empty());
}

#[test]
fn an_answer_that_would_fill_the_memory_is_refused() {
    let world = World::new();
    let long = with(release("1.0.0"), "commit", json!("a".repeat(256 * 1024)));
    world.instead("/v7/application", Ok(reply(200, &application(&[long]))));
    assert_eq!(open(&world, "/blocks/browser").status, 502);
}

#[test]
fn a_hot_page_costs_no_call_and_an_outage_does_not_end_it() {
    let world = World::new();
    let answer = application(&[release("1.0.0")]);
    world.instead("/v7/application", Ok(reply(200, &answer)));
    let first = world.calls(|| assert_eq!(open(&world, "/blocks/browser").status, 200));
    assert_eq!(first.len(), 1);
    let other = world.another_isolate();
    for isolate in [&world, &other] {
        let calls = isolate.calls(|| assert_eq!(open(isolate, "/blocks/browser").status, 200));
        assert!(calls.is_empty(), "memory, and then the data centre's cache");
    }
    world.services.clock.advance(61);
    let calls = world.calls(|| assert_eq!(open(&world, "/blocks/browser").status, 200));
    assert_eq!(calls.len(), 1, "a minute later the API is asked again");
    world.instead("/v7/application", Err(NoReply::Deadline));
    world.services.clock.advance(61);
    assert_eq!(open(&world, "/blocks/browser").status, 200);
    assert_eq!(world.last_line()["content"], "stale");
}
