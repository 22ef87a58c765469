//! The isolate's memory of resolutions.

use bhcr::release::kept::{Entry, Key};
use bhcr::release::memory::Memory;
use bhcr::seal::Keys;

use crate::support::{keys, reference};

const CAPACITY: usize = 2048;

fn key_of(keys: &Keys, number: usize) -> Key {
    Key::new(keys, reference(&format!("org/app{number}")).release, None)
}

fn key() -> Key {
    key_of(&keys(&[]), 0)
}

fn answered_at(answered_at: u64) -> Entry {
    Entry { answered_at, resolved: None }
}

#[test]
fn what_is_remembered_is_found_under_its_own_key_until_it_is_forgotten() {
    let keys = keys(&[]);
    let (memory, one, other) = (Memory::default(), key_of(&keys, 1), key_of(&keys, 2));
    assert_eq!(memory.get(&one), None);
    memory.put(&one, answered_at(5));
    memory.put(&other, answered_at(6));
    assert_eq!(memory.get(&one), Some(answered_at(5)));
    memory.forget(&one);
    assert_eq!(memory.get(&one), None);
    assert_eq!(memory.get(&other), Some(answered_at(6)));
    memory.forget(&one);
    memory.put(&one, answered_at(1));
    assert_eq!(memory.get(&one), Some(answered_at(1)), "older than what was forgotten");
}

#[test]
fn memory_is_bounded_and_the_least_recently_used_goes_first() {
    let keys: Vec<_> = (0..CAPACITY + 2).map(|n| key_of(&keys(&[]), n)).collect();
    let memory = Memory::default();
    for key in &keys[..CAPACITY] {
        memory.put(key, answered_at(5));
    }
    assert!(memory.get(&keys[0]).is_some(), "all of them fit");
    memory.put(&keys[1], answered_at(6));
    memory.put(&keys[CAPACITY], answered_at(5));
    memory.put(&keys[CAPACITY + 1], answered_at(5));
    let gone: Vec<_> = (0..keys.len()).filter(|n| memory.get(&keys[*n]).is_none()).collect();
    assert_eq!(gone, [2, 3], "the first was read, the second was written again");
}

#[test]
fn an_older_answer_never_replaces_a_later_one() {
    for (known, comes, stays) in [(5, 6, 6), (5, 5, 5), (5, 4, 5), (5, 0, 5)] {
        let memory = Memory::default();
        memory.put(&key(), answered_at(known));
        memory.put(&key(), answered_at(comes));
        assert_eq!(memory.get(&key()), Some(answered_at(stays)), "{comes} after {known}");
    }
}

#[test]
fn a_key_is_refreshed_once_at_a_time() {
    let (memory, keys) = (Memory::default(), keys(&[]));
    let (one, other) = (key_of(&keys, 1), key_of(&keys, 2));
    assert!(memory.begin_refresh(&one, 100, 110));
    assert!(!memory.begin_refresh(&one, 100, 110));
    assert!(memory.begin_refresh(&other, 100, 110), "another key is another matter");
    memory.end_refresh(&one);
    assert!(memory.begin_refresh(&one, 100, 110), "the mark was taken back");
    assert!(!memory.begin_refresh(&other, 100, 110), "and this one was not");
}

#[test]
fn a_refresh_that_died_holds_its_mark_until_its_deadline_and_no_longer() {
    for (now, may) in [(100, false), (109, false), (110, true), (500, true)] {
        let memory = Memory::default();
        assert!(memory.begin_refresh(&key(), 100, 110));
        assert_eq!(memory.begin_refresh(&key(), now, now + 10), may, "at {now}");
        // Who was let in holds the mark in its turn; who was not did not make it longer.
        assert_eq!(memory.begin_refresh(&key(), 110, 120), !may, "at 110, after {now}");
    }
}

#[test]
fn what_is_remembered_and_what_is_marked_do_not_touch_each_other() {
    let memory = Memory::default();
    memory.put(&key(), answered_at(5));
    assert!(memory.begin_refresh(&key(), 100, 110));
    assert_eq!(memory.get(&key()), Some(answered_at(5)));
    memory.forget(&key());
    assert!(!memory.begin_refresh(&key(), 100, 110));
}
