//! Places: what is known of a location besides its manifests. The location's tag is good for a short
//! while, a redirect to a blob until shortly before it expires.
//!
//! Each fact is an entry of its own, under a generation of the location. A refusal of upstream's ends
//! the generation, and with it everything that this data centre keeps for the location.

mod generation;
pub(super) mod redirect;
pub(super) mod tag;

use super::access;
use crate::balena::location::Location;
use crate::exchange::Task;
use crate::services::Services;

/// Upstream refuses the location, to one caller at least: nothing that was told before is used
/// again for anybody.
pub(super) fn refused<S: Services>(task: &Task<'_, S>, location: &Location) {
    task.deployment.marks.refusals.note(location, task.services.now());
    generation::renew(task, location);
    access::forget(task, location);
}
