//! Policies: where a kind of value is stored, how long it may be used, and what ends it.

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
    /// When upstream gave the value, in seconds since 1970; 0 if age does not matter. Of two
    /// values, the later one wins.
    fn told_at(&self) -> u64;
    /// About how much memory the value takes, in bytes.
    fn bytes(&self) -> usize;
    /// Whether both values say the same, apart from their time.
    fn says_the_same(&self, other: &Self) -> bool;
}

/// The rules for one kept value. If the value's shape changes, its key needs a new version number:
/// otherwise an older entry could be read as something else.
pub trait Policy {
    /// The type of the value.
    type Value: Entry;
    /// The name of such a value in the log.
    const WHAT: &'static str;
    /// The part of upstream that gives it.
    const ORIGIN: Source;
    /// The key, of 512 bytes at most.
    fn key(&self) -> &str;
    /// The level behind the isolate's memory.
    fn level(&self) -> Level;
    /// How long a value may be used.
    fn lifetime(&self, value: &Self::Value) -> Lifetime;
    /// Whether a value may leave the isolate's memory.
    fn is_shared(&self, _value: &Self::Value) -> bool {
        true
    }
    /// Whether a refusal by upstream has ended a value.
    fn is_ended(&self, _value: &Self::Value) -> bool {
        false
    }
    /// Whether a value from a shared level is what its key promises. This stops an attacker who can
    /// write to the store from serving one value in place of another.
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

    /// The value in the isolate's memory, if it can be used without upstream.
    fn recall<S: Services>(&self, task: &Task<'_, S>) -> Option<Arc<Self::Value>> {
        let slot = self.levels(task).remembered::<Self::Value>(self.key())?;
        let freshness = self.freshness(slot.value(), task.services.now());
        freshness.answers().then(|| Arc::clone(slot.value()))
    }

    /// Keeps a value that upstream has just given, in place of any other.
    fn keep<S: Services>(&self, task: &Task<'_, S>, value: Self::Value) -> Arc<Self::Value> {
        let lifetime = self.lifetime(&value);
        let slot = Slot::new(value);
        self.levels(task).keep(self.key(), &slot, lifetime);
        Arc::clone(slot.value())
    }

    /// The levels on which the value is stored.
    fn levels<'t, S: Services>(&self, task: &Task<'t, S>) -> Levels<'t, S> {
        Levels::new(task.deployment, task.services, self.level())
    }
}

/// Where a value is stored, besides the isolate's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// In memory only.
    Memory,
    /// The data centre's cache.
    Cache,
    /// Workers KV, which every isolate shares.
    Store,
}

/// How long a value may be used, in seconds since upstream gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// After this time, the value is still used, and refreshed after the answer.
    pub refresh_after: u64,
    /// After this time, upstream is asked before the value is used.
    pub fresh_for: u64,
    /// How much longer the value is used if upstream fails.
    pub stale_for: u64,
}

/// How a value may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It is used.
    Fresh,
    /// It is used, and refreshed after the answer.
    Aging,
    /// It is used only if upstream fails.
    Expired,
    /// It is not used.
    Gone,
}

impl Lifetime {
    /// A lifetime with a refresh after half of its time.
    pub fn refreshed(fresh_for: u64, stale_for: u64) -> Self {
        Self { refresh_after: fresh_for.div_ceil(2), fresh_for, stale_for }
    }

    /// A lifetime without a refresh.
    pub fn plain(fresh_for: u64, stale_for: u64) -> Self {
        Self { refresh_after: fresh_for, fresh_for, stale_for }
    }

    /// The lifetime of a value that cannot change.
    pub fn unlimited() -> Self {
        Self::plain(u64::MAX, 0)
    }

    /// How long the value may be used at all, in seconds.
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
    /// Whether the value can be used without asking upstream.
    pub fn answers(self) -> bool {
        match self {
            Self::Fresh | Self::Aging => true,
            Self::Expired | Self::Gone => false,
        }
    }
}
