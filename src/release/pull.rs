//! The common parts of pulling manifests and blobs: a grant, and a call to the registry with it.

use std::borrow::Cow;

use futures_util::FutureExt;
use http::Method;

use super::permission::Reads;
use super::place;
use crate::answer::Failure;
use crate::balena::location::Location;
use crate::exchange::Exchange;
use crate::fault::Fault;
use crate::oci::challenge::TokenError;
use crate::oci::name::Name;
use crate::oci::path::Path;
use crate::oci::range;
use crate::services::{Call, Incoming, Reply, Services};
use crate::upstream::registry::{self, Verdict};

/// The right to pull one repository.
#[derive(Clone, Copy, Debug)]
pub struct Granted<'a> {
    /// The name in the client's request.
    pub name: &'a Name,
    /// Where the image is stored.
    pub location: &'a Location,
    /// Until when a tag means this image, in seconds since 1970.
    pub tag_until: u64,
    /// The upstream token for the location.
    pub token: &'a str,
    /// What counts its reads, if bhcr reads more than the client asked for.
    pub(super) reads: Option<&'a Reads>,
}

impl Granted<'_> {
    /// Whether the image may be read upstream.
    ///
    /// # Errors
    /// [`Fault::TooManyRequests`] if the client is over its limit.
    pub(super) async fn may_be_read<S: Services, I: Incoming>(
        &self,
        exchange: &Exchange<'_, S, I>,
    ) -> Result<(), Fault> {
        match self.reads {
            // In a box of its own, so that it is compiled once.
            Some(reads) => reads.count(exchange).boxed_local().await,
            None => Ok(()),
        }
    }
}

/// The registry's answer to a request for content.
pub(super) enum Given<B> {
    /// The content.
    Content(Reply<B>),
    /// A redirect to it.
    Redirect(Reply<B>),
    /// The registry does not have it.
    Nothing,
}

/// The call to the registry for `path`, with those of the client's headers that are `passed` on.
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

/// Reads the registry's reply. If the registry refuses the location, ends everything kept of it.
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
