//! Blobs: bhcr relays the redirect to storage, or passes the registry's stream through. A redirect
//! whose URL says when it expires is used again for the same blob, location and method.

use http::{Method, StatusCode};

use super::place::redirect;
use super::pull::{self, Given, Granted};
use crate::answer::{Answer, Failure};
use crate::balena::location::Location;
use crate::exchange::Exchange;
use crate::fault::Fault;
use crate::marks::back_off::Part;
use crate::oci::digest::Digest;
use crate::oci::path::Path;
use crate::services::{Call, Incoming, ReadBody, Services};
use crate::trace::Source;
use crate::upstream::attempt::Attempt;
use crate::upstream::{registry, signed_url};

/// The longest blob that is read, in bytes.
pub const MAX_READ: usize = 256 * 1024;

const PASSED: [&str; 3] = ["range", "if-range", "if-none-match"];

/// The blob's redirect, if the isolate's memory has it.
pub(super) fn recalled<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    location: &Location,
    digest: Digest,
) -> Option<Answer<S::Body>> {
    let Exchange { task, incoming, own } = exchange;
    let redirect = redirect::recall(task, location, &incoming.method(), digest)?;
    registry::may_lead_to(&task.deployment.config, own, &redirect.url).ok()?;
    task.trace.content(Source::Memory);
    Some(Answer::redirect(&redirect.url))
}

/// Serves a blob.
///
/// # Errors
/// [`Failure`] if the registry does not have it, or if upstream failed.
pub(crate) async fn serve<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    digest: Digest,
) -> Result<Answer<S::Body>, Failure> {
    let Exchange { task, incoming, own } = exchange;
    let config = &task.deployment.config;
    let method = incoming.method();
    let kept = redirect::look_up(task, granted.location, &method, digest).await;
    if let Ok(found) = &kept
        // The redirect was checked for the host that another client used, so it is checked again
        // for this one: a client's token must not go along to its own host.
        && registry::may_lead_to(config, own, &found.value().url).is_ok()
    {
        task.trace.content(found.source());
        return Ok(Answer::redirect(&found.value().url));
    }
    let path = Path::Blob(granted.location.repository().clone(), digest);
    let call = pull::call(exchange, granted, method, &path, &PASSED);
    let attempt = Attempt { part: Part::Registry, call: &call, has_fallback: false };
    let reply = attempt.send(task).await;
    task.trace.content(Source::Registry);
    match pull::given(exchange, granted, reply?)? {
        Given::Content(reply) => Ok(Answer::relayed(reply)),
        Given::Nothing => Err(Failure::BlobUnknown),
        Given::Redirect(reply) => {
            let url = registry::redirect_target(config, own, &reply)?;
            if let (Some(expires), Err(policy)) = (signed_url::expiry(url), &kept) {
                redirect::learn(task, policy, url, expires);
            }
            Ok(Answer::redirect(url))
        }
    }
}

/// Reads a blob. `None` if the registry does not have it, or if it is longer than [`MAX_READ`]. The
/// call to storage carries no token, and a redirect of storage is not followed.
///
/// # Errors
/// [`Failure`] if upstream failed.
pub(super) async fn read<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    digest: Digest,
) -> Result<Option<Vec<u8>>, Failure> {
    let Exchange { task, own, .. } = exchange;
    let config = &task.deployment.config;
    let read = async |call: &Call| {
        let attempt = Attempt { part: Part::Registry, call, has_fallback: false };
        attempt.send_and_read(task, MAX_READ).await
    };
    let path = Path::Blob(granted.location.repository().clone(), digest);
    let call = pull::call(exchange, granted, Method::GET, &path, &[]);
    let reply = match pull::given(exchange, granted, read(&call).await?)? {
        Given::Nothing => return Ok(None),
        Given::Content(reply) => reply,
        Given::Redirect(reply) => {
            let url = registry::redirect_target(config, own, &reply)?.to_owned();
            let reply = read(&Call { url, bearer: None, ..call }).await?;
            if reply.status != StatusCode::OK {
                return Err(Fault::in_reply(&reply).into());
            }
            reply
        }
    };
    Ok(match reply.body {
        ReadBody::Whole(body) => Some(body),
        ReadBody::Longer(_) => None,
    })
}
