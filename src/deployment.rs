//! What is the same for every request: the settings, and the keys that come of them.

use crate::config::Config;
use crate::origin::Origin;
use crate::seal::Keys;

/// One deployment of bhcr.
pub struct Deployment {
    pub(crate) config: Config,
    pub(crate) keys: Keys,
}

/// One request on its way to an answer, and what it needs on it.
pub(crate) struct Exchange<'a, S, I> {
    pub(crate) deployment: &'a Deployment,
    pub(crate) services: &'a S,
    pub(crate) incoming: &'a I,
    /// The origin that the client used.
    pub(crate) own: &'a Origin,
}

impl Deployment {
    /// A deployment with these settings.
    pub fn new(config: Config) -> Self {
        Self { keys: Keys::new(&config), config }
    }
}
