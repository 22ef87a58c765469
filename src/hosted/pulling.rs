//! Blobs that are pulled, as requests and answers (OCI distribution specification 1.1, end-2).

use http::{Method, StatusCode};

use super::blob::{self, Asked, PullError, Pulled, Redirects};
use super::host::Host;
use super::judge;
use crate::account::name::ImageName;
use crate::account::rights::Action;
use crate::account::rights::Rights;
use crate::answer::Answer;
use crate::oci::digest::Digest;
use crate::refusal::Refusal;
use crate::services::{Incoming, Services};

const OCTETS: &str = "application/octet-stream";
// A URL for fewer seconds could expire before a client follows it, so rights are read again
// instead.
const LEAST_SECONDS: u64 = 10;

/// Answers GET and HEAD of a blob.
///
/// # Errors
/// [`Refusal::BlobUnknown`], or one of the services failed.
pub(crate) async fn blob<S: Services, I: Incoming>(
    host: &Host<'_, S>,
    incoming: &I,
    image: &ImageName,
    digest: Digest,
    rights: &Rights,
) -> Result<Answer<S::Body>, Box<Refusal>> {
    let hosting = host.hosting();
    if incoming.method() == Method::HEAD {
        let pusher = rights.actions.has(Action::Push);
        let size = blob::size(hosting, image, digest, pusher).await?;
        return Ok(described(StatusCode::OK, digest, size));
    }
    let header = |name| incoming.header(name);
    let (range, if_range, known) = (header("range"), header("if-range"), header("if-none-match"));
    let asked = Asked {
        range: range.as_deref(),
        if_range: if_range.as_deref(),
        if_none_match: known.as_deref(),
    };
    let redirects = redirects(host, image, rights).await?;
    match blob::pull(hosting, image, digest, asked, redirects).await? {
        Pulled::NotModified => Ok(Answer::content(StatusCode::NOT_MODIFIED)
            .with("docker-content-digest", digest.to_string())
            .with("etag", blob::etag(digest))),
        Pulled::Redirect(location) => {
            Ok(Answer::empty(StatusCode::TEMPORARY_REDIRECT).with("location", location))
        }
        Pulled::Whole { size, body } => Ok(described(StatusCode::OK, digest, size).handing(body)),
        Pulled::Part { size, span, body } => {
            let last = span.offset + span.length - 1;
            let answer = described(StatusCode::PARTIAL_CONTENT, digest, span.length);
            let range = format!("bytes {}-{last}/{size}", span.offset);
            Ok(answer.with("content-range", range).handing(body))
        }
        Pulled::OutOfRange { size } => Err(Refusal::OutOfRange { size }.into()),
    }
}

// A URL expires together with the rights that it was made from, because bhcr cannot check who uses
// it.
async fn redirects<'a, S: Services>(
    host: &Host<'a, S>,
    image: &ImageName,
    rights: &Rights,
) -> Result<Option<Redirects<'a>>, Box<Refusal>> {
    let config = &host.task.deployment.config;
    let Some(presigner) = &config.presigner else { return Ok(None) };
    let rights = judge::lasting(host, image, rights.clone(), Action::Pull, LEAST_SECONDS).await?;
    rights.require(Action::Pull, image)?;
    // At least one second, even if rights are read for every request, because S3 refuses a URL for
    // zero seconds.
    let seconds = host.left(rights.read_at).max(1);
    Ok(Some(Redirects { presigner, now: host.now(), seconds }))
}

fn described<B>(status: StatusCode, digest: Digest, length: u64) -> Answer<B> {
    Answer::content(status)
        .with("content-type", OCTETS)
        .with("content-length", length.to_string())
        .with("docker-content-digest", digest.to_string())
        .with("etag", blob::etag(digest))
        .with("accept-ranges", "bytes")
}

impl From<PullError> for Box<Refusal> {
    fn from(error: PullError) -> Self {
        match error {
            PullError::Unknown => Self::new(Refusal::BlobUnknown),
            PullError::Lost => Self::new(Refusal::Lost),
            PullError::Database(error) => error.into(),
            PullError::Objects(error) => error.into(),
        }
    }
}
