//! Blobs that are pulled (OCI distribution specification 1.1, "Pulling blobs").
//!
//! The catalog knows whether an image has a blob, and how long it is. Its bytes come from R2: by a
//! redirect to a presigned URL, or as a stream through the Worker.

pub mod range;

use super::catalog::blobs::{self, Blob};
use crate::account::name::ImageName;
use crate::oci::digest::Digest;
use crate::presign::Presigner;
use crate::services::database::DatabaseError;
use crate::services::objects::{Objects, ObjectsError, ReadError, Span};
use crate::services::{Hosting, Services};
use range::Chosen;

/// What the headers of a GET ask for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// `Range`.
    pub range: Option<&'a str>,
    /// `If-Range`.
    pub if_range: Option<&'a str>,
    /// `If-None-Match`.
    pub if_none_match: Option<&'a str>,
}

/// How a GET is redirected to R2.
#[derive(Clone, Copy)]
pub struct Redirects<'a> {
    /// Makes the URLs.
    pub presigner: &'a Presigner,
    /// The time, in seconds since 1970.
    pub now: u64,
    /// How long a URL may be used, in seconds: no longer than the rights of the request hold.
    pub seconds: u64,
}

/// The answer to a GET of a blob.
#[derive(Debug, PartialEq, Eq)]
pub enum Pulled<B> {
    /// 304: the client has it.
    NotModified,
    /// 307, to a URL that works for everybody who has it. No cache may keep it.
    Redirect(String),
    /// 200: all `size` bytes.
    Whole {
        /// The length of the blob.
        size: u64,
        /// The bytes.
        body: B,
    },
    /// 206: a span of the blob.
    Part {
        /// The length of the blob.
        size: u64,
        /// Which of its bytes.
        span: Span,
        /// The bytes.
        body: B,
    },
    /// 416: the range begins after the end of the blob.
    OutOfRange {
        /// The length of the blob.
        size: u64,
    },
}

/// Why a blob cannot be pulled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PullError {
    /// The image does not have it.
    #[error("the image does not have the blob")]
    Unknown,
    /// The catalog has it, and R2 does not. [`super::check`] finds such blobs.
    #[error("the blob is in the catalog, and not in R2")]
    Lost,
    /// The database failed.
    #[error(transparent)]
    Database(DatabaseError),
    /// R2 failed.
    #[error(transparent)]
    Objects(ObjectsError),
}

/// The value of `ETag`.
pub fn etag(digest: Digest) -> String {
    format!("\"{digest}\"")
}

/// The blob's length, from the catalog alone. A `pusher` relies on the answer, so collection spares
/// the blob for a while.
///
/// # Errors
/// [`PullError::Unknown`], or a failure.
pub async fn size<S: Services>(
    hosting: Hosting<'_, S>,
    image: &ImageName,
    digest: Digest,
    pusher: bool,
) -> Result<u64, PullError> {
    let found = match pusher {
        true => blobs::find_and_touch(hosting.database, image, &digest).await,
        false => blobs::find(hosting.database, image, &digest).await,
    };
    found?.map(|blob| blob.size).ok_or(PullError::Unknown)
}

/// The blob, or the part of it that `asked` names.
///
/// # Errors
/// [`PullError`].
pub async fn pull<S: Services>(
    hosting: Hosting<'_, S>,
    image: &ImageName,
    digest: Digest,
    asked: Asked<'_>,
    redirects: Option<Redirects<'_>>,
) -> Result<Pulled<S::Body>, PullError> {
    let found = blobs::find(hosting.database, image, &digest).await?;
    let Blob { key, size } = found.ok_or(PullError::Unknown)?;
    if asked.if_none_match.is_some_and(|known| range::matches(known, &etag(digest))) {
        return Ok(Pulled::NotModified);
    }
    if let Some(Redirects { presigner, now, seconds }) = redirects {
        return Ok(Pulled::Redirect(presigner.url(&key, now, seconds)));
    }
    match range::choose(&asked, &etag(digest), size) {
        Chosen::Whole => {
            let body = read(hosting, &key, None).await?;
            Ok(Pulled::Whole { size, body })
        }
        Chosen::Part(span) => {
            let body = read(hosting, &key, Some(span)).await?;
            Ok(Pulled::Part { size, span, body })
        }
        Chosen::None => Ok(Pulled::OutOfRange { size }),
    }
}

async fn read<S: Services>(
    hosting: Hosting<'_, S>,
    key: &str,
    span: Option<Span>,
) -> Result<S::Body, PullError> {
    match hosting.objects.read(key, span).await {
        Ok(body) => body.ok_or(PullError::Lost),
        Err(ReadError::Failed(error)) => Err(PullError::Objects(error)),
        // The object is shorter than the catalog says.
        Err(ReadError::PastEnd { .. }) => Err(PullError::Lost),
    }
}

impl From<DatabaseError> for PullError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}
