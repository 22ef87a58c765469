//! Isolates of one deployment share the store.

use bhcr::services::{NoReply, Services};
use serde_json::json;

use super::client::World;
use super::upstream::{BROWSER, COMMIT, OLDER, OWNER, WRONG, digest_of, release_at};

#[test]
fn a_new_isolate_asks_the_store_once_and_never_the_api() {
    let names = ["blocks/browser", "blocks/browser/2.3.8", "acme/duo/latest/api"];
    for credential in [None, Some(OWNER)] {
        let world = World::new();
        world.token(&names, credential);
        let second = world.another_isolate();
        let reads = world.services.store().reads();
        assert_eq!(second.look_ups_for(&names, credential), 0);
        assert_eq!(second.last_line()["resolved"], json!(["kv"]));
        assert_eq!(second.look_ups_for(&names, credential), 0);
        assert_eq!(second.last_line()["resolved"], json!(["memory"]));
        // One read for each name, and for a guest one for the token.
        let token = usize::from(credential.is_none());
        assert_eq!(world.services.store().reads(), reads + names.len() + token);
    }
}

#[test]
fn a_value_ages_in_the_store_too() {
    let commit = format!("blocks/browser/{COMMIT}");
    for (name, aging, expired) in
        [("blocks/browser", 30, 60), ("blocks/browser/2.3.8", 150, 300), (&*commit, 43_200, 86_400)]
    {
        for (age, before, behind) in
            [(aging - 1, 0, 0), (aging, 0, 1), (expired - 1, 0, 1), (expired, 1, 0)]
        {
            let first = World::new();
            first.token(&[name], Some(OWNER));
            // The entry spends half of its age in the store, and the rest in the second isolate's
            // memory.
            first.services.clock.advance(aging / 2);
            let second = first.another_isolate();
            assert_eq!(second.look_ups_for(&[name], Some(OWNER)), 0);
            first.services.clock.advance(age - aging / 2);
            for isolate in [&second, &first.another_isolate()] {
                let asked =
                    isolate.look_ups(|| drop(isolate.ask_token_alone(&[name], Some(OWNER))));
                assert_eq!(asked, before, "{name} after {age} s");
                // The store is written again only after half of the entry's time.
                let writes = before == 1 && age >= (age + 21_600) / 2;
                assert_eq!(isolate.services.waits(), behind == 1 || writes, "{name}, {age} s");
                isolate.services.lose_deferred();
            }
        }
    }
}

#[test]
fn a_thousand_requests_for_twenty_names_cost_at_most_twenty_questions() {
    let world = World::new();
    world.instead("/v7/", Ok(release_at(BROWSER)));
    let names: Vec<_> = (0..20).map(|n| format!("blocks/browser{n}")).collect();
    let ask_all = |isolate: &World| {
        isolate.look_ups(|| {
            for n in 0..1000 {
                let seen = isolate.ask_token_alone(&[&names[n % names.len()]], None);
                assert_eq!(seen.status, 200);
                isolate.run_deferred();
            }
        })
    };
    assert_eq!(ask_all(&world), 20);
    assert_eq!(ask_all(&world.another_isolate()), 0);
}

#[test]
fn a_later_answer_of_another_isolate_is_taken_from_the_store() {
    let (first, _second) = overtaken();
    let seen = first.pull("blocks/browser", None);
    assert_eq!(seen.header("docker-content-digest"), Some(&*digest_of(OLDER)));
    assert_eq!(first.look_ups_for(&["blocks/browser"], None), 0);
}

#[test]
fn another_isolate_finds_a_private_resolution_only_with_its_credential() {
    let first = World::new();
    first.token(&["acme/vault"], Some(OWNER));
    for (credential, asked) in [(Some(OWNER), 0), (None, 2), (Some(WRONG), 1)] {
        assert_eq!(first.another_isolate().look_ups_for(&["acme/vault"], credential), asked);
    }
}

/// Two isolates: the first has an expired answer in memory. The second has asked again and put a
/// later answer into the store. Upstream does not answer any more.
pub fn overtaken() -> (World, World) {
    let first = World::new();
    first.token(&["blocks/browser"], None);
    let second = first.another_isolate();
    first.services.clock.advance(60);
    first.instead("/v7/", Ok(release_at(OLDER)));
    second.token(&["blocks/browser"], None);
    first.instead("/v7/", Err(NoReply::Deadline));
    (first, second)
}

#[test]
fn an_isolate_takes_what_another_has_renewed_from_kv_and_does_not_ask_the_api() {
    let first = World::new();
    first.token(&["blocks/browser"], None);
    let second = first.another_isolate();
    second.token(&["blocks/browser"], None);
    first.instead("/v7/", Ok(release_at(OLDER)));
    first.services.clock.advance(30);
    assert_eq!(second.look_ups_for(&["blocks/browser"], None), 1, "the second isolate refreshes");
    first.services.clock.advance(1);
    assert_eq!(first.look_ups_for(&["blocks/browser"], None), 0, "the first one reads KV");
    let seen = first.pull("blocks/browser", None);
    assert_eq!(seen.header("docker-content-digest"), Some(&*digest_of(OLDER)));
}

// Workers KV allows 1,000 writes a day on the free plan, so a busy name must use few of them.
#[test]
fn a_busy_name_that_does_not_change_is_written_to_kv_a_few_times_in_six_hours() {
    let world = World::with(&[("TOKEN_SECONDS", "3600")]);
    let isolates = [world.another_isolate(), world.another_isolate(), world.another_isolate()];
    let before = world.services.store().writes();
    for _ in 0..6 * 60 * 2 {
        for isolate in &isolates {
            isolate.ask_token_alone(&["blocks/browser"], None);
            isolate.run_deferred();
        }
        world.services.clock.advance(30);
    }
    let writes = world.services.store().writes() - before;
    assert!(writes <= 6 + 3 * 2, "a token each hour, the release each three: {writes}");
}
