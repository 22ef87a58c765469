//! Manifests as they are pushed, served and listed.

use bhcr::services::Services;
use http::Method;
use serde_json::{Value, json};

use super::world::{World, descriptor, image};
use crate::support::sha256;

const NAME: &str = "acc-aaaaa/app";

struct Pushed {
    world: World,
    key: String,
    image: Value,
}

fn pushed() -> Pushed {
    let world = World::new();
    let key = world.account("acc-aaaaa");
    let image = image(&world.blob(NAME, &key, b"{}"));
    Pushed { world, key, image }
}

impl Pushed {
    fn put(&self, tag: &str, field: &str, value: Value) -> (u16, String) {
        let mut manifest = self.image.clone();
        manifest[field] = value;
        let seen = self.world.put(NAME, &self.key, tag, &manifest);
        (seen.status, String::from_utf8(seen.body).expect("text"))
    }
}

#[test]
fn a_type_that_would_fill_a_list_of_referrers_is_refused() {
    let pushed = pushed();
    for length in [256, 900_000, 2_100_000] {
        let (status, body) = pushed.put("x", "artifactType", json!("x".repeat(length)));
        assert_eq!(status, 400, "{length}");
        assert!(body.contains("MANIFEST_INVALID"), "{body}");
    }
}

#[test]
fn a_page_of_referrers_stays_below_4_mib() {
    let Pushed { world, key, image } = pushed();
    let subject = sha256(b"subject");
    for at in 0..100 {
        let mut manifest = image.clone();
        manifest["subject"] = descriptor(&subject);
        manifest["artifactType"] = json!("\u{1}".repeat(255));
        manifest["annotations"] = json!({"a": "\u{1}".repeat(5_000), "at": at.to_string()});
        let digest = sha256(manifest.to_string().as_bytes());
        assert_eq!(world.put(NAME, &key, &digest, &manifest).status, 201);
    }
    let seen = world.get(&format!("/v2/{NAME}/referrers/{subject}"), &key);
    assert_eq!(seen.json()["manifests"].as_array().map(Vec::len), Some(100));
    assert!(seen.body.len() < 4 << 20, "{} bytes", seen.body.len());
}

#[test]
fn large_manifests_do_not_push_everything_else_out_of_memory() {
    let pushed = pushed();
    let large = json!({"a": "x".repeat(4_100_000)});
    for tag in ["a", "b", "c"] {
        let annotations = json!({"tag": tag, "large": large["a"]});
        assert_eq!(pushed.put(tag, "annotations", annotations).0, 201);
    }
    let other = pushed.world.account("acc-bbbbb");
    let cost = || {
        let before = pushed.world.batches();
        let seen = pushed.world.get("/v2/acc-bbbbb/app/tags/list", &other);
        (seen.status, pushed.world.batches() - before)
    };
    let (first, remembered) = (cost(), cost());
    assert!(remembered.1 < first.1, "the caller and the rights are remembered: {first:?}");
    for tag in ["a", "b", "c", "a", "b", "c"] {
        let seen = pushed.world.get(&format!("/v2/{NAME}/manifests/{tag}"), &pushed.key);
        assert_eq!(seen.status, 200);
        assert_eq!(seen.json()["annotations"]["tag"], tag);
        assert_eq!(seen.header("content-length"), Some(&*seen.body.len().to_string()));
        assert_eq!(seen.header("docker-content-digest"), Some(&*sha256(&seen.body)));
    }
    assert_eq!(cost(), remembered);
}

#[test]
fn a_large_manifest_whose_object_is_gone_is_an_error() {
    let pushed = pushed();
    let annotations = json!({"large": "x".repeat(300_000)});
    assert_eq!(pushed.put("x", "annotations", annotations).0, 201);
    pushed.world.forget_objects();
    let target = format!("/v2/{NAME}/manifests/x");
    assert_eq!(pushed.world.get(&target, &pushed.key).status, 500);
    let bearer = format!("Bearer {}", pushed.key);
    let head = pushed.world.request(Method::HEAD, &target, &bearer);
    assert_eq!(pushed.world.send(&head).status, 200, "HEAD asks the catalog alone");
}

#[test]
fn a_manifest_that_go_would_read_otherwise_is_refused() {
    let pushed = pushed();
    let elsewhere = json!([descriptor(&sha256(b"never pushed"))]);
    for field in ["Layers", "Manifests"] {
        assert_eq!(pushed.put("x", field, elsewhere.clone()).0, 400, "{field}");
    }
}

#[test]
fn an_answer_does_not_echo_what_was_sent() {
    let pushed = pushed();
    let long = "\u{1}".repeat(600_000);
    for (field, value) in [
        ("config", json!({"mediaType": "a/b", "digest": long, "size": 1})),
        ("mediaType", json!(long)),
        ("schemaVersion", json!(long)),
    ] {
        let (status, body) = pushed.put("x", field, value);
        assert_eq!(status, 400, "{field}");
        assert!(body.len() < 2_000, "{field}: {} bytes", body.len());
    }
    let fields = json!({"name": "x", long: 1});
    let seen = pushed.world.api(Method::POST, "/accounts/acc-aaaaa/keys", &pushed.key, &fields);
    assert!((400..500).contains(&seen.status) && seen.body.len() < 2_000);
}

#[test]
fn a_large_manifest_whose_claim_is_lost_can_be_pushed_again() {
    for lost in [
        "create trigger lost after insert on uploads begin \
         update uploads set state = 'cancelled'; end",
        // Before the batch that writes the manifest.
        "create trigger lost before insert on manifests begin select raise(abort, 'lost'); end",
    ] {
        let Pushed { world, key, mut image } = pushed();
        image["annotations"] = json!({ "large": "x".repeat(300_000) });
        let database = world.services.hosting().expect("hosting is on").database;
        database.run(lost);
        let seen = world.put(NAME, &key, "latest", &image);
        let code = seen.json()["errors"][0]["code"].clone();
        assert_eq!((seen.status, code), (503, json!("UNAVAILABLE")), "{lost}");
        assert_eq!(seen.header("retry-after"), Some("5"), "{lost}");
        database.run("drop trigger lost");
        assert_eq!(world.put(NAME, &key, "latest", &image).status, 201, "{lost}");
    }
}
