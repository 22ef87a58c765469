//! What a whole pull costs upstream.

use http::Method;

use super::client::World;
use super::upstream::{BROWSER, digest_of};
use crate::support::sha256;

const NAME: &str = "blocks/browser";

// A client's whole pull, as docker makes it: config and layers among its blobs.
fn pull(world: &World, blobs: usize) {
    assert_eq!(world.get("/v2/").status, 401);
    let token = world.token(&[NAME], None);
    let bearer = format!("Bearer {token}");
    let head = format!("/v2/{NAME}/manifests/latest");
    let head = world.ask(Method::HEAD, &head, &[("authorization", &bearer)]);
    let digest = head.header("docker-content-digest").expect("a digest").to_owned();
    assert_eq!(digest, digest_of(BROWSER));
    assert_eq!(world.get_with(&token, &format!("/v2/{NAME}/manifests/{digest}")).status, 200);
    for n in 0..blobs {
        let digest = sha256(&n.to_be_bytes());
        assert_eq!(world.get_with(&token, &format!("/v2/{NAME}/blobs/{digest}")).status, 307);
    }
}

#[test]
fn a_cold_pull_of_n_layers_makes_4_and_n_calls_and_a_hot_one_none() {
    for layers in [1, 7, 60] {
        let world = World::new();
        world.rules.signs.set(Some(1200));
        let urls = world.urls(|| pull(&world, layers + 1));
        assert_eq!(urls.len(), 4 + layers, "{urls:?}");
        for isolate in [&world, &world.another_isolate()] {
            for _ in 0..2 {
                let urls = isolate.urls(|| pull(isolate, layers + 1));
                assert!(urls.is_empty(), "{urls:?}");
            }
        }
        // In another data centre names and the token are known, the image is not.
        let elsewhere = world.another_data_centre();
        assert_eq!(elsewhere.urls(|| pull(&elsewhere, layers + 1)).len(), 2 + layers);
    }
}

#[test]
fn a_hot_pull_reads_the_stores_once_for_each_thing_and_then_not_at_all() {
    use bhcr::services::Services;
    let world = World::new();
    world.rules.signs.set(Some(1200));
    pull(&world, 10);
    let fresh = world.another_isolate();
    let reads = || (fresh.services.store().reads(), fresh.services.cache().reads());
    let before = reads();
    pull(&fresh, 10);
    let cold = reads();
    assert_eq!(
        (cold.0 - before.0, cold.1 - before.1),
        (2, 13),
        "name, token; generation, tag, manifest, 10 layers"
    );
    pull(&fresh, 10);
    assert_eq!(reads(), cold);
}
