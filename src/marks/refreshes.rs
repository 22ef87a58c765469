//! Refreshes that are under way in this isolate. Each has a deadline, because a refresh can die with
//! its request; requests never wait for it.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

/// The most refreshes that are known. Past that the oldest is forgotten, and may be made twice.
pub const CAPACITY: NonZeroUsize = NonZeroUsize::new(1024).expect("it is not zero");

/// The refreshes of an isolate, by key.
#[derive(Debug)]
pub struct Refreshes(Mutex<LruCache<String, u64>>);

impl Default for Refreshes {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(CAPACITY)))
    }
}

impl Refreshes {
    /// Begins a refresh that is given up at `until`. False if one is under way at `now` (both in
    /// seconds since 1970).
    pub fn begin(&self, key: &str, until: u64, now: u64) -> bool {
        let marks = &mut *self.marks();
        if marks.peek(key).is_some_and(|until| now < *until) {
            return false;
        }
        marks.put(key.to_owned(), until);
        true
    }

    /// Ends a refresh.
    pub fn end(&self, key: &str) {
        self.marks().pop(key);
    }

    // No code that holds the lock can panic.
    fn marks(&self) -> MutexGuard<'_, LruCache<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
