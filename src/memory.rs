//! The isolate's own memory. It is bounded in bytes, and drops the least recently used entry first.

use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

/// The most bytes that an isolate remembers, by the sizes that callers give.
pub const CAPACITY: usize = 8 << 20;
// The overhead of an entry besides its key and its value, in bytes.
const OVERHEAD: usize = 128;

/// Values by key. Keys of different kinds of values have different prefixes.
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
    /// The value under `key`, if it has this type.
    pub fn recall<T: Any + Send + Sync>(&self, key: &str) -> Option<Arc<T>> {
        self.find(key)?.downcast().ok()
    }

    /// Remembers a value of about `bytes` bytes in place of any other under `key`. A value that is
    /// larger than the whole memory is not remembered.
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
            let (_, oldest) = inner.entries.pop_lru().expect("memory in use has an entry");
            inner.bytes -= oldest.bytes;
        }
    }

    /// Removes the value under `key`.
    pub fn forget(&self, key: &str) {
        let inner = &mut *self.inner();
        inner.bytes -= inner.entries.pop(key).map_or(0, |gone| gone.bytes);
    }

    // No code that holds the lock can panic.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
