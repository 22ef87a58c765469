//! Configs: what is kept of them, and how much one client can have bhcr read of images.

use bhcr::services::{Services, Store};
use serde_json::json;

use super::client::World;
use super::of_siblings::{architectures, manifest, stored, two};
use super::page_data::{application, release};
use super::pages::open;
use super::upstream::{BROWSER, OLDER, OWNER, manifest_reply};
use crate::support::reply;

const PAIR: &str = "acme/pair/1.0.0";
const PAGE: &str = "/blocks/browser/2.3.8";
// The most bytes of a config that is read.
const MAX_READ: usize = 128 * 1024;

fn config(architecture: &str, bytes: usize) -> String {
    let config = |filler: &str| {
        let labels = json!({ "title": "short" });
        let config = json!({ "Cmd": ["start"], "Env": [filler], "Labels": labels });
        json!({ "os": "linux", "architecture": architecture, "config": config }).to_string()
    };
    config(&" ".repeat(bytes - config("").len()))
}

// Two siblings whose configs have so many bytes.
fn siblings(bytes: usize) -> World {
    let world = two(stored(BROWSER), stored(OLDER));
    for (architecture, manifests, blobs) in
        [("amd64", "b01/manifests", "b01/blobs"), ("arm64", "b02/manifests", "b02/blobs")]
    {
        let config = config(architecture, bytes);
        world.instead(manifests, Ok(manifest_reply(&manifest(&config))));
        world.instead(blobs, Ok(reply(200, &config)));
    }
    world
}

fn with_page(bytes: usize) -> World {
    let world = World::new();
    let config = config("arm64", bytes);
    world.instead("/v7/application", Ok(reply(200, &application(&[release("2.3.8")]))));
    world.instead("/manifests/latest", Ok(manifest_reply(&manifest(&config))));
    world.instead("/blobs/", Ok(reply(200, &config)));
    world
}

// How long what the cache keeps under such keys is, sealed.
fn kept(world: &World, kind: &str) -> Vec<usize> {
    let cache = world.services.cache();
    let keys = cache.keys().into_iter().filter(|key| key.starts_with(kind));
    let length = |key: String| {
        let value = pollster::block_on(cache.get(&key)).expect("the cache works");
        value.expect("it was listed").len()
    };
    keys.map(length).collect()
}

#[test]
fn of_a_config_only_what_is_used_is_kept() {
    let world = siblings(MAX_READ);
    assert_eq!(architectures(&world.pull(PAIR, None)), ["amd64", "arm64"]);
    let lengths = kept(&world, "platform/");
    assert!(lengths.len() == 2 && lengths.iter().all(|it| *it < 300), "{lengths:?}");
    assert!(kept(&world, "config/").is_empty());

    let world = with_page(MAX_READ);
    let body = open(&world, PAGE).body;
    for part in ["linux/arm64", "<code>&quot;start&quot;</code>", "<dt>title</dt><dd>short</dd>"] {
        assert!(body.contains(part), "{part} in {body}");
    }
    let lengths = kept(&world, "config/");
    assert!(lengths.len() == 1 && lengths[0] < 500, "{lengths:?}");
    for hot in [&world, &world.another_isolate()] {
        assert!(
            !hot.urls(|| assert_eq!(open(hot, PAGE).body, body))
                .iter()
                .any(|it| it.contains("/blobs/"))
        );
    }
}

#[test]
fn a_longer_config_is_not_read() {
    for (bytes, status) in [(MAX_READ, 200), (MAX_READ + 1, 404)] {
        assert_eq!(siblings(bytes).pull(PAIR, None).status, status, "{bytes}");
        let is_shown = open(&with_page(bytes), PAGE).body.contains("linux/arm64");
        assert_eq!(is_shown, status == 200, "{bytes}");
    }
}

#[test]
fn labels_that_are_longer_than_a_config_are_shown_and_not_kept() {
    let control = "\u{7f}".repeat(MAX_READ / 2);
    let config = json!({ "config": { "Cmd": [control] } }).to_string();
    let world = with_page(1000);
    world.instead("/manifests/latest", Ok(manifest_reply(&manifest(&config))));
    world.instead("/blobs/", Ok(reply(200, &config)));
    assert!(open(&world, PAGE).body.contains("\\u{7f}\\u{7f}"));
    assert!(kept(&world, "config/").is_empty());
}

// Each name costs two calls that count: the release, and its siblings.
const FOR_NAME: u32 = 2;

#[test]
fn each_image_that_is_read_for_an_index_counts_for_a_client_without_a_credential() {
    for (more, status) in [(0, 429), (1, 429), (2, 200)] {
        let world = siblings(1000);
        world.services.permit("", FOR_NAME + more);
        let held = world.token(&[PAIR], None);
        let ask = || world.get_with(&held, &format!("/v2/{PAIR}/manifests/latest"));
        let read =
            |urls: Vec<String>, what: &str| urls.iter().filter(|it| it.contains(what)).count();
        let urls = world.urls(|| assert_eq!(ask().status, status, "{more}"));
        assert_eq!(read(urls, "/manifests/"), more as usize, "{more}");
        let seen = ask();
        assert_eq!(seen.status, status, "{more}");
        assert_eq!(seen.header("retry-after").is_some(), status == 429);
        // What was read stays, so that the next try gets further.
        world.services.permit("", 2 - more);
        let urls = world.urls(|| assert_eq!(ask().status, 200, "{more}"));
        assert_eq!(read(urls, "/blobs/"), 2 - more as usize, "{more}");
    }
}

#[test]
fn a_limited_client_still_gets_an_index_whose_images_are_kept() {
    let world = siblings(1000);
    assert_eq!(world.pull(PAIR, None).status, 200);
    world.services.permit("", 0);
    assert_eq!(world.pull(PAIR, None).status, 200);
    assert_eq!(world.another_isolate().pull(PAIR, None).status, 200);
    // After `TAG_SECONDS`, the registry would only have to confirm what is kept.
    world.services.clock.advance(61);
    assert_eq!(architectures(&world.pull(PAIR, None)), ["amd64", "arm64"]);
}

#[test]
fn whoever_brought_a_credential_is_not_limited_by_what_an_index_reads() {
    for name in [PAIR, "acme/pair"] {
        let world = siblings(1000);
        world.services.permit("", FOR_NAME);
        let held = world.token(&[name], Some(OWNER));
        let seen = world.get_with(&held, &format!("/v2/{name}/manifests/latest"));
        assert_eq!(architectures(&seen), ["amd64", "arm64"], "{name}");
    }
}

#[test]
fn the_image_of_a_page_counts_once() {
    // The release, its description and its image.
    for (permitted, status) in [(0, 429), (1, 429), (2, 429), (3, 200)] {
        let world = with_page(1000);
        world.services.permit("", permitted);
        assert_eq!(open(&world, PAGE).status, status, "{permitted}");
        world.services.permit("", 0);
        assert_eq!(open(&world, PAGE).status, status, "{permitted}");
    }
}

#[test]
fn a_pull_of_one_image_does_not_count() {
    let world = World::new();
    let held = world.token(&["blocks/browser/2.3.8"], None);
    world.services.permit("", 0);
    let seen = world.get_with(&held, "/v2/blocks/browser/2.3.8/manifests/latest");
    assert_eq!(seen.status, 200);
}
