//! A token that is asked for by a release's name while the release is being resolved.

use bhcr::services::NoReply;
use serde_json::json;

use super::client::World;
use super::upstream::{BROWSER, COMMIT, OLDER, OWNER, Says, VAULT, WRONG, claims};
use crate::support::{reply, reply_with};

const NAME: &str = "blocks/browser";
const BY_NAME: &str = "scope=repository:blocks/browser:pull";
const BY_LOCATION: &str = "scope=repository:v2/";

fn tokens(world: &World, names: &[&str], credential: Option<&str>) -> Vec<String> {
    let urls = world.urls(|| drop(world.ask_token(names, credential)));
    urls.into_iter().filter(|url| url.contains("/auth/v1/token")).collect()
}

#[test]
fn a_release_of_one_image_is_pulled_with_the_token_that_its_name_gave() {
    let commit = format!("{NAME}/{COMMIT}");
    for (name, said, location, credential) in [
        (NAME, NAME, BROWSER, None),
        ("blocks/browser/current", NAME, BROWSER, None),
        ("blocks/browser/2.3.8", "blocks/browser/2.3.8", BROWSER, None),
        (&*commit, &*commit, OLDER, None),
        ("acme/vault", "acme/vault", VAULT, Some(OWNER)),
        ("acme/vault/1.0.0", "acme/vault/1.0.0", VAULT, Some(OWNER)),
    ] {
        let world = World::new();
        let calls = world.calls(|| assert_eq!(world.pull(name, credential).status, 200, "{name}"));
        let [release, token, manifest] = &calls[..] else { panic!("{name}: {calls:?}") };
        assert!(release.url.contains("/v7/"), "{name}: {}", release.url);
        assert!(token.url.ends_with(&format!("&scope=repository:{said}:pull")), "{}", token.url);
        assert_eq!(token.bearer.as_ref().map(|it| it.expose()), credential);
        assert!(manifest.url.contains(location), "{name}: {}", manifest.url);
        assert_eq!(claims(manifest).expect("claims")["access"][0]["alias"], json!(said));
        assert_eq!(world.last_line()["status"], 200);
        let again = world.calls(|| assert_eq!(world.pull(name, credential).status, 200));
        assert!(again.is_empty(), "{name}: the token is kept: {again:?}");
    }
}

#[test]
fn names_that_the_token_endpoint_does_not_resolve_are_asked_for_by_location() {
    let names: [&[&str]; 4] = [
        &["blocks/browser/latest/main"],
        &["acme/duo/latest/web"],
        &[NAME, "blocks/browser/2.2.0"],
        &[NAME, "no/app"],
    ];
    for names in names {
        let asked = tokens(&World::new(), names, None);
        assert_eq!(asked.len(), 1, "{names:?}: {asked:?}");
        assert!(asked[0].contains(BY_LOCATION), "{names:?}: {asked:?}");
    }
}

#[test]
fn a_release_that_is_known_costs_no_token_by_name() {
    let world = World::new();
    world.token(&[NAME], None);
    // The resolution has expired, and the token has not.
    world.services.clock.advance(120);
    let urls = world.urls(|| drop(world.ask_token(&[NAME], None)));
    assert_eq!(urls.len(), 1, "{urls:?}");
    assert!(urls[0].contains("/v7/"), "{urls:?}");
    // Both have expired.
    world.services.clock.advance(3600);
    let asked = tokens(&world, &[NAME], None);
    assert!(asked.len() == 1 && asked[0].contains(BY_LOCATION), "{asked:?}");
}

#[test]
fn a_token_that_does_not_name_the_location_is_not_used() {
    let other = World::new();
    other.instead("/v7/", Ok(super::upstream::release_at(OLDER)));
    let calls = other.calls(|| assert_eq!(other.pull(NAME, None).status, 200));
    let [_, by_name, by_location, manifest] = &calls[..] else { panic!("{calls:?}") };
    assert!(by_name.url.contains(BY_NAME) && by_location.url.contains(OLDER), "{calls:?}");
    assert!(manifest.url.contains(OLDER), "{}", manifest.url);
    assert_eq!(claims(manifest).expect("claims")["access"][0]["name"], format!("v2/{OLDER}"));
}

#[test]
fn a_token_by_name_that_fails_is_asked_for_by_location() {
    let faults: [Says; 6] = [
        Err(NoReply::Deadline),
        Ok(reply(500, "")),
        Ok(reply(404, "")),
        Ok(reply(200, "nonsense")),
        // `{"exp":1}`
        Ok(reply(200, r#"{"token":"a.eyJleHAiOjF9.c"}"#)),
        Ok(reply(403, "")),
    ];
    for says in faults {
        let world = World::new();
        world.instead(BY_NAME, says.clone());
        assert_eq!(world.pull(NAME, None).status, 200, "{says:?}");
    }
    let world = World::new();
    world.instead(BY_NAME, Ok(reply_with(429, &[("retry-after", "600")], "")));
    assert_eq!(world.ask_token(&[NAME], None).error().0, 429, "nobody asks for tokens now");
}

#[test]
fn a_wrong_credential_is_refused_after_one_call_for_a_token() {
    for name in [NAME, "acme/vault", "no/app"] {
        let world = World::new();
        let urls = world.urls(|| {
            let seen = world.ask_token(&[name], Some(WRONG));
            assert_eq!(seen.error(), (401, "UNAUTHORIZED".to_owned()), "{name}");
        });
        assert_eq!(urls.len(), 2, "{name}: {urls:?}");
        assert_eq!(world.ask_token(&[NAME], None).status, 200, "{name}: others are served");
    }
}

#[test]
fn while_the_api_resolves_nothing_no_token_is_asked_for_by_name() {
    for says in [Ok(reply(500, "")), Err(NoReply::Deadline)] {
        let world = World::new();
        world.instead("/v7/", says.clone());
        // This upstream answers the first call before the second one begins.
        for round in [1, 2] {
            assert_eq!(tokens(&world, &[NAME], None).len(), 0, "{says:?}, round {round}");
        }
    }
}
