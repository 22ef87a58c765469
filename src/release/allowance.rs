//! Allowance: how many calls upstream a caller may cause that upstream has not accepted yet.
//!
//! Without a limit, an attacker could have us ask the API for any number of names, and a made-up
//! credential would be as good as none. A credential that upstream accepted within the last hour is
//! not limited: many machines with one credential may share an address.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::exchange::Task;
use crate::fault::Fault;
use crate::marks::back_off::DEFAULT_RETRY_AFTER;
use crate::secret::Secret;
use crate::services::Services;

const ACCEPTED_SECONDS: u64 = 3600;

/// The allowance of one request.
pub(super) struct Allowance<'a> {
    /// The address of the client.
    client: &'a str,
    /// Where it is remembered that upstream accepted the credential.
    accepted: Option<String>,
    /// What the platform's limit said; it is asked once for a request.
    permitted: OnceCell<bool>,
}

impl<'a> Allowance<'a> {
    /// The allowance of a client with this credential, if any.
    pub(super) fn new<S>(task: &Task<'_, S>, client: &'a str, credential: Option<&Secret>) -> Self {
        let key = |credential| task.deployment.keys.digest(credential, "accepted");
        let accepted = credential.map(|credential| format!("accepted/{}", key(credential)));
        Self { client, accepted, permitted: OnceCell::new() }
    }

    /// Whether the request may cause a call.
    ///
    /// # Errors
    /// [`Fault::TooManyRequests`].
    pub(super) async fn check<S: Services>(&self, task: &Task<'_, S>) -> Result<(), Fault> {
        let permitted = match self.permitted.get() {
            Some(permitted) => *permitted,
            None => self.is_accepted(task) || task.services.permits(self.client).await,
        };
        match self.permitted.get_or_init(|| permitted) {
            true => Ok(()),
            false => Err(Fault::TooManyRequests { retry_after: Some(DEFAULT_RETRY_AFTER) }),
        }
    }

    /// Upstream accepted the credential.
    pub(super) fn accept<S: Services>(&self, task: &Task<'_, S>) {
        if let Some(key) = &self.accepted {
            let now = Arc::new(task.services.now());
            task.deployment.memory.remember(key, now, size_of::<u64>());
        }
    }

    fn is_accepted<S: Services>(&self, task: &Task<'_, S>) -> bool {
        let at = |key: &String| task.deployment.memory.recall::<u64>(key);
        let at = self.accepted.as_ref().and_then(at);
        at.is_some_and(|at| task.services.now() < *at + ACCEPTED_SECONDS)
    }
}
