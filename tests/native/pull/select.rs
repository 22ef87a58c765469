//! Tags that select a release, behind a name without one.

use bhcr::services::Services;
use http::Method;

use super::client::World;
use super::seen::Seen;
use super::shelf::{COMMIT, SAFE, SHELF, TARGET, at, blobs_of, storage_of};
use super::upstream::{OWNER, digest_of, manifest_of, manifest_reply};
use crate::support::sha256;

const TEN: std::ops::RangeInclusive<u32> = 2..=11;

pub fn by(world: &World, token: &str, name: &str, reference: &str) -> Seen {
    world.get_with(token, &format!("/v2/{name}/manifests/{reference}"))
}

pub fn blob(world: &World, token: &str, name: &str, digest: &str) -> Seen {
    world.get_with(token, &format!("/v2/{name}/blobs/{digest}"))
}

pub fn is_manifest_of(seen: &Seen, number: u32, what: &str) {
    assert_eq!((seen.status, &*seen.body), (200, &*manifest_of(&at(number))), "{what}");
    assert_eq!(seen.header("docker-content-digest"), Some(&*digest_of(&at(number))), "{what}");
}

// Asks for what a client asks for that pulls an image: its manifest by digest, and its blobs.
pub fn pulls_by_digest(isolates: impl Fn() -> World, token: &str, name: &str, number: u32) {
    let digest = digest_of(&at(number));
    is_manifest_of(&by(&isolates(), token, name, &digest), number, "by digest");
    let [config, layer, shared] = blobs_of(&at(number));
    for own in [config, layer] {
        let seen = blob(&isolates(), token, name, &own);
        assert_eq!(seen.status, 307, "{number}: {seen:?}");
        assert_eq!(seen.header("location"), Some(&*storage_of(&at(number), &own)), "{number}");
    }
    assert_eq!(blob(&isolates(), token, name, &shared).status, 307, "{number}");
}

fn forget_everything(world: &World) {
    world.services.store().forgets();
    world.services.cache().forgets();
}

#[test]
fn a_setting_says_whether_a_tag_selects_and_which_tags_do() {
    let draft = "2.4.0-1763000000000";
    let table = [
        ("latest", Some(TARGET)),
        ("current", Some(TARGET)),
        ("default", Some(TARGET)),
        ("pinned", Some(TARGET)),
        ("mine", Some(TARGET)),
        ("v1-alpine", Some(TARGET)),
        ("1.0.0", Some(1)),
        ("10.0.0", Some(10)),
        ("12.0.0", Some(12)),
        (COMMIT, Some(3)),
        ("9.9.9", None),
        (draft, None),
        ("11111111111111111111111111111111", None),
    ];
    for (tag, selected) in table {
        for setting in ["", "select", "ignore"] {
            let world = World::with(&[("TAGS", setting)]);
            let expected = if setting == "ignore" { Some(TARGET) } else { selected };
            for credential in [None, Some(OWNER)] {
                let seen = by(&world, &world.token(&[SHELF], credential), SHELF, tag);
                let what = format!("{tag} with {setting:?}");
                match expected {
                    Some(number) => is_manifest_of(&seen, number, &what),
                    None => {
                        assert_eq!(seen.error(), (404, "MANIFEST_UNKNOWN".to_owned()), "{what}");
                        let message = seen.message();
                        assert!(
                            message.contains(&format!("{tag} of {SHELF} was not")),
                            "{message}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_name_with_its_release_ignores_the_tag() {
    for name in ["blocks/shelf/4.0.0", "blocks/shelf/4.0.0/main", "blocks/shelf/latest"] {
        let world = World::new();
        let number = if name.ends_with("latest") { TARGET } else { 4 };
        let token = world.token(&[name], None);
        for tag in ["1.0.0", "9.9.9", COMMIT] {
            is_manifest_of(&by(&world, &token, name, tag), number, name);
        }
    }
}

#[test]
fn a_tag_selects_what_the_longer_name_means_also_for_head() {
    let world = World::new();
    let bearer = format!("Bearer {}", world.token(&[SHELF], None));
    let target = format!("/v2/{SHELF}/manifests/1.0.0");
    let seen = world.ask(Method::HEAD, &target, &[("authorization", &bearer)]);
    assert_eq!(seen.header("docker-content-digest"), Some(&*digest_of(&at(1))));
    let length = manifest_of(&at(1)).len().to_string();
    assert_eq!((seen.status, seen.header("content-length")), (200, Some(&*length)));
}

#[test]
fn a_tag_of_a_release_of_several_services_lists_them() {
    let world = World::new();
    let token = world.token(&[SHELF], None);
    let seen = by(&world, &token, SHELF, "0.9.0");
    assert_eq!(seen.error(), (403, "DENIED".to_owned()));
    assert!(seen.message().contains("several services: api, web"), "{}", seen.message());
}

#[test]
fn ten_releases_pulled_at_once_have_their_own_digests_whoever_answers() {
    for (name, credential, numbers) in
        [(SHELF, None, TEN), (SHELF, Some(OWNER), TEN), (SAFE, Some(OWNER), 101..=102)]
    {
        type Answers = fn(&World) -> World;
        let one: Answers = World::same_isolate;
        let many: Answers = World::another_isolate;
        let afar: Answers = World::another_data_centre;
        let forgetful: Answers = |world| {
            forget_everything(world);
            world.another_isolate()
        };
        for answers in [one, many, afar, forgetful] {
            let world = World::new();
            let token = world.token(&[name], credential);
            for number in numbers.clone() {
                let tag = format!("{}.0.0", number % 100);
                let seen = by(&answers(&world), &token, name, &tag);
                is_manifest_of(&seen, number, &tag);
            }
            for number in numbers.clone() {
                pulls_by_digest(|| answers(&world), &token, name, number);
            }
        }
    }
}

#[test]
fn the_target_costs_the_same_calls_whether_tags_select_or_not() {
    for credential in [None, Some(OWNER)] {
        let cost = |setting| {
            let world = World::with(&[("TAGS", setting)]);
            let mut urls = Vec::new();
            for isolate in [&world, &world.another_isolate(), &world] {
                urls.extend(isolate.urls(|| {
                    let token = isolate.token(&[SHELF], credential);
                    for reference in ["latest", "mine", &digest_of(&at(TARGET))] {
                        is_manifest_of(&by(isolate, &token, SHELF, reference), TARGET, reference);
                    }
                    for digest in blobs_of(&at(TARGET)) {
                        assert_eq!(blob(isolate, &token, SHELF, &digest).status, 307);
                    }
                }));
            }
            urls
        };
        assert_eq!(cost("select"), cost("ignore"), "{credential:?}");
    }
}

#[test]
fn a_shared_layer_of_the_target_is_served_as_the_targets_after_another_release_was_selected() {
    let world = World::new();
    let token = world.token(&[SHELF], None);
    by(&world, &token, SHELF, "1.0.0");
    by(&world, &token, SHELF, "latest");
    let [.., shared] = blobs_of(&at(TARGET));
    let seen = blob(&world, &token, SHELF, &shared);
    assert_eq!(seen.header("location"), Some(&*storage_of(&at(TARGET), &shared)));
}

#[test]
fn a_selected_release_that_was_just_pulled_costs_calls_for_streams_and_redirects_alone() {
    let world = World::new();
    let token = world.token(&[SHELF], None);
    by(&world, &token, SHELF, "1.0.0");
    let urls = world.urls(|| {
        by(&world, &token, SHELF, "1.0.0");
        pulls_by_digest(|| world.same_isolate(), &token, SHELF, 1);
    });
    let blobs = blobs_of(&at(1)).map(|digest| format!("GET /v2/v2/{}/blobs/{digest}", at(1)));
    assert_eq!(urls, blobs);
    let second = world.another_isolate();
    let urls = second.urls(|| {
        by(&second, &token, SHELF, "1.0.0");
        by(&second, &token, SHELF, &digest_of(&at(1)));
    });
    assert!(urls.is_empty(), "{urls:?}");
}

#[test]
fn an_old_release_is_found_in_the_cache_or_in_kv() {
    let [_, layer, _] = blobs_of(&at(1));
    for (cache, store, status) in
        [(true, true, 307), (true, false, 307), (false, true, 307), (false, false, 404)]
    {
        let world = World::new();
        let token = world.token(&[SHELF], None);
        by(&world, &token, SHELF, "1.0.0");
        if !cache {
            world.services.cache().forgets();
        }
        if !store {
            world.services.store().forgets();
        }
        let isolate = world.another_isolate();
        let seen = blob(&isolate, &token, SHELF, &layer);
        assert_eq!(seen.status, status, "cache {cache}, KV {store}");
        is_manifest_of(&by(&isolate, &token, SHELF, &digest_of(&at(1))), 1, "the API knows it");
        assert_eq!(blob(&isolate, &token, SHELF, &layer).status, 307, "its manifest was read");
    }
}

// Otherwise a request for any digest would search megabytes.
#[test]
fn a_long_manifest_is_not_searched_so_its_location_is_asked_as_the_limit_allows() {
    let long = format!("{}{}", manifest_of(&at(1)), " ".repeat(32 * 1024));
    let world = World::new();
    world.instead("5e1f001/manifests", Ok(manifest_reply(&long)));
    let token = world.token(&[SHELF], None);
    assert_eq!(by(&world, &token, SHELF, "1.0.0").body, long);
    let [_, layer, _] = blobs_of(&at(1));
    for isolate in [&world, &world.another_isolate()] {
        assert_eq!(blob(isolate, &token, SHELF, &layer).status, 307);
    }
    let unknown = sha256(b"no image has it");
    let urls = world.urls(|| assert_eq!(blob(&world, &token, SHELF, &unknown).status, 404));
    assert!(urls.iter().any(|url| url.contains("5e1f001/blobs")), "{urls:?}");
    assert!(urls.iter().all(|url| !url.contains("5e1f001/manifests")), "{urls:?}");
    // Everything that it needs to know is kept by now.
    world.services.permit("", 0);
    let seen = blob(&world, &token, SHELF, &unknown);
    assert_eq!(seen.error(), (429, "TOOMANYREQUESTS".to_owned()));
}

#[test]
fn one_kv_write_notes_a_release_and_a_minute_lies_between_two() {
    let world = World::new();
    let token = world.token(&[SHELF], None);
    let notes =
        || world.services.store().keys().iter().filter(|it| it.starts_with("selected/")).count();
    by(&world, &token, SHELF, "1.0.0");
    assert_eq!(notes(), 1);
    let writes = world.services.store().writes();
    for number in 2..=5 {
        by(&world, &token, SHELF, &format!("{number}.0.0"));
    }
    for _ in 0..10 {
        pulls_by_digest(|| world.another_isolate(), &token, SHELF, 3);
    }
    let each_for_itself = 4 * 2;
    assert_eq!(world.services.store().writes() - writes, each_for_itself);
    assert_eq!(notes(), 1);
}
