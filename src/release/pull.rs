//! What manifests and blobs have in common: a grant, and a call to the registry under it.

use super::location::Location;
use crate::answer::Failure;
use crate::deployment::Exchange;
use crate::oci::challenge::TokenError;
use crate::oci::name::Name;
use crate::oci::path::Path;
use crate::services::{Incoming, Reply, Services};
use crate::upstream::registry::{self, Verdict};
use crate::upstream::{Fault, attempt};

/// The right to pull one repository.
#[derive(Clone, Copy, Debug)]
pub struct Granted<'a> {
    /// The name as the client says it.
    pub name: Name<'a>,
    /// Where the image is stored.
    pub location: &'a Location,
    /// The upstream token that serves it.
    pub token: &'a str,
}

/// What the registry has to give for a path.
pub(super) enum Given<B> {
    /// The content.
    Content(Reply<B>),
    /// A redirect to it.
    Redirect(Reply<B>),
    /// Nothing: it is not there.
    Nothing,
}

/// Asks the registry for `path`, with the client's headers `passed`.
pub(super) async fn ask<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    path: Path<'_>,
    passed: &[&'static str],
) -> Result<Given<S::Body>, Failure> {
    let Exchange { deployment, services, incoming, trace, .. } = exchange;
    let passed = passed.iter().filter_map(|name| Some((*name, incoming.header(name)?.to_owned())));
    let call = registry::call(&deployment.config, incoming.method(), path, granted.token, passed);
    let reply = attempt::send(*services, trace, &call).await.map_err(Fault::from)?;
    let name = granted.name.to_string();
    match registry::judge(&reply)? {
        Verdict::Content => Ok(Given::Content(reply)),
        Verdict::Redirect => Ok(Given::Redirect(reply)),
        Verdict::Unknown => Ok(Given::Nothing),
        Verdict::OutOfRange => {
            let content_range = reply.header("content-range").map(str::to_owned);
            Err(Failure::OutOfRange { content_range })
        }
        Verdict::Denied => Err(Failure::Denied(name)),
        Verdict::TokenRefused => {
            Err(Failure::Unauthenticated { name: Some(name), error: Some(TokenError::Invalid) })
        }
    }
}
