//! Whether a token request may cause calls upstream. Callers that upstream has not accepted lately
//! are limited: an attacker could otherwise have us ask the API for any number of names.

use crate::allowance::{self, Allowance};
use crate::exchange::Task;
use crate::fault::Fault;
use crate::marks::back_off::DEFAULT_RETRY_AFTER;
use crate::secret::Secret;
use crate::services::Services;

/// The permission of one request.
pub(super) struct Permission {
    allowance: Allowance,
    /// The keyed digest of the caller's credential.
    credential: Option<String>,
}

impl Permission {
    /// The permission of a client, by its address, with this credential.
    pub(super) fn new<S>(task: &Task<'_, S>, client: &str, credential: Option<&Secret>) -> Self {
        let digest = |credential| task.deployment.keys.digest(credential, "accepted");
        Self { allowance: Allowance::new(client), credential: credential.map(digest) }
    }

    /// Whether the request may cause a call.
    ///
    /// # Errors
    /// [`Fault::TooManyRequests`].
    pub(super) async fn check<S: Services>(&self, task: &Task<'_, S>) -> Result<(), Fault> {
        match self.allowance.permits(task, self.credential.as_deref()).await {
            true => Ok(()),
            false => Err(Fault::TooManyRequests { retry_after: Some(DEFAULT_RETRY_AFTER) }),
        }
    }

    /// Whether the request may cause the calls for one more name. Each time counts for the limit.
    ///
    /// # Errors
    /// [`Fault::TooManyRequests`].
    pub(super) async fn check_again<S: Services>(&self, task: &Task<'_, S>) -> Result<(), Fault> {
        let Self { allowance, credential } = self;
        Self { allowance: allowance.another(), credential: credential.clone() }.check(task).await
    }

    /// Notes that upstream accepted the credential.
    pub(super) fn accept<S: Services>(&self, task: &Task<'_, S>) {
        self.credential.iter().for_each(|credential| allowance::accept(task, credential));
    }

    /// Notes that upstream refused the credential.
    pub(super) fn refuse<S: Services>(&self, task: &Task<'_, S>) {
        self.credential.iter().for_each(|credential| allowance::refuse(task, credential));
    }
}
