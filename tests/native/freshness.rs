//! How long, and how, a resolution may be used, by the kind of release.

use std::collections::HashSet;

use bhcr::balena::resolved::{Resolved, Selected};
use bhcr::config::numbers::Lifetimes;
use bhcr::kept::policy::{Freshness, Policy};
use bhcr::release::resolve::{Resolution, ResolutionPolicy};
use bhcr::secret::Secret;

use crate::support::{keys, reference};

use Freshness::{Aging, Expired, Fresh, Gone};

const ANSWERED_AT: u64 = 1_800_000_000;

const COMMIT: &str = "org/app/0123456789abcdef0123456789abcdef01234567";
const DRAFT: &str = "org/app/2.4.0-1763000000000";
const NAMES: [&str; 7] = [
    "org/app",
    "org/app/pinned/main",
    "org/app/2.4.0",
    "org/app/2.4.0-rc.1",
    COMMIT,
    DRAFT,
    "org/app/2.4.0-rc.1.1763000000000",
];

fn even() -> Lifetimes {
    Lifetimes {
        target: 60,
        version: 300,
        fixed: 86_400,
        miss: 30,
        stale: 21_600,
        ..Lifetimes::default()
    }
}

fn odd() -> Lifetimes {
    Lifetimes { target: 61, version: 301, fixed: 3, miss: 31, stale: 7, ..Lifetimes::default() }
}

fn shortest() -> Lifetimes {
    Lifetimes { target: 1, version: 1, fixed: 1, miss: 1, stale: 0, ..Lifetimes::default() }
}

fn policy(name: &str, lifetimes: &Lifetimes, credential: Option<&Secret>) -> ResolutionPolicy {
    ResolutionPolicy::new(*lifetimes, &keys(&[]), reference(name).release, credential)
}

fn hit() -> Selected {
    Selected::One(Resolved::new(Vec::new()))
}

fn after(name: &str, selected: Selected, lifetimes: &Lifetimes, age: u64) -> Freshness {
    let resolution = Resolution { answered_at: ANSWERED_AT, selected };
    policy(name, lifetimes, None).freshness(&resolution, ANSWERED_AT + age)
}

#[test]
fn the_kind_of_release_decides_when_a_hit_is_aging_expired_and_gone() {
    // Each age is the first at which the hit is aging, expired or gone.
    let table = [
        ("org/app", even(), [30, 60, 60 + 21_600]),
        ("org/app/latest", even(), [30, 60, 60 + 21_600]),
        ("org/app/pinned/main", even(), [30, 60, 60 + 21_600]),
        ("org/app/2.4.0", even(), [150, 300, 300 + 21_600]),
        ("org/app/2.4.0-rc.1", even(), [150, 300, 300 + 21_600]),
        (DRAFT, even(), [43_200, 86_400, 86_400 + 21_600]),
        ("org/app/2.4.0-rc.1.1763000000000", even(), [43_200, 86_400, 86_400 + 21_600]),
        (COMMIT, even(), [43_200, 86_400, 86_400 + 21_600]),
        ("org/app", odd(), [31, 61, 68]),
        ("org/app/2.4.0", odd(), [151, 301, 308]),
        (COMMIT, odd(), [2, 3, 10]),
        (DRAFT, odd(), [2, 3, 10]),
    ];
    for (name, lifetimes, [aging, expired, gone]) in table {
        let ages = [
            (0, Fresh),
            (aging - 1, Fresh),
            (aging, Aging),
            (expired - 1, Aging),
            (expired, Expired),
            (gone - 1, Expired),
            (gone, Gone),
            (gone + 1_000_000, Gone),
        ];
        for (age, expected) in ages {
            assert_eq!(after(name, hit(), &lifetimes, age), expected, "{name} after {age} s");
        }
    }
}

#[test]
fn a_miss_is_gone_after_miss_seconds_for_every_kind_of_release() {
    for (lifetimes, aging, gone) in [(even(), 15, 30), (odd(), 16, 31)] {
        let ages = [
            (0, Fresh),
            (aging - 1, Fresh),
            (aging, Aging),
            (gone - 1, Aging),
            (gone, Gone),
            (gone + 1_000_000, Gone),
        ];
        for name in NAMES {
            for (age, expected) in ages {
                assert_eq!(
                    after(name, Selected::Nothing(Vec::new()), &lifetimes, age),
                    expected,
                    "{name} after {age} s"
                );
            }
        }
    }
}

#[test]
fn a_lifetime_of_one_second_is_fresh_for_that_second_and_never_stale_without_stale_seconds() {
    for name in NAMES {
        for selected in [Selected::Nothing(Vec::new()), hit()] {
            assert_eq!(after(name, selected.clone(), &shortest(), 0), Fresh, "{name}");
            assert_eq!(after(name, selected, &shortest(), 1), Gone, "{name}");
        }
    }
}

#[test]
fn an_answer_from_a_clock_that_is_ahead_is_fresh() {
    let ahead = Resolution { answered_at: ANSWERED_AT + 5, selected: hit() };
    assert_eq!(policy("org/app", &even(), None).freshness(&ahead, ANSWERED_AT), Fresh);
}

#[test]
fn only_fresh_and_aging_values_are_used_without_the_api() {
    for (freshness, answers) in [(Fresh, true), (Aging, true), (Expired, false), (Gone, false)] {
        assert_eq!(freshness.answers(), answers, "{freshness:?}");
    }
}

#[test]
fn an_entry_is_usable_for_its_fresh_time_and_its_stale_time() {
    let table = [
        ("org/app", 60 + 21_600, 68, 1),
        ("org/app/2.4.0", 300 + 21_600, 308, 1),
        (DRAFT, 86_400 + 21_600, 10, 1),
        (COMMIT, 86_400 + 21_600, 10, 1),
    ];
    for (name, for_even, for_odd, for_shortest) in table {
        let usable = [even(), odd(), shortest()].map(|lifetimes| usable_for(name, &lifetimes));
        assert_eq!(usable, [for_even, for_odd, for_shortest], "{name}");
    }
}

fn usable_for(name: &str, lifetimes: &Lifetimes) -> u64 {
    let hit = Resolution { answered_at: ANSWERED_AT, selected: hit() };
    policy(name, lifetimes, None).lifetime(&hit).usable_for()
}

#[test]
fn every_release_and_every_credential_has_a_key_of_its_own() {
    let credentials = [None, Some(Secret::new("ana")), Some(Secret::new("ben"))];
    let mut keys = HashSet::new();
    for name in ["org/app", "org/app/2.4.0", "org/app/2.4.1", COMMIT, DRAFT, "org/ap", "or/app"] {
        for credential in &credentials {
            let policy = policy(name, &even(), credential.as_ref());
            let key = policy.key();
            assert!(key.starts_with("release/5/"), "{key}");
            assert!(key.len() <= 512, "{key}");
            assert!(keys.insert(key.to_owned()), "{key} is there already");
        }
    }
    for same in ["org/app/latest", "org/app/pinned/main", "org/app/current"] {
        let [same, target] = [same, "org/app"].map(|name| policy(name, &even(), None));
        assert_eq!(same.key(), target.key());
    }
}
