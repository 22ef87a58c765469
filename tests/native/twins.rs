//! In-memory twins of the services, for native tests.

pub mod gate;
pub mod objects;
pub mod sqlite;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::Method;

use bhcr::services::{
    BodyError, Call, Hosting, Incoming, NoReply, ReadBody, Reply, Services, Store, StoreError,
    Upstream,
};
use objects::MemoryObjects;
use sqlite::SqliteDatabase;

/// A clock that stands still until it is moved, in milliseconds since 1970. SQLite asks it too,
/// and takes only what may cross to another thread.
#[derive(Clone, Debug, Default)]
pub struct MemoryClock(Arc<AtomicU64>);

impl MemoryClock {
    /// A clock that stands at `now`, in seconds since 1970.
    pub fn at(now: u64) -> Self {
        Self(Arc::new(AtomicU64::new(now * 1000)))
    }

    /// The time, in seconds since 1970.
    pub fn now(&self) -> u64 {
        self.now_ms() / 1000
    }

    /// Moves the clock forward by some seconds.
    pub fn advance(&self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    /// Moves the clock forward.
    pub fn pass(&self, time: Duration) {
        self.0.fetch_add(time.as_millis() as u64, Ordering::Relaxed);
    }

    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

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

type Script = dyn Fn(&Call) -> Result<Reply<Vec<u8>>, NoReply>;

/// An upstream that replies by a script and records the calls.
pub struct MemoryUpstream {
    script: Box<Script>,
    calls: RefCell<Vec<Call>>,
}

impl MemoryUpstream {
    /// An upstream that replies with the result of `script`.
    pub fn new(script: impl Fn(&Call) -> Result<Reply<Vec<u8>>, NoReply> + 'static) -> Self {
        Self { script: Box::new(script), calls: RefCell::default() }
    }

    /// The recorded calls, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.borrow().clone()
    }
}

impl Upstream for MemoryUpstream {
    type Body = Vec<u8>;

    async fn send(&self, call: &Call) -> Result<Reply<Vec<u8>>, NoReply> {
        self.calls.borrow_mut().push(call.clone());
        (self.script)(call)
    }

    async fn send_and_read(
        &self,
        call: &Call,
        limit: usize,
    ) -> Result<Reply<ReadBody<Vec<u8>>>, NoReply> {
        let reply = self.send(call).await?;
        Ok(reply.map(|body| match body.len() > limit {
            true => ReadBody::Longer(body),
            false => ReadBody::Whole(body),
        }))
    }
}

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

/// A request made from its parts.
#[derive(Clone, Debug)]
pub struct MemoryRequest {
    method: Method,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    is_aborted: bool,
}

impl MemoryRequest {
    /// A request without headers or body.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), body: Vec::new(), is_aborted: false }
    }

    /// The request with one more header, its name in lower case.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The request with a body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The request of a client that goes away before its answer.
    #[must_use]
    pub fn aborted(mut self) -> Self {
        self.is_aborted = true;
        self
    }
}

impl Incoming for MemoryRequest {
    type Body = Vec<u8>;

    fn method(&self) -> Method {
        self.method.clone()
    }

    fn url(&self) -> &str {
        &self.url
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let known = self.headers.iter().find(|(known, _)| *known == name);
        known.map(|(_, value)| Cow::Borrowed(value.as_str()))
    }

    async fn drain(&self) {}

    fn is_aborted(&self) -> bool {
        self.is_aborted
    }

    async fn body(&self, limit: usize) -> Result<Vec<u8>, BodyError> {
        if self.body.len() > limit {
            Err(BodyError::OverLimit { limit })
        } else {
            Ok(self.body.clone())
        }
    }

    fn stream(&self) -> Vec<u8> {
        self.body.clone()
    }
}
