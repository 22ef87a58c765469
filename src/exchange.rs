//! A request on its way to an answer, with everything that the modules need to answer it.

use std::sync::Arc;

use crate::deployment::Deployment;
use crate::origin::Origin;
use crate::trace::Trace;

/// A piece of work: a request, or a refresh after an answer.
pub struct Task<'a, S> {
    /// The deployment that does the work.
    pub deployment: &'a Arc<Deployment>,
    /// The services that it uses.
    pub services: &'a S,
    /// The notes for the log line.
    pub trace: &'a Trace,
}

/// One request.
pub(crate) struct Exchange<'a, S, I> {
    pub(crate) task: Task<'a, S>,
    pub(crate) incoming: &'a I,
    /// The origin that the client used.
    pub(crate) own: &'a Origin,
}
