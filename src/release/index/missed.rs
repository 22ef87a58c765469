//! What gave nothing for an index lately: a manifest or a config that is missing, wrong or too long.
//! Nothing of it is kept, so each request of anybody would ask for the parts of up to seven images
//! again. It is remembered in this isolate's memory for `MISS_SECONDS`.

use std::sync::Arc;

use crate::balena::location::Location;
use crate::exchange::Task;
use crate::services::Services;

/// Whether this part of an image gave nothing lately.
pub(super) fn is_noted<S: Services>(task: &Task<'_, S>, of: &Location, part: &str) -> bool {
    let at = task.deployment.memory.recall::<u64>(&key(of, part));
    let seconds = task.deployment.config.numbers.lifetimes.miss;
    at.is_some_and(|at| task.services.now() < *at + seconds)
}

/// Notes that this part of an image gave nothing.
pub(super) fn note<S: Services>(task: &Task<'_, S>, of: &Location, part: &str) {
    let now = Arc::new(task.services.now());
    task.deployment.memory.remember(&key(of, part), now, size_of::<u64>());
}

fn key(of: &Location, part: &str) -> String {
    format!("missed/{of}/{part}")
}
