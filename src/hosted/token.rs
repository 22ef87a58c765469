//! The part of the token endpoint that is about hosted names.

use super::catalog::accounts::Identity;
use super::host::Host;
use super::judge;
use crate::account::caller::Holder;
use crate::account::name::ImageName;
use crate::account::rights::Rights;
use crate::refusal::Refusal;
use crate::services::Services;

/// How long a token with rights to hosted names lives, in seconds.
pub(crate) const TOKEN_SECONDS: u64 = 3600;

/// All rights of the caller to each of these images, not only those that the scopes ask for. A
/// caller without rights gets empty ones and no error, so that nobody learns from a token which
/// images exist.
///
/// # Errors
/// [`Refusal::Database`], or [`Refusal::TooMany`] for a stranger.
pub(crate) async fn rights<S: Services>(
    host: &Host<'_, S>,
    images: &[ImageName],
    identity: Option<&Identity>,
) -> Result<Vec<Rights>, Box<Refusal>> {
    let holder = identity.map(|identity| Holder {
        account: identity.account.clone(),
        caller: identity.caller.clone(),
    });
    judge::read(host, images, holder.as_ref()).await
}

/// When a token that is made at `now` expires, both in seconds since 1970: after [`TOKEN_SECONDS`],
/// or with the caller's secret if that expires earlier.
pub(crate) fn expires(now: u64, identity: Option<&Identity>) -> u64 {
    let end = identity.and_then(|identity| identity.expires);
    end.map_or(now + TOKEN_SECONDS, |end| end.min(now + TOKEN_SECONDS))
}
