//! What is the same for every request of an isolate: the settings, the keys that are derived from
//! them, and what the isolate knows.

use crate::config::Config;
use crate::kept::refreshes::Refreshes;
use crate::kept::refusals::Refusals;
use crate::memory::Memory;
use crate::seal::Keys;
use crate::upstream::back_off::BackOff;

/// One deployment of bhcr, as one isolate has it.
pub struct Deployment {
    pub(crate) config: Config,
    pub(crate) keys: Keys,
    pub(crate) memory: Memory,
    pub(crate) refusals: Refusals,
    pub(crate) refreshes: Refreshes,
    pub(crate) back_off: BackOff,
}

impl Deployment {
    /// A deployment with these settings, which knows nothing yet.
    pub fn new(config: Config) -> Self {
        Self {
            keys: Keys::new(&config),
            config,
            memory: Memory::default(),
            refusals: Refusals::default(),
            refreshes: Refreshes::default(),
            back_off: BackOff::default(),
        }
    }
}
