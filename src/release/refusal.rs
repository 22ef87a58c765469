//! Refusals: when upstream last refused a location, as far as this isolate knows. What was told
//! before that is not reused, though a store should give it again.

use std::sync::Arc;

use crate::balena::location::Location;
use crate::memory::Memory;

/// Upstream refuses a location at `now` (seconds since 1970).
pub(super) fn note(memory: &Memory, location: &Location, now: u64) {
    memory.put(&key(location), Arc::new(now), size_of::<u64>());
}

/// When it last did, in seconds since 1970.
pub(super) fn last(memory: &Memory, location: &Location) -> Option<u64> {
    memory.get(&key(location)).map(|at| *at)
}

fn key(location: &Location) -> String {
    format!("refused/{location}")
}
