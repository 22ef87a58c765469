//! The gateway: on a local network, bhcr uses a credential of its own for callers who bring none.
//!
//! Whoever reaches a gateway pulls what its credential may pull. So only callers who come straight
//! from the local network get it.

use std::sync::Arc;

use crate::config::{GATEWAY_TOKEN, Misconfigured};
use crate::deployment::Deployment;
use crate::exchange::Exchange;
use crate::origin::Origin;
use crate::route;
use crate::secret::Secret;
use crate::services::{Incoming, Services};

// Cloudflare sets this header on every request to a Worker and to an origin; clients cannot remove
// it.
const THROUGH_CLOUDFLARE: &str = "cf-ray";
// What proxies add to requests that they pass on, such as the one behind a public device URL.
const FORWARDED: [&str; 6] =
    ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

/// The problem of a gateway to which requests come through Cloudflare: everybody could pull with its
/// credential, so it serves nobody.
pub(super) fn misplaced<I: Incoming>(
    deployment: &Result<Arc<Deployment>, Vec<Misconfigured>>,
    incoming: &I,
) -> Option<Vec<Misconfigured>> {
    let is_gateway = deployment.as_ref().is_ok_and(|it| it.config.gateway_token.is_some());
    if !is_gateway || incoming.header(THROUGH_CLOUDFLARE).is_none() {
        return None;
    }
    let problem = "must not be set where requests come through Cloudflare: everybody could pull \
        with it"
        .to_owned();
    Some(vec![Misconfigured { setting: GATEWAY_TOKEN, problem }])
}

impl<S: Services, I: Incoming<Body = S::Body>> Exchange<'_, S, I> {
    /// The gateway's credential, if this caller gets it.
    pub(super) fn gateway_token(&self) -> Option<&Secret> {
        let token = self.task.deployment.config.gateway_token.as_ref()?;
        let is_passed_on = FORWARDED.iter().any(|name| self.incoming.header(name).is_some());
        // A web page can have its own host name lead to an address in the reader's network, and
        // then read what is there (DNS rebinding). So the host in the request's URL decides, and
        // not `PUBLIC_ORIGIN`.
        let asked = Origin::parse(route::split_url(self.incoming.url()).0);
        let is_private = asked.is_ok_and(|it| it.is_private());
        (!is_passed_on && is_private).then_some(token)
    }
}
