//! Levels: what upstream told is kept in the isolate's memory, and in a store behind it that other
//! isolates share. What is in a store is sealed, bound to its key: what anybody else put there, or
//! put elsewhere, is as if it were not there.

use std::any::Any;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::deployment::Deployment;
use crate::services::{Services, Store};
use crate::trace::Source;

// Workers KV accepts no time to live below this, in seconds.
const MIN_STORE_SECONDS: u64 = 60;
// A pull goes on without a store that is slower than this.
const STORE_DEADLINE: Duration = Duration::from_millis(500);

/// What can be kept.
pub trait Entry: Serialize + DeserializeOwned + Any + Send + Sync {
    /// When upstream told it, in seconds since 1970; nothing where that says nothing of
    /// which of two is right. Otherwise the later is.
    fn told_at(&self) -> u64 {
        0
    }
    /// About how much memory it takes, in bytes.
    fn bytes(&self) -> usize;
}

/// The isolate's memory and one store.
pub struct Levels<'a, S, B> {
    deployment: &'a Deployment,
    services: &'a S,
    store: &'a B,
    source: Source,
}

/// What the levels know under one key.
pub struct Known<T> {
    /// The latest, and the level it was on.
    pub newest: Option<(Arc<T>, Source)>,
    /// Why the store did not tell, where it did not: there may be something in it.
    pub unread: Option<String>,
}

impl<T> Known<T> {
    /// Whether anything is kept, or may be.
    pub fn is_anything(&self) -> bool {
        self.newest.is_some() || self.unread.is_some()
    }
}

impl<'a, S: Services> Levels<'a, S, S::Store> {
    /// Memory before the store that all isolates share.
    pub fn shared(deployment: &'a Deployment, services: &'a S) -> Self {
        Self { deployment, services, store: services.store(), source: Source::Kv }
    }
}

impl<'a, S: Services> Levels<'a, S, S::Cache> {
    /// Memory before the data centre's cache.
    pub fn local(deployment: &'a Deployment, services: &'a S) -> Self {
        Self { deployment, services, store: services.cache(), source: Source::Cache }
    }
}

impl<S: Services, B: Store> Levels<'_, S, B> {
    /// Looks a key up: in memory, and where what is there does not answer, in the store.
    pub async fn look_up<T: Entry>(&self, key: &str, answers: impl Fn(&T) -> bool) -> Known<T> {
        let remembered = self.deployment.memory.get::<T>(key);
        if let Some(entry) = remembered.as_ref().filter(|entry| answers(entry)) {
            return Known { newest: Some((Arc::clone(entry), Source::Memory)), unread: None };
        }
        let (stored, unread) = match self.read(key).await {
            Ok(stored) => (stored.map(Arc::new), None),
            Err(reason) => (None, Some(reason)),
        };
        if let Some(entry) = &stored {
            self.remember(key, entry);
        }
        let remembered = remembered.map(|entry| (entry, Source::Memory));
        let both = [remembered, stored.map(|entry| (entry, self.source))];
        let newest = both.into_iter().flatten().max_by_key(|(entry, _)| entry.told_at());
        Known { newest, unread }
    }

    /// Keeps an entry in memory, unless a later one is there already.
    pub fn remember<T: Entry>(&self, key: &str, entry: &Arc<T>) {
        let memory = &self.deployment.memory;
        if memory.get::<T>(key).is_none_or(|known| known.told_at() <= entry.told_at()) {
            memory.put(key, Arc::clone(entry), entry.bytes());
        }
    }

    /// Keeps an entry on both levels, in the store for `seconds`.
    pub fn keep<T: Entry>(&self, key: &str, entry: &Arc<T>, seconds: u64) {
        self.remember(key, entry);
        let plain = postcard::to_allocvec(&**entry).expect("an entry always serializes");
        let sealed = self.deployment.keys.seal_entry(key, &plain);
        let (store, key) = (self.store.clone(), key.to_owned());
        // A store that fails costs the next caller a call, and nobody a pull.
        self.services.defer(async move {
            drop(store.put(&key, sealed, seconds.max(MIN_STORE_SECONDS)).await);
        });
    }

    /// Forgets a key on both levels.
    pub fn forget(&self, key: &str) {
        self.deployment.memory.forget(key);
        let (store, key) = (self.store.clone(), key.to_owned());
        self.services.defer(async move { drop(store.delete(&key).await) });
    }

    /// Reads a key in the store.
    ///
    /// # Errors
    /// Why the store did not tell, for the log.
    pub async fn read<T: Entry>(&self, key: &str) -> Result<Option<T>, String> {
        let read = pin!(self.store.get(key));
        let sealed = match select(read, pin!(self.services.pause(STORE_DEADLINE))).await {
            Either::Left((Ok(sealed), _)) => sealed,
            Either::Left((Err(error), _)) => return Err(format!("the store failed: {}", error.0)),
            Either::Right(_) => return Err("the store took too long".to_owned()),
        };
        let opened = sealed.and_then(|sealed| self.deployment.keys.open_entry(key, &sealed));
        Ok(opened.and_then(|plain| postcard::from_bytes(&plain).ok()))
    }
}
