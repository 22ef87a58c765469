//! Deployments that share a secret and an upstream, such as a staging and a production one.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::Method;

use super::world::{Seen, World, image};
use crate::twins::MemoryRequest;

const NAME: &str = "acc-aaaaa/app";
const STAGING: &str = "https://staging.example";
const PRODUCTION: &str = "https://registry.example";

/// A deployment in which the account has an image; and the account's access key.
fn deployment(settings: &[(&str, &str)]) -> (World, String) {
    let world = World::with(settings);
    let key = world.account("acc-aaaaa");
    let config = world.blob(NAME, &key, b"{}");
    assert_eq!(world.put(NAME, &key, "latest", &image(&config)).status, 201);
    (world, key)
}

fn token(world: &World, origin: &str, key: &str) -> String {
    let basic = BASE64_STANDARD.encode(format!("KEY:{key}"));
    let url = format!("{origin}/auth/v1/token?scope=repository:{NAME}:pull");
    let request = MemoryRequest::new(Method::GET, url);
    let seen = world.send(&request.with_header("authorization", format!("Basic {basic}")));
    seen.json()["token"].as_str().expect("a token").to_owned()
}

fn pull(world: &World, origin: &str, token: &str) -> Seen {
    let request = MemoryRequest::new(Method::GET, format!("{origin}/v2/{NAME}/manifests/latest"));
    world.send(&request.with_header("authorization", format!("Bearer {token}")))
}

#[test]
fn a_token_gives_no_rights_to_repositories_of_another_deployment() {
    let (staging, key) = deployment(&[]);
    let (production, _) = deployment(&[]);
    let token = token(&staging, STAGING, &key);
    assert_eq!(pull(&staging, STAGING, &token).status, 200);
    let seen = pull(&production, PRODUCTION, &token);
    assert_eq!(seen.status, 401);
    let challenge = seen.header("www-authenticate").expect("a challenge");
    assert!(challenge.contains("realm=\"https://registry.example/auth/v1/token\""), "{challenge}");
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
}

#[test]
fn each_host_of_a_deployment_gives_its_own_tokens_unless_one_origin_is_set() {
    for (settings, elsewhere) in [(&[][..], 401), (&[("PUBLIC_ORIGIN", PRODUCTION)][..], 200)] {
        let (world, key) = deployment(settings);
        for host in [PRODUCTION, "https://other.example"] {
            let token = token(&world, host, &key);
            assert_eq!(pull(&world, host, &token).status, 200, "{host}");
            assert_eq!(pull(&world, STAGING, &token).status, elsewhere, "{host}");
        }
    }
}
