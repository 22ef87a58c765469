//! Manifests as they are pushed, served and listed.

use http::Method;
use serde_json::{Value, json};

use super::world::{World, image};
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
