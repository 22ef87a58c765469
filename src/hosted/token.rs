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

/// The rights to each of these images, all that the caller has and not only those asked for. A
/// caller without any is given none: whether there is such an image is not told here.
///
/// # Errors
/// [`Refusal::Database`], or [`Refusal::TooMany`] for a stranger.
pub(crate) async fn rights<S: Services>(
    host: &Host<'_, S>,
    images: &[ImageName],
    identity: Option<&Identity>,
) -> Result<Vec<Rights>, Refusal> {
    let holder = identity.map(|identity| Holder {
        account: identity.account.clone(),
        caller: identity.caller.clone(),
    });
    judge::read(host, images, holder.as_ref()).await
}

/// When a token ends that is given at `now`, both in seconds since 1970: with the caller's secret,
/// if that ends first.
pub(crate) fn expires(now: u64, identity: Option<&Identity>) -> u64 {
    let end = identity.and_then(|identity| identity.expires);
    end.map_or(now + TOKEN_SECONDS, |end| end.min(now + TOKEN_SECONDS))
}
