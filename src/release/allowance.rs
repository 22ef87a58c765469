//! Allowance: how many calls upstream a caller may cause whose credential upstream has not accepted.
//!
//! Without a limit, an attacker could make us ask the API about any number of names, with no
//! credential or with an invented one. A credential that upstream accepted within the last hour is
//! not limited, because many machines with one credential may share an IP address.

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
    /// The IP address of the client.
    client: &'a str,
    /// The key in memory of the time at which upstream accepted the credential.
    accepted: Option<String>,
    /// The answer of the platform's rate limit, which is asked once for each request.
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

    /// Notes that upstream accepted the credential.
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
