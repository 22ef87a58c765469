//! Generations of the entries of a location. They are random: if the cache loses the current one,
//! the next one cannot be an earlier one, whose entries were refused.

use serde::{Deserialize, Serialize};

use crate::balena::location::Location;
use crate::exchange::Task;
use crate::kept::Kept;
use crate::kept::policy::{Entry, Level, Lifetime, Policy};
use crate::services::Services;
use crate::trace::Source;

/// The generation of a location.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Generation(u64);

struct GenerationPolicy(String);

/// The generation of a location. A new one begins if none is kept.
pub(super) async fn current<S: Services>(task: &Task<'_, S>, location: &Location) -> u64 {
    let kept = Kept::look_up(task, GenerationPolicy::of(location)).await;
    match kept.answer() {
        Ok(found) => found.value().0,
        Err(_) => renew(task, location),
    }
}

/// The generation of a location in the isolate's memory.
pub(super) fn recall<S: Services>(task: &Task<'_, S>, location: &Location) -> Option<u64> {
    GenerationPolicy::of(location).recall(task).map(|generation| generation.0)
}

/// Begins a new generation.
pub(super) fn renew<S: Services>(task: &Task<'_, S>, location: &Location) -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("the platform has randomness");
    let generation = u64::from_be_bytes(bytes);
    GenerationPolicy::of(location).keep(task, Generation(generation));
    generation
}

impl GenerationPolicy {
    fn of(location: &Location) -> Self {
        Self(format!("generation/1/{location}"))
    }
}

impl Entry for Generation {
    fn told_at(&self) -> u64 {
        0
    }

    fn bytes(&self) -> usize {
        size_of::<Self>()
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Policy for GenerationPolicy {
    type Value = Generation;
    const WHAT: &'static str = "a generation";
    const ORIGIN: Source = Source::Registry;

    fn key(&self) -> &str {
        &self.0
    }

    fn level(&self) -> Level {
        Level::Cache
    }

    fn lifetime(&self, _: &Generation) -> Lifetime {
        Lifetime::unlimited()
    }
}
