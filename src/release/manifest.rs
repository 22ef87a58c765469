//! Manifests: a tag is the release's one image, a digest is itself.

use http::StatusCode;

use super::pull::{self, Given, Granted};
use crate::answer::{Answer, Failure};
use crate::deployment::Exchange;
use crate::oci::path::Path;
use crate::oci::reference::Reference;
use crate::services::{Incoming, Reply, Services};
use crate::upstream::Fault;

// The only tag in a release's repository upstream.
const UPSTREAM_TAG: &str = "latest";
const PASSED: [&str; 1] = ["if-none-match"];

/// Serves a manifest.
///
/// # Errors
/// [`Failure`] where it is not there, or upstream could not serve.
pub(crate) async fn serve<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    reference: Reference<'_>,
) -> Result<Answer<S::Body>, Failure> {
    let reference = match reference {
        Reference::Tag(tag) if tag.is_attachment() => return Err(Failure::ManifestUnknown),
        Reference::Tag(_) => Reference::parse(UPSTREAM_TAG).expect("it is a tag"),
        Reference::Digest(_) => reference,
    };
    let path = Path::Manifest(granted.location.repository(), reference);
    match pull::ask(exchange, granted, path, &PASSED).await? {
        Given::Content(reply) if says_what_it_is(&reply) => Ok(Answer::relayed(reply)),
        Given::Content(_) => {
            Err(Fault::Broken("gave a manifest without a digest".to_owned()).into())
        }
        Given::Nothing => Err(Failure::ManifestUnknown),
        Given::Redirect(_) => Err(Fault::Broken("redirected a manifest".to_owned()).into()),
    }
}

fn says_what_it_is<B>(reply: &Reply<B>) -> bool {
    reply.status != StatusCode::OK || reply.header("docker-content-digest").is_some()
}
