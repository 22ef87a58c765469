//! What all requests of an isolate share: the settings, the keys that are derived from them, and
//! the isolate's memory.

use crate::config::Config;
use crate::marks::Marks;
use crate::memory::Memory;
use crate::seal::Keys;

/// One deployment of bhcr in one isolate.
pub struct Deployment {
    pub(crate) config: Config,
    pub(crate) keys: Keys,
    pub(crate) memory: Memory,
    pub(crate) marks: Marks,
}

impl Deployment {
    /// A deployment with these settings and an empty memory.
    pub fn new(config: Config) -> Self {
        Self {
            keys: Keys::new(&config),
            config,
            memory: Memory::default(),
            marks: Marks::default(),
        }
    }
}
