//! Levels: the isolate's memory, and the store behind it.

use bhcr::balena::resolved::{Resolved, Selected};
use bhcr::deployment::Deployment;
use bhcr::kept::levels::{Levels, Slot};
use bhcr::kept::policy::{Level, Lifetime};
use bhcr::release::resolve::Resolution;
use bhcr::services::Services;

use crate::pull::client::NOW;
use crate::pull::services::TestServices;
use crate::support::{config, reply};
use crate::twins::MemoryUpstream;

const KEY: &str = "release/5/public/org/app";
const LIFETIME: Lifetime = Lifetime { refresh_after: 30, fresh_for: 60, stale_for: 1140 };

fn services() -> TestServices {
    TestServices::new(NOW, MemoryUpstream::new(|_| Ok(reply(500, ""))))
}

fn writes_of(services: &TestServices) -> usize {
    services.store().writes() + services.cache().writes()
}

fn told_at(answered_at: u64) -> Slot<Resolution> {
    Slot::new(Resolution { answered_at, selected: Selected::Nothing(Vec::new()) })
}

fn remembered(levels: &Levels<'_, TestServices>) -> Option<u64> {
    levels.remembered::<Resolution>(KEY).map(|slot| slot.value().answered_at)
}

fn stored(levels: &Levels<'_, TestServices>) -> Option<u64> {
    let read = pollster::block_on(levels.read::<Resolution>(KEY, |_| true)).expect("it answers");
    read.map(|slot| slot.value().answered_at)
}

#[test]
fn an_older_value_never_replaces_a_later_one_in_memory() {
    for (first, comes, stays) in [(5, 6, 6), (5, 5, 5), (5, 4, 5), (5, 0, 5)] {
        let (deployment, services) = (Deployment::new(config(&[])), services());
        let levels = Levels::new(&deployment, &services, Level::Store);
        levels.remember(KEY, &told_at(first));
        levels.remember(KEY, &told_at(comes));
        assert_eq!(remembered(&levels), Some(stays), "{comes} after {first}");
        levels.forget(KEY);
        levels.remember(KEY, &told_at(comes));
        assert_eq!(remembered(&levels), Some(comes), "older than the forgotten one");
    }
}

#[test]
fn memory_learns_a_later_value_from_the_store() {
    for (known, other, right) in [(5, 6, 6), (6, 5, 6), (5, 5, 5)] {
        let services = services();
        let [first, second] = [(); 2].map(|()| Deployment::new(config(&[])));
        let [ours, others] = [&first, &second].map(|it| Levels::new(it, &services, Level::Store));
        ours.remember(KEY, &told_at(known));
        others.keep(KEY, &told_at(other), LIFETIME);
        pollster::block_on(services.run_deferred());
        assert_eq!(stored(&ours), Some(other));
        assert_eq!(remembered(&ours), Some(right), "{known} remembered, {other} stored");
    }
}

#[test]
fn each_level_has_a_store_of_its_own() {
    for (level, in_store, in_cache) in
        [(Level::Memory, 0, 0), (Level::Cache, 0, 1), (Level::Store, 1, 0)]
    {
        let (deployment, services) = (Deployment::new(config(&[])), services());
        Levels::new(&deployment, &services, level).keep(KEY, &told_at(5), LIFETIME);
        pollster::block_on(services.run_deferred());
        let kept = [services.store().keys().len(), services.cache().keys().len()];
        assert_eq!(kept, [in_store, in_cache], "{level:?}");
    }
}

// A name is refreshed every half minute for an hour, always with the same value.
#[test]
fn a_value_that_stays_the_same_is_written_to_kv_only_when_half_its_time_is_over() {
    for (level, writes) in [(Level::Store, 6), (Level::Cache, 60)] {
        let (deployment, services) = (Deployment::new(config(&[])), services());
        let levels = Levels::new(&deployment, &services, level);
        let mut slot = told_at(0);
        for at in (0..3600).step_by(30) {
            slot = Slot::renewed(
                Resolution { answered_at: at, selected: Selected::Nothing(Vec::new()) },
                &slot,
            );
            levels.keep(KEY, &slot, LIFETIME);
            slot = Slot::clone(&levels.remembered(KEY).expect("it was kept"));
        }
        pollster::block_on(services.run_deferred());
        assert_eq!(writes_of(&services), writes, "{level:?}");
    }
}

#[test]
fn a_value_that_changes_is_written_at_once() {
    let (deployment, services) = (Deployment::new(config(&[])), services());
    let levels = Levels::new(&deployment, &services, Level::Store);
    levels.keep(KEY, &told_at(5), LIFETIME);
    let known = Slot::clone(&levels.remembered::<Resolution>(KEY).expect("it was kept"));
    let selected = Selected::One(Resolved::new(Vec::new()));
    levels.keep(KEY, &Slot::renewed(Resolution { answered_at: 6, selected }, &known), LIFETIME);
    pollster::block_on(services.run_deferred());
    assert_eq!(writes_of(&services), 2);
}

#[test]
fn a_value_that_is_not_genuine_is_neither_served_nor_remembered() {
    let services = services();
    let [first, second] = [(); 2].map(|()| Deployment::new(config(&[])));
    Levels::new(&first, &services, Level::Store).keep(KEY, &told_at(5), LIFETIME);
    pollster::block_on(services.run_deferred());
    let levels = Levels::new(&second, &services, Level::Store);
    let read = pollster::block_on(levels.read::<Resolution>(KEY, |_| false));
    assert!(read.expect("it answers").is_none());
    assert_eq!(remembered(&levels), None);
}
