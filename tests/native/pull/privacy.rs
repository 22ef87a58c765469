//! To callers who may not see it, a private app looks like one that does not exist.

use http::Method;

use super::client::World;
use super::seen::Seen;
use super::upstream::{GUEST, OWNER};

// Everything that a caller can see of `name`, and the calls upstream that it causes.
fn told(world: &World, name: &str, credential: Option<&str>) -> (Vec<Seen>, Vec<String>) {
    let mut seen = Vec::new();
    let urls = world.urls(|| {
        let answer = world.ask_token(&[name], credential);
        let token = answer.json()["token"].as_str().expect("a token").to_owned();
        let header = format!("Bearer {token}");
        let digest = super::upstream::BLOB;
        for (method, end) in [
            (Method::GET, "manifests/latest"),
            (Method::HEAD, "manifests/latest"),
            (Method::GET, &*format!("manifests/{digest}")),
            (Method::GET, &*format!("blobs/{digest}")),
            (Method::GET, "tags/list"),
        ] {
            let target = format!("/v2/{name}/{end}");
            seen.push(world.ask(method, &target, &[("authorization", &header)]));
        }
        let life = answer.json()["expires_in"].to_string();
        seen.push(Seen { body: life, ..answer });
    });
    // The name and the request id always differ, so they are removed.
    let neutral = |text: String| text.replace("vault", "-----").replace("ghost", "-----");
    for answer in &mut seen {
        answer.headers.retain(|(name, _)| *name != "x-request-id");
        answer.body = neutral(answer.body.clone());
    }
    (seen, urls.into_iter().map(neutral).collect())
}

#[test]
fn a_missing_and_a_private_release_look_the_same_to_callers_who_may_not_see_it() {
    for end in ["", "/latest", "/1.0.0", "/1.0.0/main", "/1.0.0/other"] {
        for credential in [None, Some(GUEST)] {
            for owner_was_here in [false, true] {
                let world = World::new();
                let private = format!("acme/vault{end}");
                if owner_was_here {
                    assert_ne!(world.kept_for_the_owner(&private), 0);
                }
                // With nothing kept, warm, aging, and after the miss; then in a new isolate.
                for seconds in [0, 1, 15, 60] {
                    world.services.clock.advance(seconds);
                    for isolate in [&world, &world.another_isolate()] {
                        let missing = told(isolate, &format!("acme/ghost{end}"), credential);
                        let seen = told(isolate, &private, credential);
                        assert_eq!(seen, missing, "{end} {credential:?} after {seconds} s");
                        assert_eq!(missing.0[0].error(), (403, "DENIED".to_owned()));
                    }
                }
            }
        }
    }
}

#[test]
fn only_the_owner_pulls_a_private_release() {
    let world = World::new();
    assert_eq!(world.pull("acme/vault", Some(OWNER)).status, 200);
    assert_eq!(world.pull("acme/vault", Some(GUEST)).status, 403);
    assert_eq!(world.pull("acme/vault", None).status, 403);
}

impl World {
    // Lets the owner resolve `name`, and returns the number of kept entries.
    fn kept_for_the_owner(&self, name: &str) -> usize {
        use bhcr::services::Services;
        self.token(&[name], Some(OWNER));
        self.services.store().keys().len()
    }
}
