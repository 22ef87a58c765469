//! All services together.

use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use bhcr::services::{Hosting, Services};

use super::objects::MemoryObjects;
use super::sqlite::SqliteDatabase;
use super::{MemoryClock, MemoryStore, MemoryUpstream};

/// All services in memory. Deferred tasks wait for [`Self::run_deferred`].
#[derive(Clone)]
pub struct MemoryServices {
    /// The clock of all these services.
    pub clock: MemoryClock,
    upstream: Rc<MemoryUpstream>,
    store: MemoryStore,
    cache: MemoryStore,
    log: Rc<RefCell<Vec<String>>>,
    deferred: Rc<RefCell<Vec<Task>>>,
    hosting: Option<(SqliteDatabase, MemoryObjects)>,
    permitted: Rc<RefCell<HashMap<String, u32>>>,
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

impl MemoryServices {
    /// Services with empty stores, whose clock shows `now`. Hosting is off.
    pub fn new(now: u64, upstream: MemoryUpstream) -> Self {
        let clock = MemoryClock::at(now);
        let [store, cache] = [(); 2].map(|()| MemoryStore::new(clock.clone()));
        let upstream = Rc::new(upstream);
        let (log, deferred, permitted) = (Rc::default(), Rc::default(), Rc::default());
        Self { clock, upstream, store, cache, log, deferred, permitted, hosting: None }
    }

    /// The same with hosting, in an empty catalog.
    #[must_use]
    pub fn with_hosting(mut self) -> Self {
        let database = SqliteDatabase::migrated(self.clock.clone());
        self.hosting = Some((database, MemoryObjects::default()));
        self
    }

    /// Permits a client `calls` more calls upstream. Other clients are not limited.
    pub fn permit(&self, client: &str, calls: u32) {
        self.permitted.borrow_mut().insert(client.to_owned(), calls);
    }

    /// The lines in the log.
    pub fn log_lines(&self) -> Vec<String> {
        self.log.borrow().clone()
    }

    /// Whether a deferred task waits.
    pub fn waits(&self) -> bool {
        !self.deferred.borrow().is_empty()
    }

    /// Drops the deferred tasks without running them, as when an isolate ends.
    pub fn lose_deferred(&self) {
        drop(self.deferred.take());
    }

    /// Runs the deferred tasks, and those that they defer.
    pub async fn run_deferred(&self) {
        loop {
            let tasks = self.deferred.take();
            if tasks.is_empty() {
                break;
            }
            for task in tasks {
                task.await;
            }
        }
    }
}

impl Services for MemoryServices {
    type Body = Vec<u8>;
    type Upstream = MemoryUpstream;
    type Store = MemoryStore;
    type Cache = MemoryStore;
    type Database = SqliteDatabase;
    type Objects = MemoryObjects;

    fn upstream(&self) -> &MemoryUpstream {
        &self.upstream
    }

    fn store(&self) -> &MemoryStore {
        &self.store
    }

    fn cache(&self) -> &MemoryStore {
        &self.cache
    }

    fn hosting(&self) -> Option<Hosting<'_, Self>> {
        self.hosting.as_ref().map(|(database, objects)| Hosting { database, objects })
    }

    fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    async fn pause(&self, time: Duration) {
        self.clock.pass(time);
    }

    async fn permits(&self, client: &str) -> bool {
        let mut asked = self.permitted.borrow_mut();
        asked.get_mut(client).is_none_or(|left| {
            let may = *left > 0;
            *left = left.saturating_sub(1);
            may
        })
    }

    fn log(&self, line: &str) {
        self.log.borrow_mut().push(line.to_owned());
    }

    fn defer(&self, task: impl Future<Output = ()> + 'static) {
        self.deferred.borrow_mut().push(Box::pin(task));
    }
}
