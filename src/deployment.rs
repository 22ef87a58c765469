//! What is the same for every request: the settings, the keys that come of them, and the memory
//! of the isolate.

use std::sync::Arc;

use crate::config::Config;
use crate::memory::Memory;
use crate::origin::Origin;
use crate::seal::Keys;
use crate::trace::Trace;

/// One deployment of bhcr.
pub struct Deployment {
    pub(crate) config: Config,
    pub(crate) keys: Keys,
    pub(crate) memory: Memory,
}

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

impl Deployment {
    /// A deployment with these settings.
    pub fn new(config: Config) -> Self {
        Self { keys: Keys::new(&config), config, memory: Memory::default() }
    }
}
