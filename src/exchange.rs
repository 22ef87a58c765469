//! A request on its way to an answer, and what every room needs on the way.

use std::sync::Arc;

use crate::deployment::Deployment;
use crate::origin::Origin;
use crate::trace::Trace;

/// A piece of work: a request, or a refresh behind an answer.
pub struct Task<'a, S> {
    /// The deployment that does it.
    pub deployment: &'a Arc<Deployment>,
    /// What the deployment needs from outside.
    pub services: &'a S,
    /// What is noted on the way.
    pub trace: &'a Trace,
}

/// One request.
pub(crate) struct Exchange<'a, S, I> {
    pub(crate) task: Task<'a, S>,
    pub(crate) incoming: &'a I,
    /// The origin that the client used.
    pub(crate) own: &'a Origin,
}
