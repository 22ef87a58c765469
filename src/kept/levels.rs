//! Levels: the isolate's memory, and one store behind it that other isolates share. A value in a
//! store is sealed and bound to its key. An attacker who can write to the store can neither invent
//! a value nor move one to another key: it does not open, and counts as absent.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::policy::{Entry, Level, Lifetime};
use crate::deployment::Deployment;
use crate::services::{Services, Store, StoreError};
use crate::trace::Source;

// Workers KV accepts no shorter time to live, in seconds.
const MIN_STORE_SECONDS: u64 = 60;
// No value needs a longer time to live, in seconds.
const MAX_STORE_SECONDS: u64 = 30 * 86_400;
// Entries in the cache of a data centre live for at most this long, in seconds.
const MAX_CACHE_SECONDS: u64 = 86_400;
// After this time a pull continues without the store.
const STORE_DEADLINE: Duration = Duration::from_millis(500);

/// The isolate's memory and one store.
pub struct Levels<'a, S> {
    deployment: &'a Deployment,
    services: &'a S,
    level: Level,
}

/// A value, and the value that the store has under the same key, as far as this isolate knows.
pub struct Slot<T> {
    value: Arc<T>,
    stored: Option<Arc<T>>,
}

/// Why a store did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// The store failed.
    #[error(transparent)]
    Failed(StoreError),
    /// The store was too slow.
    #[error("the store took too long")]
    Slow,
}

impl<T> Slot<T> {
    /// A value that is not in the store, as far as this isolate knows.
    pub fn new(value: T) -> Self {
        Self { value: Arc::new(value), stored: None }
    }

    /// A newer value. The store still has what it had of `known`.
    pub fn renewed(value: T, known: &Self) -> Self {
        Self { value: Arc::new(value), stored: known.stored.clone() }
    }

    /// The same value, while the store has the value of `stored`.
    pub fn stored_as(self, stored: &Self) -> Self {
        Self { value: self.value, stored: stored.stored.clone() }
    }

    /// The value.
    pub fn value(&self) -> &Arc<T> {
        &self.value
    }
}

impl<T: Entry> Slot<T> {
    /// Whether upstream gave the `other` value later than this one.
    pub fn is_older_than(&self, other: &Self) -> bool {
        self.value.told_at() < other.value.told_at()
    }
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), stored: self.stored.clone() }
    }
}

impl<'a, S: Services> Levels<'a, S> {
    /// The isolate's memory, with `level` behind it.
    pub fn new(deployment: &'a Deployment, services: &'a S, level: Level) -> Self {
        Self { deployment, services, level }
    }

    /// The shared level as the log names it.
    pub fn source(&self) -> Source {
        match self.level {
            Level::Memory => Source::Memory,
            Level::Cache => Source::Cache,
            Level::Store => Source::Kv,
        }
    }

    /// The value in the isolate's memory under a key.
    pub fn remembered<T: Entry>(&self, key: &str) -> Option<Arc<Slot<T>>> {
        self.deployment.memory.recall(key)
    }

    /// Remembers a value, unless memory has a later one.
    pub fn remember<T: Entry>(&self, key: &str, slot: &Slot<T>) {
        let known = self.remembered::<T>(key);
        if known.is_none_or(|known| known.value.told_at() <= slot.value.told_at()) {
            let bytes = slot.value.bytes();
            self.deployment.memory.remember(key, Arc::new(slot.clone()), bytes);
        }
    }

    /// Keeps a value on both levels, unless its lifetime is 0. Writes to the store only if the
    /// value there says something else or is too old.
    pub fn keep<T: Entry>(&self, key: &str, slot: &Slot<T>, lifetime: Lifetime) {
        if lifetime.usable_for() == 0 {
            return;
        }
        let is_due = |stored: &Arc<T>| {
            let age = slot.value.told_at().saturating_sub(stored.told_at());
            !stored.says_the_same(&slot.value) || age >= self.rewritten_after(lifetime)
        };
        if self.level == Level::Memory || !slot.stored.as_ref().is_none_or(is_due) {
            return self.remember(key, slot);
        }
        let stored = Some(Arc::clone(&slot.value));
        self.remember(key, &Slot { value: Arc::clone(&slot.value), stored });
        let plain = postcard::to_allocvec(&*slot.value).expect("an entry always serializes");
        self.write(key, &plain, lifetime.usable_for());
    }

    // Workers KV limits writes per day, and a busy name would use many if each refresh wrote. So an
    // unchanged value is written to KV again only after half of its usable time.
    fn rewritten_after(&self, lifetime: Lifetime) -> u64 {
        match self.level {
            Level::Memory | Level::Cache => MIN_STORE_SECONDS,
            Level::Store => lifetime.usable_for() / 2,
        }
    }

    /// Removes a key on both levels.
    pub fn forget(&self, key: &str) {
        self.deployment.memory.forget(key);
        if self.level == Level::Memory {
            return;
        }
        let (services, level, key) = (self.services.clone(), self.level, key.to_owned());
        self.services.defer(async move {
            drop(match level {
                Level::Memory => Ok(()),
                Level::Cache => services.cache().delete(&key).await,
                Level::Store => services.store().delete(&key).await,
            });
        });
    }

    /// Reads a key in the store, and remembers a value that `is_genuine`.
    ///
    /// # Errors
    /// Why the store did not answer. A cache that fails counts as empty, because a cache may lose
    /// its entries at any time.
    pub async fn read<T: Entry>(
        &self,
        key: &str,
        is_genuine: impl Fn(&T) -> bool,
    ) -> Result<Option<Slot<T>>, Unread> {
        let plain = self.opened(key).await?;
        let value: Option<T> = plain.and_then(|plain| postcard::from_bytes(&plain).ok());
        Ok(value.filter(|value| is_genuine(value)).map(|value| {
            let value = Arc::new(value);
            let slot = Slot { stored: Some(Arc::clone(&value)), value };
            self.remember(key, &slot);
            slot
        }))
    }

    // A function of its own, so that it is compiled once and not for each type of value.
    async fn opened(&self, key: &str) -> Result<Option<Vec<u8>>, Unread> {
        let read = pin!(self.sealed(key));
        let unread = match select(read, pin!(self.services.pause(STORE_DEADLINE))).await {
            Either::Left((Ok(sealed), _)) => {
                return Ok(sealed.and_then(|it| self.deployment.keys.open_entry(key, &it)));
            }
            Either::Left((Err(error), _)) => Unread::Failed(error),
            Either::Right(_) => Unread::Slow,
        };
        match self.level {
            Level::Cache => Ok(None),
            Level::Memory | Level::Store => Err(unread),
        }
    }

    async fn sealed(&self, key: &str) -> Result<Option<String>, StoreError> {
        match self.level {
            Level::Memory => Ok(None),
            Level::Cache => self.services.cache().get(key).await,
            Level::Store => self.services.store().get(key).await,
        }
    }

    // A failed write is ignored: the next caller asks upstream again.
    fn write(&self, key: &str, plain: &[u8], seconds: u64) {
        let sealed = self.deployment.keys.seal_entry(key, plain);
        let (services, level, key) = (self.services.clone(), self.level, key.to_owned());
        let seconds = seconds.max(MIN_STORE_SECONDS);
        self.services.defer(async move {
            drop(match level {
                Level::Memory => Ok(()),
                Level::Cache => {
                    services.cache().put(&key, sealed, seconds.min(MAX_CACHE_SECONDS)).await
                }
                Level::Store => {
                    services.store().put(&key, sealed, seconds.min(MAX_STORE_SECONDS)).await
                }
            });
        });
    }
}
