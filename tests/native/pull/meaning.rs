//! A token knows what a tag means for a short time only. A digest means itself until the token
//! expires, so a running pull never changes release.

use std::time::Duration;

use super::client::World;
use super::seen::Seen;
use super::upstream::{BLOB, BROWSER, COMMIT, OLDER, OWNER, digest_of, nothing, release_at};
use crate::support::reply;

const NAME: &str = "blocks/browser";

fn get(world: &World, token: &str, name: &str, end: &str) -> Seen {
    world.get_with(token, &format!("/v2/{name}/{end}"))
}

fn wants_a_new_token(seen: &Seen, name: &str) {
    assert_eq!(seen.error(), (401, "UNAUTHORIZED".to_owned()), "{name}");
    let challenge = seen.header("www-authenticate").unwrap_or_default();
    let end = format!("scope=\"repository:{name}:pull\",error=\"invalid_token\"");
    assert!(challenge.ends_with(&end), "BuildKit needs this error: {challenge}");
}

#[test]
fn a_tag_means_what_it_meant_for_a_time_by_the_kind_of_its_release() {
    let commit = format!("{NAME}/{COMMIT}");
    let version = format!("{NAME}/2.3.8");
    let table = [
        (NAME, ("TARGET_SECONDS", ""), 60),
        (NAME, ("TARGET_SECONDS", "7"), 7),
        (&version, ("VERSION_SECONDS", ""), 300),
        (&version, ("VERSION_SECONDS", "9"), 9),
        (&commit, ("FIXED_SECONDS", "11"), 11),
    ];
    for (name, setting, bound) in table {
        let world = World::with(&[setting]);
        let token = world.token(&[name], None);
        world.services.clock.advance(bound - 1);
        assert_eq!(get(&world, &token, name, "manifests/latest").status, 200, "{name}");
        world.services.clock.advance(1);
        let calls = world.calls(|| {
            wants_a_new_token(&get(&world, &token, name, "manifests/latest"), name);
        });
        assert!(calls.is_empty(), "{calls:?}");
        let renewed = world.token(&[name], None);
        assert_eq!(get(&world, &renewed, name, "manifests/latest").status, 200, "{name}");
    }
}

#[test]
fn a_meaning_that_begins_at_the_end_of_a_second_still_holds_for_all_its_time() {
    let world = World::with(&[("TARGET_SECONDS", "1"), ("MISS_SECONDS", "1")]);
    world.services.clock.pass(Duration::from_millis(999));
    let token = world.token(&[NAME, "no/app1"], None);
    world.services.clock.pass(Duration::from_millis(999));
    assert_eq!(get(&world, &token, NAME, "manifests/latest").status, 200);
    assert_eq!(get(&world, &token, "no/app1", "manifests/latest").status, 403);
}

#[test]
fn digests_blobs_and_lists_are_served_under_the_old_grant_until_the_token_ends() {
    let world = World::new();
    let token = world.token(&[NAME], None);
    world.services.clock.advance(14_339);
    let digest = format!("manifests/{}", digest_of(BROWSER));
    for (end, status) in [(&*digest, 200), (&format!("blobs/{BLOB}"), 307), ("tags/list", 200)] {
        assert_eq!(get(&world, &token, NAME, end).status, status, "{end}");
    }
    wants_a_new_token(&get(&world, &token, NAME, "manifests/latest"), NAME);
}

#[test]
fn a_held_token_does_not_hide_a_new_release() {
    let world = World::new();
    let token = world.token(&[NAME], None);
    assert_eq!(get(&world, &token, NAME, "manifests/latest").status, 200);
    world.instead("/v7/", Ok(release_at(OLDER)));
    world.services.clock.advance(60);
    wants_a_new_token(&get(&world, &token, NAME, "manifests/latest"), NAME);
    let renewed = world.token(&[NAME], None);
    let seen = get(&world, &renewed, NAME, "manifests/latest");
    assert_eq!(seen.header("docker-content-digest"), Some(&*digest_of(OLDER)));
}

#[test]
fn a_name_that_was_missing_is_found_once_its_release_appears() {
    for credential in [None, Some(OWNER)] {
        let world = World::new();
        world.instead("/v7/", Ok(nothing()));
        let token = world.token(&["acme/vault"], credential);
        world.as_told();
        for age in [0, 29] {
            world.services.clock.advance(age);
            let seen = get(&world, &token, "acme/vault", "manifests/latest");
            assert_eq!(seen.error(), (403, "DENIED".to_owned()), "{credential:?}");
        }
        world.services.clock.advance(1);
        let seen = get(&world, &token, "acme/vault", "manifests/latest");
        wants_a_new_token(&seen, "acme/vault");
        let status = if credential.is_some() { 200 } else { 403 };
        assert_eq!(world.pull("acme/vault", credential).status, status, "{credential:?}");
    }
}

#[test]
fn a_name_that_was_missing_beside_a_found_one_is_asked_for_again() {
    let world = World::new();
    let token = world.token(&[NAME, "no/app1"], None);
    world.services.clock.advance(30);
    wants_a_new_token(&get(&world, &token, "no/app1", "manifests/latest"), "no/app1");
    assert_eq!(get(&world, &token, NAME, "manifests/latest").status, 200);
}

#[test]
fn one_bad_name_does_not_fail_the_others() {
    let foreign = r#"{"d":[{"release_image":[{"image":[{"is_stored_at__image_location":"evil.example/v2/10ca7104","status":"success","is_a_build_of__service":[]}]}],"belongs_to__application":[{"slug":"acme/bad"}],"should_be_running_on__application":[{"slug":"acme/bad"}]}]}"#;
    let world = World::new();
    world.token(&[NAME], None);
    world.instead("acme/bad", Ok(reply(200, foreign)));
    let token = world.token(&[NAME, "acme/bad"], None);
    assert_eq!(get(&world, &token, NAME, "manifests/latest").status, 200);
    let bad = get(&world, &token, "acme/bad", "manifests/latest");
    assert_eq!(bad.error(), (502, "UNAVAILABLE".to_owned()));
    world.services.clock.advance(30);
    wants_a_new_token(&get(&world, &token, "acme/bad", "manifests/latest"), "acme/bad");
    assert_eq!(world.ask_token(&["acme/bad"], None).error().0, 502, "nothing can be granted");
}
