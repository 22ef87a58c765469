//! One request on its way to an answer.

use std::sync::Arc;

use crate::deployment::Deployment;
use crate::origin::Origin;
use crate::trace::Trace;

/// One request on its way to an answer, and what it needs on it.
pub(crate) struct Exchange<'a, S, I> {
    pub(crate) deployment: &'a Arc<Deployment>,
    pub(crate) services: &'a S,
    pub(crate) incoming: &'a I,
    /// The origin that the client used.
    pub(crate) own: &'a Origin,
    /// What is noted down on the way.
    pub(crate) trace: &'a Trace,
}
