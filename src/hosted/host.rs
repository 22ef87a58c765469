//! What a request about hosted repositories works with.

use crate::account::credential::SecretHash;
use crate::allowance::{Allowance, CLIENT};
use crate::exchange::{Exchange, Task};
use crate::memory::Memory;
use crate::refusal::Refusal;
use crate::services::{Hosting, Incoming, Services};

/// What a request about hosted repositories works with.
pub(crate) struct Host<'a, S: Services> {
    pub(crate) task: &'a Task<'a, S>,
    pub(crate) database: &'a S::Database,
    pub(crate) objects: &'a S::Objects,
    allowance: Allowance,
}

impl<'a, S: Services> Host<'a, S> {
    /// The host of a request. `None` if hosting is off.
    pub(crate) fn new<I: Incoming>(exchange: &'a Exchange<'a, S, I>) -> Option<Self> {
        let Exchange { task, incoming, .. } = exchange;
        let Hosting { database, objects } = task.services.hosting()?;
        let allowance = Allowance::new(&incoming.header(CLIENT).unwrap_or_default());
        Some(Self { task, database, objects, allowance })
    }

    /// Permits a request to read the catalog. A caller whose secret was accepted lately may always;
    /// a stranger as often as the platform's limit allows. One database answers all accounts, so a
    /// stranger could otherwise keep it too busy for all of them.
    ///
    /// # Errors
    /// [`Refusal::TooMany`].
    pub(crate) async fn admit(&self, secret: Option<SecretHash>) -> Result<(), Box<Refusal>> {
        let secret = secret.map(SecretHash::to_hex);
        let permitted = self.allowance.permits(self.task, secret.as_deref()).await;
        permitted.then_some(()).ok_or_else(|| Refusal::TooMany.into())
    }

    /// The database and the objects, for uploads.
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

    /// Whether rights that were read at `read_at` (seconds since 1970) still hold.
    pub(crate) fn is_current(&self, read_at: u64) -> bool {
        self.left(read_at) > 0
    }

    /// For how many more seconds rights hold that were read at `read_at` (seconds since 1970).
    pub(crate) fn left(&self, read_at: u64) -> u64 {
        let age = self.now().saturating_sub(read_at);
        self.task.deployment.config.numbers.rights_seconds.saturating_sub(age)
    }
}
