//! What a room says of the values that it keeps.

use std::any::Any;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::levels::{Levels, Slot};
use crate::exchange::Task;
use crate::services::Services;
use crate::trace::Source;

/// What can be kept.
pub trait Entry: Serialize + DeserializeOwned + Any + Send + Sync {
    /// When upstream told it, in seconds since 1970; 0 if age does not matter. Of two, the later is
    /// right.
    fn told_at(&self) -> u64;
    /// About how much memory it takes, in bytes.
    fn bytes(&self) -> usize;
    /// Whether another value says the same, apart from when it was told.
    fn says_the_same(&self, other: &Self) -> bool;
}

/// The rules for one kept value. A change of the value's shape needs a new version in the key.
pub trait Policy {
    /// What is kept.
    type Value: Entry;
    /// What the value is called in the log.
    const WHAT: &'static str;
    /// Who tells it.
    const ORIGIN: Source;
    /// The key, of 512 bytes at most.
    fn key(&self) -> &str;
    /// The level behind the isolate's memory.
    fn level(&self) -> Level;
    /// For how long a value serves.
    fn lifetime(&self, value: &Self::Value) -> Lifetime;
    /// Whether a value may leave the isolate's memory.
    fn is_shared(&self, _value: &Self::Value) -> bool {
        true
    }
    /// Whether a refusal has ended a value.
    fn is_ended(&self, _value: &Self::Value) -> bool {
        false
    }
    /// Whether a value from a shared level is what its key promises. A store could be tampered
    /// with; a sealed value that was moved or replayed must not be served.
    fn is_genuine(&self, _value: &Self::Value) -> bool {
        true
    }

    /// How a value may be used at `now` (seconds since 1970).
    fn freshness(&self, value: &Self::Value, now: u64) -> Freshness {
        match self.is_ended(value) {
            true => Freshness::Gone,
            false => self.lifetime(value).freshness(now.saturating_sub(value.told_at())),
        }
    }

    /// Keeps a value that upstream has just told, whatever was kept before.
    fn keep<S: Services>(&self, task: &Task<'_, S>, value: Self::Value) -> Arc<Self::Value> {
        let lifetime = self.lifetime(&value);
        let slot = Slot::new(value);
        self.levels(task).keep(self.key(), &slot, lifetime);
        Arc::clone(slot.value())
    }

    /// The levels on which the value lies.
    fn levels<'t, S: Services>(&self, task: &Task<'t, S>) -> Levels<'t, S> {
        Levels::new(task.deployment, task.services, self.level())
    }
}

/// Where a value lies, besides the isolate's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Nowhere else.
    Memory,
    /// The data centre's cache.
    Cache,
    /// Workers KV, which every isolate shares.
    Store,
}

/// For how long a value serves, in seconds since upstream told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// After this time, an answer causes a refresh.
    pub refresh_after: u64,
    /// After this time, upstream is asked first.
    pub fresh_for: u64,
    /// For how much longer the value serves if upstream cannot.
    pub stale_for: u64,
}

/// How a value may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It answers.
    Fresh,
    /// It answers, and is to be refreshed afterwards.
    Aging,
    /// It answers only if upstream cannot.
    Expired,
    /// It does not answer.
    Gone,
}

impl Lifetime {
    /// A lifetime that is refreshed after half its time.
    pub fn refreshed(fresh_for: u64, stale_for: u64) -> Self {
        Self { refresh_after: fresh_for.div_ceil(2), fresh_for, stale_for }
    }

    /// A lifetime without a refresh before its end.
    pub fn plain(fresh_for: u64, stale_for: u64) -> Self {
        Self { refresh_after: fresh_for, fresh_for, stale_for }
    }

    /// A value that cannot change.
    pub fn unlimited() -> Self {
        Self::plain(u64::MAX, 0)
    }

    /// For how long the value may be used at all, in seconds.
    pub fn usable_for(&self) -> u64 {
        self.fresh_for.saturating_add(self.stale_for)
    }

    /// How a value of this age, in seconds, may be used.
    pub fn freshness(&self, age: u64) -> Freshness {
        if age < self.refresh_after {
            Freshness::Fresh
        } else if age < self.fresh_for {
            Freshness::Aging
        } else if age < self.usable_for() {
            Freshness::Expired
        } else {
            Freshness::Gone
        }
    }
}

impl Freshness {
    /// Whether the value answers without upstream.
    pub fn answers(self) -> bool {
        matches!(self, Self::Fresh | Self::Aging)
    }
}
