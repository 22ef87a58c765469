//! What a request about hosted repositories works with.

use crate::exchange::Task;
use crate::memory::Memory;
use crate::services::{Hosting, Services};

/// What a request about hosted repositories works with.
pub(crate) struct Host<'a, S: Services> {
    pub(crate) task: &'a Task<'a, S>,
    pub(crate) database: &'a S::Database,
    pub(crate) objects: &'a S::Objects,
}

impl<'a, S: Services> Host<'a, S> {
    /// The host of a piece of work. `None` where hosting is off.
    pub(crate) fn new(task: &'a Task<'a, S>) -> Option<Self> {
        let Hosting { database, objects } = task.services.hosting()?;
        Some(Self { task, database, objects })
    }

    /// The services, as uploads want them.
    pub(crate) fn hosting(&self) -> Hosting<'a, S> {
        Hosting { database: self.database, objects: self.objects }
    }

    /// The time, in seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.task.services.now()
    }

    /// What the isolate remembers.
    pub(crate) fn memory(&self) -> &'a Memory {
        &self.task.deployment.memory
    }

    /// Whether rights that were read at this time, in seconds since 1970, still serve.
    pub(crate) fn is_current(&self, read_at: u64) -> bool {
        self.left(read_at) > 0
    }

    /// How many seconds rights that were read at this time, in seconds since 1970, still serve.
    pub(crate) fn left(&self, read_at: u64) -> u64 {
        let age = self.now().saturating_sub(read_at);
        self.task.deployment.config.rights_seconds.saturating_sub(age)
    }
}
