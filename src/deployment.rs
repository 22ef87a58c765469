//! What is the same for every request: the settings, the keys that come of them, and the memory
//! of the isolate.

use crate::config::Config;
use crate::memory::Memory;
use crate::seal::Keys;

/// One deployment of bhcr.
pub struct Deployment {
    pub(crate) config: Config,
    pub(crate) keys: Keys,
    pub(crate) memory: Memory,
}

impl Deployment {
    /// A deployment with these settings.
    pub fn new(config: Config) -> Self {
        Self { keys: Keys::new(&config), config, memory: Memory::default() }
    }
}
