//! The in-memory services, with stores that count operations and can be made to fail.

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use crate::twins::objects::MemoryObjects;
use crate::twins::sqlite::SqliteDatabase;
use crate::twins::{MemoryClock, MemoryServices, MemoryStore, MemoryUpstream};
use bhcr::services::{Hosting, Services, Store, StoreError};

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trouble {
    #[default]
    None,
    /// Every operation fails.
    Fails,
    /// A read never ends.
    Hangs,
}

#[derive(Clone)]
pub struct WatchedStore {
    inner: MemoryStore,
    trouble: Rc<Cell<Trouble>>,
    reads: Rc<Cell<usize>>,
    writes: Rc<Cell<usize>>,
}

impl WatchedStore {
    fn new(inner: MemoryStore) -> Self {
        Self { inner, trouble: Rc::default(), reads: Rc::default(), writes: Rc::default() }
    }

    pub fn keys(&self) -> Vec<String> {
        self.inner.keys()
    }

    /// Removes every entry.
    pub fn forgets(&self) {
        for key in self.inner.keys() {
            pollster::block_on(self.inner.delete(&key)).expect("it deletes");
        }
    }

    /// The entry under a key.
    pub fn value(&self, key: &str) -> Option<String> {
        pollster::block_on(self.inner.get(key)).expect("it answers")
    }

    /// Puts an entry directly, even if the store fails for others.
    pub fn plant(&self, key: &str, value: &str) {
        pollster::block_on(self.inner.put(key, value.to_owned(), 600)).expect("it takes it");
    }

    /// The number of reads.
    pub fn reads(&self) -> usize {
        self.reads.get()
    }

    /// The number of writes.
    pub fn writes(&self) -> usize {
        self.writes.get()
    }

    pub fn suffers(&self, trouble: Trouble) {
        self.trouble.set(trouble);
    }

    fn may_fail(&self) -> Result<(), StoreError> {
        match self.trouble.get() {
            Trouble::Fails => Err(StoreError("KV says no".to_owned())),
            Trouble::None | Trouble::Hangs => Ok(()),
        }
    }
}

impl Store for WatchedStore {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.reads.set(self.reads.get() + 1);
        if self.trouble.get() == Trouble::Hangs {
            pending::<()>().await;
        }
        self.may_fail()?;
        self.inner.get(key).await
    }

    async fn put(&self, key: &str, value: String, seconds: u64) -> Result<(), StoreError> {
        self.writes.set(self.writes.get() + 1);
        self.may_fail()?;
        self.inner.put(key, value, seconds).await
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.may_fail()?;
        self.inner.delete(key).await
    }
}

#[derive(Clone)]
pub struct TestServices {
    pub clock: MemoryClock,
    inner: MemoryServices,
    store: WatchedStore,
    cache: WatchedStore,
}

impl TestServices {
    pub fn new(now: u64, upstream: MemoryUpstream) -> Self {
        let inner = MemoryServices::new(now, upstream);
        let store = WatchedStore::new(inner.store().clone());
        let cache = WatchedStore::new(inner.cache().clone());
        Self { clock: inner.clock.clone(), inner, store, cache }
    }

    /// The same services in another data centre, which has an empty cache of its own.
    pub fn elsewhere(&self) -> Self {
        let cache = WatchedStore::new(MemoryStore::new(self.clock.clone()));
        Self { cache, ..self.clone() }
    }

    pub fn log_lines(&self) -> Vec<String> {
        self.inner.log_lines()
    }

    pub async fn run_deferred(&self) {
        self.inner.run_deferred().await;
    }

    pub fn permit(&self, client: &str, calls: u32) {
        self.inner.permit(client, calls);
    }

    pub fn waits(&self) -> bool {
        self.inner.waits()
    }

    pub fn lose_deferred(&self) {
        self.inner.lose_deferred();
    }
}

impl Services for TestServices {
    type Body = Vec<u8>;
    type Upstream = MemoryUpstream;
    type Store = WatchedStore;
    type Cache = WatchedStore;
    type Database = SqliteDatabase;
    type Objects = MemoryObjects;

    fn upstream(&self) -> &MemoryUpstream {
        self.inner.upstream()
    }

    fn store(&self) -> &WatchedStore {
        &self.store
    }

    fn cache(&self) -> &WatchedStore {
        &self.cache
    }

    fn hosting(&self) -> Option<Hosting<'_, Self>> {
        let Hosting { database, objects } = self.inner.hosting()?;
        Some(Hosting { database, objects })
    }

    fn now_ms(&self) -> u64 {
        self.inner.now_ms()
    }

    async fn pause(&self, time: Duration) {
        self.inner.pause(time).await;
    }

    async fn permits(&self, client: &str) -> bool {
        self.inner.permits(client).await
    }

    fn log(&self, line: &str) {
        self.inner.log(line);
    }

    fn defer(&self, task: impl Future<Output = ()> + 'static) {
        self.inner.defer(task);
    }
}
