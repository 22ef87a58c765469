//! The isolate's own memory: bounded in bytes, the least recently used goes first.

use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

/// The most bytes that an isolate remembers, as far as they are told.
pub const CAPACITY: usize = 8 << 20;
// What an entry costs besides its key and what it holds, in bytes.
const OVERHEAD: usize = 128;

/// What is remembered, by its key. Keys of different kinds of things differ in their beginning.
pub struct Memory(Mutex<Inner>);

struct Inner {
    entries: LruCache<String, Remembered>,
    bytes: usize,
}

struct Remembered {
    what: Arc<dyn Any + Send + Sync>,
    bytes: usize,
}

impl Default for Memory {
    fn default() -> Self {
        Self(Mutex::new(Inner { entries: LruCache::unbounded(), bytes: 0 }))
    }
}

impl Memory {
    /// What is remembered under `key`, if it is of this type.
    pub fn recall<T: Any + Send + Sync>(&self, key: &str) -> Option<Arc<T>> {
        self.find(key)?.downcast().ok()
    }

    /// Remembers something that holds about `bytes` bytes. What is larger than the whole memory
    /// is not remembered, nor is what it would replace.
    pub fn remember<T: Any + Send + Sync>(&self, key: &str, what: Arc<T>, bytes: usize) {
        self.put(key, what, bytes + key.len() + OVERHEAD);
    }

    // These two are compiled once, and not for each type.
    fn find(&self, key: &str) -> Option<Arc<dyn Any + Send + Sync>> {
        Some(Arc::clone(&self.inner().entries.get(key)?.what))
    }

    fn put(&self, key: &str, what: Arc<dyn Any + Send + Sync>, bytes: usize) {
        if bytes > CAPACITY {
            return self.forget(key);
        }
        let inner = &mut *self.inner();
        let before = inner.entries.put(key.to_owned(), Remembered { what, bytes });
        inner.bytes += bytes;
        inner.bytes -= before.map_or(0, |before| before.bytes);
        while inner.bytes > CAPACITY {
            let (_, oldest) = inner.entries.pop_lru().expect("what takes bytes is there");
            inner.bytes -= oldest.bytes;
        }
    }

    /// Forgets what is remembered under `key`.
    pub fn forget(&self, key: &str) {
        let inner = &mut *self.inner();
        inner.bytes -= inner.entries.pop(key).map_or(0, |gone| gone.bytes);
    }

    // Nothing that holds the lock can panic half-way.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
