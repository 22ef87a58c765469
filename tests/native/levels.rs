//! The levels that what upstream told is kept on: the isolate's memory before a store.

use std::sync::Arc;

use crate::twins::MemoryUpstream;
use bhcr::deployment::Deployment;
use bhcr::levels::Levels;
use bhcr::release::kept::Entry;
use bhcr::services::Services;

use crate::pull::client::NOW;
use crate::pull::services::TestServices;
use crate::support::{config, reply};

const KEY: &str = "release/2/public/org/app";

fn services() -> TestServices {
    TestServices::new(NOW, MemoryUpstream::new(|_| Ok(reply(500, ""))))
}

fn answered_at(answered_at: u64) -> Arc<Entry> {
    Arc::new(Entry { answered_at, resolved: None })
}

// What the levels know, whatever it is.
fn known<S: Services>(levels: &Levels<'_, S, S::Store>) -> Option<u64> {
    let known = pollster::block_on(levels.look_up(KEY, |_: &Entry| true));
    known.newest.map(|(entry, _)| entry.answered_at)
}

#[test]
fn an_older_answer_never_replaces_a_later_one_in_memory() {
    for (first, comes, stays) in [(5, 6, 6), (5, 5, 5), (5, 4, 5), (5, 0, 5)] {
        let (deployment, services) = (Deployment::new(config(&[])), services());
        let levels = Levels::shared(&deployment, &services);
        levels.remember(KEY, &answered_at(first));
        levels.remember(KEY, &answered_at(comes));
        assert_eq!(known(&levels), Some(stays), "{comes} after {first}");
        levels.forget(KEY);
        levels.remember(KEY, &answered_at(comes));
        assert_eq!(known(&levels), Some(comes), "older than what was forgotten");
    }
}

#[test]
fn of_two_levels_the_later_answer_is_right_and_memory_learns_of_it() {
    for (remembered, stored, right) in [(5, 6, 6), (6, 5, 6), (5, 5, 5)] {
        let services = services();
        let [first, second] = [(); 2].map(|()| Deployment::new(config(&[])));
        let (ours, other) = (Levels::shared(&first, &services), Levels::shared(&second, &services));
        ours.remember(KEY, &answered_at(remembered));
        other.keep(KEY, &answered_at(stored), 60);
        pollster::block_on(services.run_deferred());
        let looked_up = pollster::block_on(ours.look_up(KEY, |_: &Entry| false));
        assert_eq!(looked_up.newest.map(|(entry, _)| entry.answered_at), Some(right));
        assert_eq!(known(&ours), Some(right), "{remembered} remembered, {stored} stored");
    }
}

#[test]
fn a_store_is_read_only_where_memory_does_not_answer() {
    let (deployment, services) = (Deployment::new(config(&[])), services());
    let levels = Levels::shared(&deployment, &services);
    levels.remember(KEY, &answered_at(5));
    for (answers, reads) in [(true, 0), (false, 1), (true, 1), (false, 2)] {
        pollster::block_on(levels.look_up(KEY, |_: &Entry| answers));
        assert_eq!(services.store().reads(), reads, "{answers}");
    }
}

#[test]
fn both_stores_are_told_apart() {
    let services = services();
    let [first, second] = [(); 2].map(|()| Deployment::new(config(&[])));
    Levels::local(&first, &services).keep(KEY, &answered_at(5), 60);
    pollster::block_on(services.run_deferred());
    assert_eq!((services.store().keys().len(), services.cache().keys().len()), (0, 1));
    let in_shared = pollster::block_on(Levels::shared(&second, &services).read::<Entry>(KEY));
    let in_local = pollster::block_on(Levels::local(&second, &services).read::<Entry>(KEY));
    assert_eq!(in_shared.expect("it answers"), None);
    assert_eq!(in_local.expect("it answers").map(|entry| entry.answered_at), Some(5));
}
