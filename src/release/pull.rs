//! What manifests and blobs have in common: a grant, and a call to the registry under it.

use std::borrow::Cow;

use http::Method;

use super::place;
use crate::answer::Failure;
use crate::balena::location::Location;
use crate::exchange::Exchange;
use crate::oci::challenge::TokenError;
use crate::oci::name::Name;
use crate::oci::path::Path;
use crate::oci::range;
use crate::services::{Call, Incoming, Reply, Services};
use crate::upstream::registry::{self, Verdict};

/// The right to pull one repository.
#[derive(Clone, Copy, Debug)]
pub struct Granted<'a> {
    /// The name as the client says it.
    pub name: &'a Name,
    /// Where the image is stored.
    pub location: &'a Location,
    /// Until when a tag means this image, in seconds since 1970.
    pub tag_until: u64,
    /// The upstream token that serves the location.
    pub token: &'a str,
}

/// What the registry has to give for a path.
pub(super) enum Given<B> {
    /// The content.
    Content(Reply<B>),
    /// A redirect to it.
    Redirect(Reply<B>),
    /// Nothing: the registry does not have it.
    Nothing,
}

/// The call that asks the registry for `path`, with the client's headers `passed`.
pub(super) fn call<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    method: Method,
    path: &Path,
    passed: &[&'static str],
) -> Call {
    let value = |name| exchange.incoming.header(name).map(Cow::into_owned);
    let is_good = |name, value: &String| name != "range" || range::is_valid(value);
    let passed = passed
        .iter()
        .filter_map(|name| Some((*name, value(name)?)))
        .filter(|(name, value)| is_good(*name, value));
    registry::call(&exchange.task.deployment.config, method, path, granted.token, passed)
}

/// What the registry's reply comes to. What the registry refuses is not used again for anybody.
pub(super) fn given<S: Services, I, B>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    reply: Reply<B>,
) -> Result<Given<B>, Failure> {
    let name = || granted.name.clone();
    match registry::judge(&reply)? {
        Verdict::Content => Ok(Given::Content(reply)),
        Verdict::Redirect => Ok(Given::Redirect(reply)),
        Verdict::Unknown => Ok(Given::Nothing),
        Verdict::OutOfRange => {
            let content_range = reply.header("content-range").map(str::to_owned);
            Err(Failure::OutOfRange { content_range })
        }
        Verdict::Denied => {
            place::refused(&exchange.task, granted.location);
            Err(Failure::Denied(name()))
        }
        Verdict::TokenRefused => {
            place::refused(&exchange.task, granted.location);
            Err(Failure::Unauthenticated { name: Some(name()), error: Some(TokenError::Invalid) })
        }
    }
}
