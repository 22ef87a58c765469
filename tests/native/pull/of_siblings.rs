//! Siblings: their pages, and what one of them cannot do to the others.

use serde_json::{Value, json};

use super::client::World;
use super::pages::open;
use super::upstream::{BROWSER, DUO_API, DUO_WEB, OLDER};
use crate::support::reply;

const FOREIGN: &str = "elsewhere.example/v2/abc";

fn stored(hash: &str) -> Value {
    json!(format!("registry2.upstream.example/v2/{hash}"))
}

// A sibling of `acme/pair` whose release has these services, each with its location.
fn sibling(end: &str, services: &[(&str, Value)]) -> Value {
    let image = |(service, location): &(&str, Value)| {
        json!({ "image": [{
            "is_stored_at__image_location": location,
            "status": "success",
            "is_a_build_of__service": [{ "service_name": service }],
        }] })
    };
    let images = Vec::from_iter(services.iter().map(image));
    let release = json!({ "raw_version": "1.0.0", "release_image": images });
    json!({ "slug": format!("acme/pair-{end}"), "owns__release": [release] })
}

// A world in which the application `acme/pair` has these siblings.
fn world_with(siblings: &[Value]) -> World {
    let world = World::new();
    let answer = json!({ "d": siblings }).to_string();
    world.instead("acme/pair-amd64", Ok(reply(200, &answer)));
    world
}

// Two siblings, each with one image.
fn two(amd64: Value, aarch64: Value) -> World {
    world_with(&[sibling("amd64", &[("main", amd64)]), sibling("aarch64", &[("main", aarch64)])])
}

fn several_services() -> World {
    let services = |api, web| [("api", stored(api)), ("web", stored(web))];
    world_with(&[
        sibling("amd64", &services(DUO_API, DUO_WEB)),
        sibling("aarch64", &services(BROWSER, OLDER)),
    ])
}

#[test]
fn siblings_have_a_page_with_their_architectures_and_a_command_for_all_of_them() {
    let world = two(stored(BROWSER), stored(OLDER));
    for (name, rest) in [("acme/pair", ""), ("acme/pair/1.0.0", "/1.0.0")] {
        let seen = open(&world, &format!("/{name}"));
        assert_eq!(seen.status, 200, "{name}");
        for end in ["amd64", "aarch64"] {
            let full = format!("acme/pair-{end}{rest}");
            assert!(
                seen.body.contains(&format!("<a href=\"/{full}\">{full}</a>")),
                "{}",
                seen.body
            );
        }
        let command = format!("docker pull bhcr.example/{name}<");
        assert!(seen.body.contains(&command), "{}", seen.body);
    }
}

#[test]
fn of_siblings_with_several_services_each_service_has_a_page_of_its_own() {
    for (name, before) in [
        ("acme/pair", "acme/pair/latest"),
        ("acme/pair/latest", "acme/pair/latest"),
        ("acme/pair/1.0.0", "acme/pair/1.0.0"),
    ] {
        let world = several_services();
        let seen = open(&world, &format!("/{name}"));
        assert_eq!(seen.status, 200, "{name}");
        assert!(!seen.body.contains("docker pull"), "{}", seen.body);
        for service in ["api", "web"] {
            let full = format!("{before}/{service}");
            let link = format!("<a href=\"/{full}\">{service}</a>");
            assert!(seen.body.contains(&link), "{}", seen.body);
            let body = open(&world, &format!("/{full}")).body;
            assert!(body.contains(&format!("docker pull bhcr.example/{full}<")), "{body}");
            assert!(body.contains("acme/pair-aarch64"), "{body}");
        }
    }
}

#[test]
fn a_sibling_whose_location_cannot_be_used_is_left_out() {
    for bad in [json!(FOREIGN), Value::Null, json!("")] {
        for world in [two(stored(BROWSER), bad.clone()), two(bad.clone(), stored(BROWSER))] {
            let body = open(&world, "/acme/pair/1.0.0").body;
            assert_eq!(body.matches("<a href=\"/acme/pair-").count(), 1, "{body}");
        }
        let seen = two(bad.clone(), bad).ask_token(&["acme/pair/1.0.0"], None);
        assert_eq!(seen.error(), (502, "UNAVAILABLE".to_owned()));
    }
}
