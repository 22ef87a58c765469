//! A store in memory.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use bhcr::services::{Store, StoreError};

use super::MemoryClock;

/// A store whose entries expire by a [`MemoryClock`]. It refuses what Workers KV refuses.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    clock: MemoryClock,
    entries: Rc<RefCell<HashMap<String, (String, u64)>>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new(clock: MemoryClock) -> Self {
        Self { clock, entries: Rc::default() }
    }

    /// The keys in the store, in order.
    pub fn keys(&self) -> Vec<String> {
        let mut keys: Vec<_> = self.entries.borrow().keys().cloned().collect();
        keys.sort();
        keys
    }
}

impl Store for MemoryStore {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let entries = self.entries.borrow();
        let alive = entries.get(key).filter(|(_, until)| self.clock.now() < *until);
        Ok(alive.map(|(value, _)| value.clone()))
    }

    async fn put(&self, key: &str, value: String, seconds: u64) -> Result<(), StoreError> {
        if seconds < 60 {
            return Err(StoreError("a time to live is at least 60 seconds".to_owned()));
        }
        if !(1..=512).contains(&key.len()) {
            return Err(StoreError("a key has 1 to 512 bytes".to_owned()));
        }
        let until = self.clock.now() + seconds;
        self.entries.borrow_mut().insert(key.to_owned(), (value, until));
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.entries.borrow_mut().remove(key);
        Ok(())
    }
}
