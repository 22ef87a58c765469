//! What is the same for every request of an isolate: the settings, the keys that are derived from
//! them, and what the isolate knows.

use crate::config::Config;
use crate::marks::Marks;
use crate::memory::Memory;
use crate::seal::Keys;

/// One deployment of bhcr, as one isolate has it.
pub struct Deployment {
    pub(crate) config: Config,
    pub(crate) keys: Keys,
    pub(crate) memory: Memory,
    pub(crate) marks: Marks,
}

impl Deployment {
    /// A deployment with these settings, which knows nothing yet.
    pub fn new(config: Config) -> Self {
        Self {
            keys: Keys::new(&config),
            config,
            memory: Memory::default(),
            marks: Marks::default(),
        }
    }
}
