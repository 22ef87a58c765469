//! The rights to what a tag selects: who gets it, until when, and what a stranger can cause.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use bhcr::services::{NoReply, Reply};
use http::Method;
use serde_json::json;

use super::client::{NOW, World, not_granted};
use super::select::{blob, by, is_manifest_of, pulls_by_digest};
use super::shelf::{LOOSE, SAFE, SHELF, TARGET, at, blobs_of};
use super::upstream::{GUEST, OWNER, digest_of, release_at};
use crate::support::{reply, sha256};

#[test]
fn a_caller_without_rights_gets_nothing_and_causes_the_same_calls_as_for_an_unknown_app() {
    for stranger in [None, Some(GUEST)] {
        let world = World::new();
        let owner = world.token(&[SAFE], Some(OWNER));
        is_manifest_of(&by(&world, &owner, SAFE, "1.0.0"), 101, "its owner");
        pulls_by_digest(|| world.another_isolate(), &owner, SAFE, 101);
        let [config, ..] = blobs_of(&at(101));
        let ends = [
            "manifests/1.0.0".to_owned(),
            "manifests/latest".to_owned(),
            format!("manifests/{}", digest_of(&at(101))),
            format!("blobs/{config}"),
        ];
        for isolate in [&world, &world.another_isolate()] {
            let ask = |name: &str| {
                let mut told = Vec::new();
                let urls = isolate.urls(|| {
                    let token = isolate.token(&[name], stranger);
                    for end in &ends {
                        let seen = isolate.get_with(&token, &format!("/v2/{name}/{end}"));
                        assert_eq!(seen.error(), not_granted(end), "{name}/{end}");
                        told.push((seen.error(), seen.message().replace(name, "it")));
                    }
                });
                (told, urls.iter().map(|url| url.replace(name, "it")).collect::<Vec<_>>())
            };
            assert_eq!(ask(SAFE), ask("acme/none"), "{stranger:?}");
        }
    }
}

#[test]
fn a_digest_of_a_private_release_is_not_served_under_a_public_name() {
    let world = World::new();
    let owner = world.token(&[SAFE, SHELF], Some(OWNER));
    by(&world, &owner, SAFE, "1.0.0");
    let [config, ..] = blobs_of(&at(101));
    for credential in [None, Some(OWNER)] {
        let token = world.token(&[SHELF], credential);
        let seen = by(&world, &token, SHELF, &digest_of(&at(101)));
        assert_eq!(seen.error(), (404, "MANIFEST_UNKNOWN".to_owned()));
        assert_eq!(blob(&world, &token, SHELF, &config).error().1, "BLOB_UNKNOWN");
    }
}

#[test]
fn what_a_tag_selected_ends_with_the_right_to_it() {
    let world = World::new();
    let token = world.token(&[SHELF], None);
    is_manifest_of(&by(&world, &token, SHELF, "1.0.0"), 1, "allowed");
    world.rules.revoked.borrow_mut().push("10ca7104000000000000000005e1f001");
    world.services.clock.advance(600);
    let renewed = world.token(&[SHELF], None);
    assert_eq!(by(&world, &renewed, SHELF, "1.0.0").error(), (404, "MANIFEST_UNKNOWN".to_owned()));
    for held in [&token, &renewed] {
        let seen = by(&world, held, SHELF, &digest_of(&at(1)));
        assert_eq!(seen.error(), (404, "MANIFEST_UNKNOWN".to_owned()));
        let [config, ..] = blobs_of(&at(1));
        assert_eq!(blob(&world, held, SHELF, &config).error().1, "BLOB_UNKNOWN");
    }
}

#[test]
fn a_credential_that_was_revoked_selects_nothing_and_the_client_asks_for_a_new_token() {
    let world = World::with(&[("CREDENTIAL_SECONDS", "0")]);
    let token = world.token(&[SAFE], Some(OWNER));
    world.instead("/auth/v1/token?", Ok(reply(401, "")));
    let seen = by(&world, &token, SAFE, "1.0.0");
    assert_eq!(seen.error(), (401, "UNAUTHORIZED".to_owned()));
    let challenge = seen.header("www-authenticate").unwrap_or_default();
    assert!(challenge.ends_with("scope=\"repository:acme/safe:pull\",error=\"invalid_token\""));
}

#[test]
fn a_tag_selects_within_the_time_of_the_target_and_digests_for_the_life_of_the_token() {
    let world = World::new();
    let token = world.token(&[SHELF], None);
    world.services.clock.advance(59);
    is_manifest_of(&by(&world, &token, SHELF, "1.0.0"), 1, "in time");
    world.services.clock.advance(1);
    let urls = world.urls(|| {
        let seen = by(&world, &token, SHELF, "1.0.0");
        let challenge = seen.header("www-authenticate").unwrap_or_default().to_owned();
        assert_eq!(seen.error().0, 401);
        assert!(challenge.ends_with("error=\"invalid_token\""), "{challenge}");
    });
    assert!(urls.is_empty(), "{urls:?}");
    world.services.clock.advance(10_000);
    pulls_by_digest(|| world.another_isolate(), &token, SHELF, 1);
}

#[test]
fn a_release_is_selected_behind_an_app_without_a_target() {
    let world = World::new();
    let token = world.token(&[LOOSE], None);
    assert_eq!(by(&world, &token, LOOSE, "latest").error().1, "DENIED");
    is_manifest_of(&by(&world, &token, LOOSE, "1.0.0"), 201, "by tag");
    pulls_by_digest(|| world.another_isolate(), &token, LOOSE, 201);
    // The time of the miss is over: tags need a new token, and the pull goes on.
    world.services.clock.advance(30);
    for tag in ["latest", "1.0.0"] {
        assert_eq!(by(&world, &token, LOOSE, tag).error().0, 401, "{tag}");
    }
    pulls_by_digest(|| world.another_isolate(), &token, LOOSE, 201);
}

#[test]
fn a_token_without_room_for_the_credential_names_the_release_instead() {
    let world = World::new();
    let long = format!("{OWNER}{}", "x".repeat(5000));
    world.instead("/v7/release?", Ok(release_at(&at(102))));
    world.instead("/auth/v1/token?", Ok(allows(&at(102))));
    let token = world.token(&[SAFE], Some(&long));
    assert_eq!(by(&world, &token, SAFE, "latest").status, 200);
    let seen = by(&world, &token, SAFE, "1.0.0");
    assert_eq!(seen.error(), (404, "MANIFEST_UNKNOWN".to_owned()));
    assert!(seen.message().ends_with("/acme/safe/1.0.0"), "{}", seen.message());
    let seen = by(&world, &token, SAFE, &digest_of(&at(101)));
    assert_eq!(seen.error(), (404, "MANIFEST_UNKNOWN".to_owned()));
    // A guest's list would say that there are no releases.
    let seen = world.get_with(&token, &format!("/v2/{SAFE}/tags/list"));
    assert_eq!(seen.error().0, 400);
}

#[test]
fn a_search_that_fails_is_an_outage_and_the_target_does_not_need_it() {
    let world = World::new();
    let token = world.token(&[SHELF], None);
    by(&world, &token, SHELF, "latest");
    world.instead("/v7/", Err(NoReply::Deadline));
    world.instead("/auth/", Err(NoReply::Deadline));
    let isolate = world.another_isolate();
    pulls_by_digest(|| isolate.another_isolate(), &token, SHELF, TARGET);
    let [config, ..] = blobs_of(&at(5));
    assert_eq!(blob(&isolate, &token, SHELF, &config).error().0, 504);
    assert_eq!(by(&isolate, &token, SHELF, "5.0.0").error().0, 504);
}

#[test]
fn an_unknown_digest_costs_bounded_calls_and_then_one() {
    let world = World::new();
    let token = world.token(&[SHELF], None);
    let unknown = |n: u32| sha256(format!("unknown {n}").as_bytes());
    let cost =
        |n| world.urls(|| assert_eq!(blob(&world, &token, SHELF, &unknown(n)).status, 404)).len();
    // The target, the newest releases, a token for them, and their manifests without the target's.
    assert_eq!(cost(1), 1 + 1 + 1 + 10);
    assert_eq!([cost(1), cost(2)], [1, 1]);
}

#[test]
fn a_client_over_its_limit_causes_no_search() {
    let world = World::new();
    let bearer = format!("Bearer {}", world.token(&[SHELF], None));
    world.services.permit("203.0.113.7", 0);
    let headers = [("authorization", &*bearer), ("cf-connecting-ip", "203.0.113.7")];
    let unknown = sha256(b"unknown");
    for end in
        [format!("manifests/{unknown}"), format!("blobs/{unknown}"), "manifests/1.0.0".into()]
    {
        let urls = world.urls(|| {
            let seen = world.ask(Method::GET, &format!("/v2/{SHELF}/{end}"), &headers);
            assert_eq!(seen.error(), (429, "TOOMANYREQUESTS".to_owned()), "{end}");
        });
        assert!(urls.iter().all(|url| url.starts_with("GET /v2/v2/")), "{urls:?}");
    }
}

#[test]
fn what_is_attached_to_an_image_is_no_release() {
    let world = World::new();
    let token = world.token(&[SHELF], None);
    let tag = digest_of(&at(1)).replace(':', "-");
    assert_eq!(by(&world, &token, SHELF, &tag).error(), (404, "MANIFEST_UNKNOWN".to_owned()));
}

// A token for one location that says nothing of the caller.
fn allows(hash: &str) -> Reply<Vec<u8>> {
    let access = json!({ "type": "repository", "name": format!("v2/{hash}"), "actions": ["pull"] });
    let claims = json!({ "exp": NOW + 14_400, "access": [access] });
    let token = format!("upstreamjwt.{}.upstreamjwt", BASE64.encode(claims.to_string()));
    reply(200, &json!({ "token": token }).to_string())
}
