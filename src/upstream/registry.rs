//! The registry: manifests and blobs of a location.

use http::{Method, StatusCode};
use url::Url;

use super::Fault;
use crate::config::Config;
use crate::oci::challenge::TokenError;
use crate::oci::path::Path;
use crate::origin::Origin;
use crate::secret::Secret;
use crate::services::{Call, Reply};

// Both families, image manifests and indexes. With less than this distribution rewrites an image
// to schema 1, under another digest.
const MANIFEST_TYPES: &str = "application/vnd.oci.image.index.v1+json,\
    application/vnd.oci.image.manifest.v1+json,\
    application/vnd.docker.distribution.manifest.list.v2+json,\
    application/vnd.docker.distribution.manifest.v2+json";

/// The call for a path of the registry, with those of the client's headers that may pass.
pub fn call(
    config: &Config,
    method: Method,
    path: &Path,
    token: &str,
    passed: impl Iterator<Item = (&'static str, String)>,
) -> Call {
    let accept = match path {
        Path::Manifest(..) => MANIFEST_TYPES,
        _ => "*/*",
    };
    let mut headers = vec![
        ("accept", accept.to_owned()),
        // A body that is compressed on the way loses its length.
        ("accept-encoding", "identity".to_owned()),
    ];
    headers.extend(passed);
    Call {
        method,
        url: format!("{}{path}", config.registry),
        bearer: Some(Secret::new(token)),
        headers,
        deadline: config.deadline,
    }
}

/// What the registry made of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its content, a part of it, or that the client has it already: to be handed through.
    Content,
    /// It is elsewhere.
    Redirect,
    /// It is not there.
    Unknown,
    /// It is there, but not what the `Range` asks for.
    OutOfRange,
    /// The token is not, or no longer, accepted.
    TokenRefused,
    /// The token is good, but not for this.
    Denied,
}

/// Judges a reply by its status and challenge.
///
/// # Errors
/// [`Fault`] for every status that a registry does not give to a well-formed call.
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

/// Where a redirect leads to, if a client may be sent there.
///
/// # Errors
/// [`Fault`] for a redirect to nowhere, and as [`may_lead_to`].
pub fn redirect_target<'r, B>(
    config: &Config,
    own: &Origin,
    reply: &'r Reply<B>,
) -> Result<&'r str, Fault> {
    let url = reply.header("location").ok_or_else(|| refuse("to nowhere"))?;
    may_lead_to(config, own, url)?;
    // As it came: a signature covers its every byte.
    Ok(url)
}

/// Whether a client that came by `own` may be sent to `url`: to storage, and never back to where
/// its token would go along.
///
/// # Errors
/// [`Fault`] for anything but a whole URL; to the API, the registry, or our own host `own` or a
/// sub-domain of it (Go clients keep `Authorization` for those); and from https to http.
pub fn may_lead_to(config: &Config, own: &Origin, url: &str) -> Result<(), Fault> {
    if !url.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(refuse("to something that no header can carry"));
    }
    let url = Url::parse(url).map_err(|_| refuse("to something that is no URL"))?;
    let target = Origin::parse(&url.origin().ascii_serialization())
        .map_err(|_| refuse("to another kind of place than http"))?;

    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("with a password in the URL"));
    }
    if (config.registry.is_https() || own.is_https()) && !target.is_https() {
        return Err(refuse("from https to http"));
    }
    let upstream = [&config.registry, &config.api];
    if upstream.iter().any(|origin| origin.server() == target.server()) {
        return Err(refuse("to the registry or the API"));
    }
    // With a dot at its end a host is the same one, and compares as another.
    if target.host().ends_with('.') || is_own(&target, own) {
        return Err(refuse("to our own host or a sub-domain of it"));
    }
    Ok(())
}

fn refuse(why: &str) -> Fault {
    Fault::Broken(format!("redirected {why}"))
}

// Go clients look at the host without its port. On one machine nothing but ports tells servers
// apart, and nobody else is there to hear a token.
fn is_own(target: &Origin, own: &Origin) -> bool {
    let same = match own.is_loopback() {
        true => target.server() == own.server(),
        false => target.host() == own.host(),
    };
    same || target.host().ends_with(&format!(".{}", own.host()))
}
