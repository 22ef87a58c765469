//! The one tag of a location, and the manifest that it means.

use serde::{Deserialize, Serialize};

use super::generation;
use crate::balena::location::Location;
use crate::config::numbers::Lifetimes;
use crate::exchange::Task;
use crate::kept::Kept;
use crate::kept::policy::{Entry, Level, Lifetime, Policy};
use crate::oci::digest::Digest;
use crate::services::Services;
use crate::trace::Source;

/// The digest that the location's tag means.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::release) struct Tag {
    pub(in crate::release) digest: Digest,
    pub(in crate::release) told_at: u64,
}

/// The policy of the tag of a location.
#[derive(Clone)]
pub(in crate::release) struct TagPolicy {
    key: String,
    lifetimes: Lifetimes,
}

/// The digest that the location's tag meant last, as far as the isolate's memory knows.
pub(in crate::release) fn remembered<S: Services>(
    task: &Task<'_, S>,
    location: &Location,
) -> Option<Digest> {
    let generation = generation::recall(task, location)?;
    let policy = TagPolicy::new(task, location, generation);
    let slot = policy.levels(task).remembered::<Tag>(&policy.key)?;
    Some(slot.value().digest)
}

/// Looks up the tag of a location.
pub(in crate::release) async fn look_up<S: Services>(
    task: &Task<'_, S>,
    location: &Location,
) -> Kept<TagPolicy> {
    let generation = generation::current(task, location).await;
    Kept::look_up(task, TagPolicy::new(task, location, generation)).await
}

impl TagPolicy {
    fn new<S>(task: &Task<'_, S>, location: &Location, generation: u64) -> Self {
        let lifetimes = task.deployment.config.numbers.lifetimes;
        Self { key: format!("tag/1/{location}/{generation:016x}"), lifetimes }
    }
}

impl Entry for Tag {
    fn told_at(&self) -> u64 {
        self.told_at
    }

    fn bytes(&self) -> usize {
        size_of::<Self>()
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Policy for TagPolicy {
    type Value = Tag;
    const WHAT: &'static str = "a tag";
    const ORIGIN: Source = Source::Registry;

    fn key(&self) -> &str {
        &self.key
    }

    fn level(&self) -> Level {
        Level::Cache
    }

    fn lifetime(&self, _: &Tag) -> Lifetime {
        Lifetime::plain(self.lifetimes.tag, self.lifetimes.stale)
    }
}
