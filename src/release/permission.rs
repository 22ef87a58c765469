//! Whether a token request may cause calls upstream. Callers that upstream has not accepted lately
//! are limited: an attacker could otherwise have us ask the API for any number of names.

use std::cell::OnceCell;

use crate::allowance::{self, Allowance, CLIENT};
use crate::exchange::{Exchange, Task};
use crate::fault::Fault;
use crate::marks::back_off::DEFAULT_RETRY_AFTER;
use crate::secret::Secret;
use crate::services::{Incoming, Services};

/// The permission of one request.
#[derive(Debug)]
pub(super) struct Permission {
    allowance: Allowance,
    /// The keyed digest of the caller's credential.
    credential: Option<String>,
}

impl Permission {
    /// The permission of the client, by its address, with this credential.
    pub(super) fn new<S, I: Incoming>(
        exchange: &Exchange<'_, S, I>,
        credential: Option<&Secret>,
    ) -> Self {
        let digest = |credential| exchange.task.deployment.keys.digest(credential, "accepted");
        let client = exchange.incoming.header(CLIENT).unwrap_or_default();
        Self { allowance: Allowance::new(&client), credential: credential.map(digest) }
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

/// The reads of one image upstream for an index or a page: of its manifest, the manifest of its first
/// platform, and its config. They count once together. Without a limit, anybody could have an index of
/// seven images cost over twenty calls with one small request.
#[derive(Debug, Default)]
pub(super) struct Reads(OnceCell<Permission>);

impl Reads {
    /// Counts a read.
    ///
    /// # Errors
    /// [`Fault::TooManyRequests`] if the client is over its limit.
    pub(super) async fn count<S: Services, I: Incoming>(
        &self,
        exchange: &Exchange<'_, S, I>,
    ) -> Result<(), Fault> {
        self.0.get_or_init(|| Permission::new(exchange, None)).check(&exchange.task).await
    }
}
