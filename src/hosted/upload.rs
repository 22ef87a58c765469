//! Uploads of blobs (OCI distribution specification 1.1, "Pushing blobs").
//!
//! An upload is a row of the catalog and, once it has a part's worth of bytes, a multipart upload
//! of R2. Whoever sends bytes claims the row first: a newer claim takes it from an older one, and
//! only the parts that the claim's own requests stored are recorded under it. So a client that lost
//! its connection goes on at once, whatever became of the request before. What a request stored last
//! is not recorded but sealed into the `Location` of its answer ([`unrecorded`]), so that a blob
//! costs two batches.
//!
//! All parts have [`PART`] bytes. Fewer bytes than that wait in an object of their own, under a key
//! with the version of the claim that stored them; a blob that is smaller than a part is that
//! object.
//!
//! To begin an upload nothing is stored: [`session::UploadSession::begin`] is all that a POST does.
//! Then come [`append`](append::append) for PATCH, [`finish`](finish::finish) for PUT and for a POST
//! with a digest (of a session that was just begun), and [`status`] for GET and DELETE.

pub mod append;
pub mod chunk;
mod claimed;
pub mod finish;
pub mod id;
pub mod outlive;
pub mod session;
pub mod status;
mod unrecorded;

use super::catalog::commit::CommitError;
use super::catalog::uploads::{Leftover, Session, UploadError};
use crate::account::name::ImageName;
use crate::refusal::upload::{AppendError, Ended};
use crate::services::objects::{Multipart, Objects, PART};
use crate::services::{Hosting, Services};
use chunk::Contradiction;
use session::UploadSession;

/// The value of `OCI-Chunk-Min-Length`: smaller chunks work, but each is stored once more.
pub const MIN_CHUNK: u64 = PART;

/// An upload, and where it goes. The caller may push to the image; nothing here asks again, except
/// for the commit, which wants a caller who is not revoked.
pub struct Target<'a, S: Services> {
    /// The database and the objects.
    pub hosting: Hosting<'a, S>,
    /// The image.
    pub image: &'a ImageName,
    /// The upload.
    pub session: &'a UploadSession,
}

/// Why an upload did not become a blob.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FinishError {
    /// The last bytes were not taken, or what is stored could not be put together.
    #[error(transparent)]
    Append(AppendError),
    /// The blob has another digest. The upload has ended.
    #[error("the blob has another digest")]
    Digest,
    /// The caller may not push any more.
    #[error("the caller may not push")]
    Refused,
}

impl<'a, S: Services> Target<'a, S> {
    fn row(&self) -> Session<'a> {
        let &Self { image, session, .. } = self;
        Session { image, upload: session.id(), expires: session.expires() }
    }
}

impl<S: Services> Clone for Target<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Services> Copy for Target<'_, S> {}

/// Has R2 forget the parts of an upload that was cancelled, also those that were not recorded.
async fn abort<S: Services>(
    target: Target<'_, S>,
    left: Leftover,
    unrecorded: Option<(String, &str)>,
) -> Result<(), AppendError> {
    let recorded = left.multipart.as_deref().map(|id| (left.key, id));
    for (key, id) in [recorded, unrecorded].into_iter().flatten() {
        target.hosting.objects.abort(Multipart { key: &key, id }).await?;
    }
    Ok(())
}

impl From<UploadError> for AppendError {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Ended(ended) => Self::Ended(ended),
            UploadError::Lost => Self::Overtaken,
            UploadError::Database(error) => Self::Database(error),
        }
    }
}

impl From<Contradiction> for AppendError {
    fn from(Contradiction: Contradiction) -> Self {
        Self::Length
    }
}

impl From<CommitError> for FinishError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Refused => Self::Refused,
            CommitError::Lost => Self::Append(AppendError::Overtaken),
            CommitError::Ended => Self::Append(AppendError::Ended(Ended::Cancelled)),
            CommitError::Database(error) => Self::Append(AppendError::Database(error)),
        }
    }
}

impl<E: Into<AppendError>> From<E> for FinishError {
    fn from(error: E) -> Self {
        Self::Append(error.into())
    }
}
