//! Allowance: how often a client may cause work elsewhere before its credential was accepted.
//!
//! Without a limit, a stranger could have us ask for any number of names, and a made-up credential
//! would be as good as none. A credential that was accepted within the last hour is not limited: many
//! machines with one credential may share an address.

use std::cell::OnceCell;
use std::net::Ipv6Addr;
use std::sync::Arc;

use crate::exchange::Task;
use crate::services::Services;

/// What the limit counts by, for the address of a client: an IPv4 address, or the first 64 bits of an
/// IPv6 address. One IPv6 client has the other 64 bits to itself, and could change them with each call.
pub fn network(address: &str) -> String {
    match address.parse::<Ipv6Addr>() {
        Ok(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Err(_) => address.to_owned(),
    }
}

/// The header in which Cloudflare gives the address of the client.
pub(crate) const CLIENT: &str = "cf-connecting-ip";

const ACCEPTED_SECONDS: u64 = 3600;

/// The allowance of one request.
#[derive(Debug)]
pub(crate) struct Allowance {
    /// The network of the client.
    client: String,
    /// What the platform's limit said; it is asked once for a request.
    permitted: OnceCell<bool>,
}

impl Allowance {
    /// The allowance of a client, by its address.
    pub(crate) fn new(client: &str) -> Self {
        Self { client: network(client), permitted: OnceCell::new() }
    }

    /// Another allowance of the same client, for which the platform's limit is asked again.
    pub(crate) fn another(&self) -> Self {
        Self { client: self.client.clone(), permitted: OnceCell::new() }
    }

    /// Whether the request may cause work, with a credential of this digest if it has one.
    pub(crate) async fn permits<S: Services>(
        &self,
        task: &Task<'_, S>,
        credential: Option<&str>,
    ) -> bool {
        if credential.is_some_and(|credential| is_accepted(task, credential)) {
            return true;
        }
        let permitted = match self.permitted.get() {
            Some(permitted) => *permitted,
            None => task.services.permits(&self.client).await,
        };
        *self.permitted.get_or_init(|| permitted)
    }
}

/// Notes that the credential of this digest was accepted.
pub(crate) fn accept<S: Services>(task: &Task<'_, S>, credential: &str) {
    let now = Arc::new(task.services.now());
    task.deployment.memory.remember(&key(credential), now, size_of::<u64>());
}

/// Notes that the credential of this digest was refused.
pub(crate) fn refuse<S: Services>(task: &Task<'_, S>, credential: &str) {
    task.deployment.memory.forget(&key(credential));
}

fn is_accepted<S: Services>(task: &Task<'_, S>, credential: &str) -> bool {
    let at = task.deployment.memory.recall::<u64>(&key(credential));
    at.is_some_and(|at| task.services.now() < *at + ACCEPTED_SECONDS)
}

fn key(credential: &str) -> String {
    format!("accepted/{credential}")
}
