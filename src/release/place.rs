//! Places: what is kept of a location besides its manifests. The location's tag may be reused for a
//! short time, and a redirect to a blob until shortly before it expires.
//!
//! The tag and each redirect are entries of their own, and their keys contain the generation of the
//! location. A refusal by upstream begins a new generation, so that this data centre does not find
//! any entry of the old one.

mod generation;
pub(super) mod redirect;
pub(super) mod tag;

use super::access;
use crate::balena::location::Location;
use crate::exchange::Task;
use crate::services::Services;

/// Ends everything that is kept of a location, because upstream refused it to a caller. Without
/// this, others could go on pulling an image that was made private.
pub(super) fn refused<S: Services>(task: &Task<'_, S>, location: &Location) {
    task.deployment.marks.refusals.note(location, task.services.now());
    generation::renew(task, location);
    access::forget(task, location);
}
