//! The registry: manifests and blobs of a location.

use http::{Method, StatusCode};

use super::target;
use crate::config::Config;
use crate::fault::{BadRedirect, Fault};
use crate::oci::challenge::TokenError;
use crate::oci::path::Path;
use crate::origin::Origin;
use crate::secret::Secret;
use crate::services::{Call, Reply};

// Manifests and indexes of both OCI and Docker. If one is missing, distribution converts the image
// to schema 1, which has another digest.
const MANIFEST_TYPES: &str = "application/vnd.oci.image.index.v1+json,\
    application/vnd.oci.image.manifest.v1+json,\
    application/vnd.docker.distribution.manifest.list.v2+json,\
    application/vnd.docker.distribution.manifest.v2+json";

/// The call for a path of the registry. `passed` has those of the client's headers that are passed
/// on.
pub fn call(
    config: &Config,
    method: Method,
    path: &Path,
    token: &str,
    passed: impl Iterator<Item = (&'static str, String)>,
) -> Call {
    let accept = match path {
        Path::Manifest(..) => MANIFEST_TYPES,
        Path::Base
        | Path::Blob(..)
        | Path::Uploads(_)
        | Path::Upload(..)
        | Path::Catalog
        | Path::Tags(_)
        | Path::Referrers(..) => "*/*",
    };
    let mut headers = vec![
        ("accept", accept.to_owned()),
        // If the body were compressed on the way, its length would be lost.
        ("accept-encoding", "identity".to_owned()),
    ];
    headers.extend(passed);
    Call {
        method,
        url: format!("{}{path}", config.registry),
        bearer: Some(Secret::new(token)),
        headers,
        deadline: config.numbers.deadline,
    }
}

/// The call for a blob in storage, to which the registry has redirected. Storage gets no token: it
/// could use one to pull whatever that token allows.
pub fn storage_call(config: &Config, url: &str) -> Call {
    let headers = vec![("accept-encoding", "identity".to_owned())];
    let (url, deadline) = (url.to_owned(), config.numbers.deadline);
    Call { method: Method::GET, url, bearer: None, headers, deadline }
}

/// The registry's decision about a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The registry gave the content, a part of it, or 304.
    Content,
    /// Storage has the content.
    Redirect,
    /// The registry does not have the content.
    Unknown,
    /// The content ends before the `Range`.
    OutOfRange,
    /// The registry does not accept the token.
    TokenRefused,
    /// The token is good, but not for this repository.
    Denied,
}

/// Reads the registry's decision from the status and the challenge of its reply.
///
/// # Errors
/// [`Fault`] for every other status.
pub fn judge<B>(reply: &Reply<B>) -> Result<Verdict, Fault> {
    match reply.status {
        StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED => {
            Ok(Verdict::Content)
        }
        StatusCode::RANGE_NOT_SATISFIABLE => Ok(Verdict::OutOfRange),
        StatusCode::TEMPORARY_REDIRECT | StatusCode::FOUND => Ok(Verdict::Redirect),
        StatusCode::NOT_FOUND => Ok(Verdict::Unknown),
        StatusCode::FORBIDDEN => Ok(Verdict::Denied),
        StatusCode::UNAUTHORIZED => {
            match reply.header("www-authenticate").and_then(TokenError::read) {
                Some(TokenError::InsufficientScope) => Ok(Verdict::Denied),
                Some(TokenError::Invalid) | None => Ok(Verdict::TokenRefused),
            }
        }
        _ => Err(Fault::in_reply(reply)),
    }
}

/// The target of a redirect, if a client may be sent there.
///
/// # Errors
/// [`Fault`] if there is no target, and as [`may_lead_to`].
pub fn redirect_target<'r, B>(
    config: &Config,
    own: &Origin,
    reply: &'r Reply<B>,
) -> Result<&'r str, Fault> {
    let url = reply.header("location").ok_or(BadRedirect::NoLocation)?;
    may_lead_to(config, own, url)?;
    // The URL is relayed unchanged, because its signature covers every byte.
    Ok(url)
}

/// Whether a client that used the origin `own` may be sent to `url`. A redirect may only lead to
/// storage. With any other target, a malicious registry could collect the client's token.
///
/// # Errors
/// [`Fault`] for anything but a whole URL; to the API, the registry, or our own host `own` or a
/// sub-domain of it (Go clients keep `Authorization` for those); and from https to http.
pub fn may_lead_to(config: &Config, own: &Origin, url: &str) -> Result<(), Fault> {
    if !url.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(BadRedirect::NotAHeader.into());
    }
    let target = target::origin(url)?;
    if (config.registry.is_https() || own.is_https()) && !target.is_https() {
        return Err(BadRedirect::Downgrade.into());
    }
    let upstream = [&config.registry, &config.api];
    if upstream.iter().any(|origin| origin.server() == target.server()) {
        return Err(BadRedirect::ToUpstream.into());
    }
    // A host with a dot at its end is the same host, but a different text.
    if target.host().ends_with('.') || is_own(&target, own) {
        return Err(BadRedirect::ToOurselves.into());
    }
    Ok(())
}

// Go clients compare hosts without ports, so they would send the token to another port of our host.
// On loopback, ports are all that tells servers apart, and the token does not leave the machine.
fn is_own(target: &Origin, own: &Origin) -> bool {
    let same = match own.is_loopback() {
        true => target.server() == own.server(),
        false => target.host() == own.host(),
    };
    same || target.host().ends_with(&format!(".{}", own.host()))
}
