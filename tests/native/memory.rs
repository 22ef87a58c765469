//! The isolate's own memory.

use std::sync::Arc;

use bhcr::memory::{CAPACITY, Memory};

// What an entry takes beyond what it is told to hold is less than this.
const SMALL: usize = 1024;

fn put(memory: &Memory, key: &str, bytes: usize) {
    memory.remember(key, Arc::new(key.to_owned()), bytes);
}

fn has(memory: &Memory, key: &str) -> bool {
    memory.recall::<String>(key).is_some()
}

#[test]
fn what_is_remembered_is_found_under_its_own_key_until_it_is_forgotten() {
    let memory = Memory::default();
    assert_eq!(memory.recall::<u64>("one"), None);
    memory.remember("one", Arc::new(5_u64), 8);
    memory.remember("other", Arc::new(6_u64), 8);
    assert_eq!(memory.recall("one"), Some(Arc::new(5_u64)));
    memory.remember("one", Arc::new(4_u64), 8);
    assert_eq!(memory.recall("one"), Some(Arc::new(4_u64)), "replaced");
    memory.forget("one");
    assert_eq!(memory.recall::<u64>("one"), None);
    assert_eq!(memory.recall("other"), Some(Arc::new(6_u64)));
    memory.forget("one");
    memory.remember("one", Arc::new(7_u64), 8);
    assert_eq!(memory.recall("one"), Some(Arc::new(7_u64)), "back again");
}

#[test]
fn what_is_of_another_type_is_not_there() {
    let memory = Memory::default();
    memory.remember("key", Arc::new(5_u64), 8);
    assert_eq!(memory.recall::<u32>("key"), None);
    assert_eq!(memory.recall::<String>("key"), None);
    assert_eq!(memory.recall("key"), Some(Arc::new(5_u64)), "and it stays what it is");
    memory.remember("key", Arc::new("text".to_owned()), 4);
    assert_eq!(memory.recall::<u64>("key"), None);
    assert_eq!(memory.recall("key"), Some(Arc::new("text".to_owned())));
}

#[test]
fn memory_is_bounded_in_bytes_and_the_least_recently_used_goes_first() {
    let memory = Memory::default();
    let quarter = CAPACITY / 4 - SMALL;
    for key in ["a", "b", "c", "d"] {
        put(&memory, key, quarter);
    }
    assert!(["a", "b", "c", "d"].iter().all(|key| has(&memory, key)), "all of them fit");
    has(&memory, "a");
    put(&memory, "b", quarter);
    put(&memory, "e", quarter);
    let left: Vec<_> = ["a", "b", "c", "d", "e"].into_iter().filter(|k| has(&memory, k)).collect();
    assert_eq!(left, ["a", "b", "d", "e"], "a was read, b was written again");
    put(&memory, "f", 2 * quarter);
    let left: Vec<_> = ["a", "b", "d", "e", "f"].into_iter().filter(|k| has(&memory, k)).collect();
    assert_eq!(left, ["d", "e", "f"], "two gave way to one of twice their size");
}

#[test]
fn small_entries_are_bounded_too() {
    let memory = Memory::default();
    let keys: Vec<_> = (0..CAPACITY / 64).map(|n| format!("key {n}")).collect();
    keys.iter().for_each(|key| put(&memory, key, 0));
    let left = keys.iter().filter(|key| has(&memory, key)).count();
    assert!((1000..CAPACITY / 128).contains(&left), "{left} entries");
    assert!(has(&memory, &keys[keys.len() - 1]) && !has(&memory, &keys[0]));
}

#[test]
fn what_is_replaced_or_forgotten_gives_its_bytes_back() {
    let memory = Memory::default();
    let half = CAPACITY / 2 - SMALL;
    put(&memory, "stays", half);
    for _ in 0..100 {
        put(&memory, "replaced", half);
    }
    assert!(has(&memory, "stays"), "it was replaced, not added");
    for _ in 0..100 {
        memory.forget("replaced");
        put(&memory, "replaced", half);
    }
    assert!(has(&memory, "stays"), "it was forgotten in between");
    put(&memory, "replaced", 0);
    put(&memory, "third", half - SMALL);
    assert!(["stays", "replaced", "third"].iter().all(|key| has(&memory, key)), "it got smaller");
}

#[test]
fn what_is_too_large_is_not_remembered_and_drives_nothing_out() {
    for too_large in [CAPACITY, CAPACITY + 1, 100 * CAPACITY] {
        let memory = Memory::default();
        put(&memory, "small", 1);
        put(&memory, "grown", 1);
        put(&memory, "grown", too_large);
        assert!(!has(&memory, "grown"), "{too_large}: nor is what it was before");
        assert!(has(&memory, "small"), "{too_large}");
        put(&memory, "large", CAPACITY - 2 * SMALL);
        assert!(has(&memory, "small") && has(&memory, "large"), "{too_large}: nothing is taken");
    }
}
