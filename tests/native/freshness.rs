//! For how long a resolution may be used, and how, by the kind of its release.

use std::collections::HashSet;

use bhcr::balena::resolved::Resolved;
use bhcr::config::Lifetimes;
use bhcr::kept::policy::{Freshness, Policy};
use bhcr::release::resolve::{Resolution, ResolutionPolicy};
use bhcr::secret::Secret;

use crate::support::{keys, reference};

use Freshness::{Aging, Expired, Fresh, Gone};

const ANSWERED_AT: u64 = 1_800_000_000;
const EVEN: Lifetimes = Lifetimes {
    target: 60,
    version: 300,
    fixed: 86_400,
    miss: 30,
    tag: 0,
    token: 0,
    own_token: 0,
    stale: 21_600,
};
const ODD: Lifetimes = Lifetimes {
    target: 61,
    version: 301,
    fixed: 3,
    miss: 31,
    tag: 0,
    token: 0,
    own_token: 0,
    stale: 7,
};
const SHORTEST: Lifetimes = Lifetimes {
    target: 1,
    version: 1,
    fixed: 1,
    miss: 1,
    tag: 0,
    token: 0,
    own_token: 0,
    stale: 0,
};

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

fn policy(name: &str, lifetimes: &Lifetimes, credential: Option<&Secret>) -> ResolutionPolicy {
    ResolutionPolicy::new(*lifetimes, &keys(&[]), reference(name).release, credential)
}

fn hit() -> Option<Resolved> {
    Some(Resolved::new(Vec::new()))
}

fn after(name: &str, resolved: Option<Resolved>, lifetimes: &Lifetimes, age: u64) -> Freshness {
    let resolution = Resolution { answered_at: ANSWERED_AT, resolved };
    policy(name, lifetimes, None).freshness(&resolution, ANSWERED_AT + age)
}

#[test]
fn a_hit_is_fresh_then_aging_then_expired_then_gone_by_the_kind_of_its_release() {
    // Each age is the first of its kind.
    let table = [
        ("org/app", EVEN, [30, 60, 60 + 21_600]),
        ("org/app/latest", EVEN, [30, 60, 60 + 21_600]),
        ("org/app/pinned/main", EVEN, [30, 60, 60 + 21_600]),
        ("org/app/2.4.0", EVEN, [150, 300, 300 + 21_600]),
        ("org/app/2.4.0-rc.1", EVEN, [150, 300, 300 + 21_600]),
        (DRAFT, EVEN, [43_200, 86_400, 86_400 + 21_600]),
        ("org/app/2.4.0-rc.1.1763000000000", EVEN, [43_200, 86_400, 86_400 + 21_600]),
        (COMMIT, EVEN, [43_200, 86_400, 86_400 + 21_600]),
        ("org/app", ODD, [31, 61, 68]),
        ("org/app/2.4.0", ODD, [151, 301, 308]),
        (COMMIT, ODD, [2, 3, 10]),
        (DRAFT, ODD, [2, 3, 10]),
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
fn a_miss_has_one_bound_for_every_kind_and_is_gone_at_it() {
    for (lifetimes, aging, gone) in [(EVEN, 15, 30), (ODD, 16, 31)] {
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
                assert_eq!(after(name, None, &lifetimes, age), expected, "{name} after {age} s");
            }
        }
    }
}

#[test]
fn the_shortest_bound_is_fresh_for_its_second_and_never_stale_where_that_is_not_wanted() {
    for name in NAMES {
        for resolved in [None, hit()] {
            assert_eq!(after(name, resolved.clone(), &SHORTEST, 0), Fresh, "{name}");
            assert_eq!(after(name, resolved, &SHORTEST, 1), Gone, "{name}");
        }
    }
}

#[test]
fn an_answer_from_a_clock_that_is_ahead_is_fresh() {
    let ahead = Resolution { answered_at: ANSWERED_AT + 5, resolved: hit() };
    assert_eq!(policy("org/app", &EVEN, None).freshness(&ahead, ANSWERED_AT), Fresh);
}

#[test]
fn only_what_is_younger_than_its_bound_answers_without_the_api() {
    for (freshness, answers) in [(Fresh, true), (Aging, true), (Expired, false), (Gone, false)] {
        assert_eq!(freshness.answers(), answers, "{freshness:?}");
    }
}

#[test]
fn an_entry_is_usable_for_its_bound_and_as_long_as_it_may_be_stale() {
    let table = [
        ("org/app", 60 + 21_600, 68, 1),
        ("org/app/2.4.0", 300 + 21_600, 308, 1),
        (DRAFT, 86_400 + 21_600, 10, 1),
        (COMMIT, 86_400 + 21_600, 10, 1),
    ];
    for (name, even, odd, shortest) in table {
        let usable = [EVEN, ODD, SHORTEST].map(|lifetimes| usable_for(name, &lifetimes));
        assert_eq!(usable, [even, odd, shortest], "{name}");
    }
}

fn usable_for(name: &str, lifetimes: &Lifetimes) -> u64 {
    let hit = Resolution { answered_at: ANSWERED_AT, resolved: hit() };
    policy(name, lifetimes, None).lifetime(&hit).usable_for()
}

#[test]
fn a_key_tells_releases_credentials_and_versions_of_its_form_apart() {
    let credentials = [None, Some(Secret::new("ana")), Some(Secret::new("ben"))];
    let mut keys = HashSet::new();
    for name in ["org/app", "org/app/2.4.0", "org/app/2.4.1", COMMIT, DRAFT, "org/ap", "or/app"] {
        for credential in &credentials {
            let policy = policy(name, &EVEN, credential.as_ref());
            let key = policy.key();
            assert!(key.starts_with("release/3/"), "{key}");
            assert!(key.len() <= 512, "{key}");
            assert!(keys.insert(key.to_owned()), "{key} is there already");
        }
    }
    for same in ["org/app/latest", "org/app/pinned/main", "org/app/current"] {
        let [same, target] = [same, "org/app"].map(|name| policy(name, &EVEN, None));
        assert_eq!(same.key(), target.key());
    }
}
