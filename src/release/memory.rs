//! The isolate's own memory of resolutions: bounded, the least recently used goes first.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use super::kept::{Entry, Key};

/// The most resolutions that an isolate remembers; each is some hundred bytes.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(2048).expect("it is not zero");

/// Resolutions, and which of them are being refreshed.
pub struct Memory(Mutex<Inner>);

struct Inner {
    entries: LruCache<Key, Entry>,
    /// Until when a refresh under way counts as such, in seconds since 1970: one that died with
    /// its request must not keep others from trying.
    refreshing: LruCache<Key, u64>,
}

impl Default for Memory {
    fn default() -> Self {
        let entries = LruCache::new(CAPACITY);
        Self(Mutex::new(Inner { entries, refreshing: LruCache::new(CAPACITY) }))
    }
}

impl Memory {
    /// What is remembered under `key`.
    pub fn get(&self, key: &Key) -> Option<Entry> {
        self.inner().entries.get(key).cloned()
    }

    /// Remembers `entry`, unless a later answer is remembered already.
    pub fn put(&self, key: &Key, entry: Entry) {
        let entries = &mut self.inner().entries;
        let later = |known: &Entry| known.answered_at > entry.answered_at;
        if !entries.peek(key).is_some_and(later) {
            entries.put(key.clone(), entry);
        }
    }

    /// Forgets what is remembered under `key`.
    pub fn forget(&self, key: &Key) {
        self.inner().entries.pop(key);
    }

    /// Marks `key` as being refreshed until `until`; `false` where it is already at `now`. Both
    /// are seconds since 1970.
    pub fn begin_refresh(&self, key: &Key, now: u64, until: u64) -> bool {
        let refreshing = &mut self.inner().refreshing;
        if refreshing.peek(key).is_some_and(|under_way| now < *under_way) {
            return false;
        }
        refreshing.put(key.clone(), until);
        true
    }

    /// Takes the mark back.
    pub fn end_refresh(&self, key: &Key) {
        self.inner().refreshing.pop(key);
    }

    // Nothing that holds the lock can panic half-way.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
