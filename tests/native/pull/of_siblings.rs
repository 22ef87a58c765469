//! Siblings: their pages, and what one of them cannot do to the others.

use bhcr::services::Reply;
use serde_json::{Value, json};

use super::client::World;
use super::pages::open;
use super::seen::Seen;
use super::upstream::{BROWSER, DUO_API, DUO_WEB, OLDER, STORAGE, manifest_reply};
use crate::support::{reply, reply_with, sha256};

const FOREIGN: &str = "elsewhere.example/v2/abc";

pub fn stored(hash: &str) -> Value {
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
pub fn two(amd64: Value, aarch64: Value) -> World {
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

// A world of two siblings. Storage has the config of the first one, and says this of the second's.
fn with_configs(says: &Reply<Vec<u8>>) -> World {
    let world = two(stored(BROWSER), stored(OLDER));
    for (at, part, config, says) in [
        ("v2/10ca7104000000000000000000000b01/manifests", "b01/blobs", CONFIGS[0], None),
        ("v2/10ca7104000000000000000000000b02/manifests", "b02/blobs", CONFIGS[1], Some(says)),
    ] {
        world.instead(at, Ok(manifest_reply(&manifest(config))));
        let own = reply(200, config);
        world.instead(part, Ok(says.unwrap_or(&own).clone()));
    }
    world
}

const CONFIGS: [&str; 2] =
    [r#"{"architecture":"amd64","os":"linux"}"#, r#"{"architecture":"arm64","os":"linux"}"#];

pub fn manifest(config: &str) -> String {
    json!({ "schemaVersion": 2, "config": { "digest": sha256(config.as_bytes()) } }).to_string()
}

pub fn architectures(seen: &Seen) -> Vec<String> {
    assert_eq!(seen.status, 200, "{seen:?}");
    let index = seen.json();
    let manifests = index["manifests"].as_array().expect("an index");
    let architecture = |it: &Value| it["platform"]["architecture"].as_str().map(str::to_owned);
    manifests.iter().filter_map(architecture).collect()
}

#[test]
fn an_image_whose_config_is_gone_or_wrong_for_good_is_left_out_of_the_index() {
    let world = with_configs(&reply(200, CONFIGS[1]));
    assert_eq!(architectures(&world.pull("acme/pair/1.0.0", None)), ["amd64", "arm64"]);
    let gone = with_configs(&reply_with(307, &[("location", STORAGE)], ""));
    gone.instead("storage.example", Ok(reply(404, "<Error>NoSuchKey</Error>")));
    let mut not_text = reply(200, "");
    not_text.body = vec![0xff, 0xfe];
    let wrong = [reply(404, ""), reply(200, CONFIGS[0]), not_text].map(|it| with_configs(&it));
    for world in wrong.into_iter().chain([gone]) {
        assert_eq!(architectures(&world.pull("acme/pair/1.0.0", None)), ["amd64"]);
    }
}

#[test]
fn while_a_config_cannot_be_read_there_is_no_index() {
    for (status, told) in [(500, 502), (429, 429)] {
        let seen = with_configs(&reply(status, "")).pull("acme/pair/1.0.0", None);
        assert_eq!(seen.status, told, "{status}");
    }
}

#[test]
fn what_gives_nothing_for_an_index_is_not_asked_for_again_at_once() {
    let of_manifest = |says: Reply<Vec<u8>>| {
        let world = with_configs(&reply(200, CONFIGS[1]));
        world.instead("b02/manifests", Ok(says));
        world
    };
    let (too_long, unsearched) = (" ".repeat(256 * 1024 + 1), " ".repeat(32 * 1024));
    let table = [
        of_manifest(reply(404, "")),
        of_manifest(manifest_reply(&too_long)),
        of_manifest(manifest_reply(&(manifest(CONFIGS[1]) + &unsearched))),
        with_configs(&reply(404, "")),
        with_configs(&reply(200, &too_long)),
        with_configs(&reply(200, CONFIGS[0])),
    ];
    for (at, world) in table.into_iter().enumerate() {
        let held = world.token(&["acme/pair/1.0.0"], None);
        let ask = |reference: &str| {
            world.get_with(&held, &format!("/v2/acme/pair/1.0.0/manifests/{reference}"))
        };
        let calls = || {
            world.urls(|| {
                assert_eq!(architectures(&ask("latest")), ["amd64"], "{at}");
                assert_eq!(ask(&sha256(b"nothing")).status, 404, "{at}");
            })
        };
        assert!(calls().iter().any(|url| url.contains("b02/")), "{at}");
        let again = calls();
        assert!(again.is_empty(), "{at}: {again:?}");
        world.services.clock.advance(31);
        // A manifest of this length is kept, so that it costs no further call.
        assert_eq!(calls().iter().any(|url| url.contains("b02/")), at != 2, "{at}");
    }
}

#[test]
fn each_name_of_siblings_counts_for_the_limit_of_a_client_without_a_credential() {
    let versions = ["", "/1", "/1.0", "/1.0.0", "/1.0.1", "/1.0.2", "/1.0.3", "/1.0.4"];
    let names = versions.map(|version| format!("acme/pair{version}"));
    let names = names.each_ref().map(String::as_str);
    for (permitted, found) in [(1, 0), (3, 2), (9, 8)] {
        let world = two(stored(BROWSER), stored(OLDER));
        world.services.permit("", permitted);
        let urls = world.urls(|| {
            let status = if found == 0 { 429 } else { 200 };
            assert_eq!(world.ask_token(&names, None).status, status, "{permitted}");
        });
        let of_siblings =
            |url: &&String| url.contains("acme/pair-amd64") && url.contains("release_image");
        assert_eq!(urls.iter().filter(of_siblings).count(), found, "{permitted}: {urls:?}");
    }
}

#[test]
fn a_name_over_the_limit_fails_alone() {
    let world = with_configs(&reply(200, CONFIGS[1]));
    world.services.permit("", 2);
    let held = world.token(&["acme/pair/1.0.0", "acme/pair/1.0"], None);
    world.services.permit("", 2);
    let names = ["acme/pair/1.0.0", "acme/pair/1.0"];
    let mut told =
        names.map(|name| world.get_with(&held, &format!("/v2/{name}/manifests/latest")).status);
    told.sort_unstable();
    assert_eq!(told, [200, 429]);
}
