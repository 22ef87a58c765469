//! Why an upload did not take what was sent.

use crate::oci::digest::Digest;
use crate::services::database::DatabaseError;
use crate::services::objects::ObjectsError;

/// Why an upload did not take bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The upload has ended.
    #[error("the upload has ended")]
    Ended(Ended),
    /// The chunk does not begin at `received`, where the upload ends.
    #[error("the chunk does not begin at byte {received}")]
    Offset {
        /// How many bytes the upload has.
        received: u64,
    },
    /// `Content-Range` and `Content-Length` do not agree, or the body has more bytes than they say.
    #[error("the lengths contradict each other")]
    Length,
    /// The body broke off, or has fewer bytes than were announced.
    #[error("the body broke off at byte {received}")]
    Cut {
        /// How many bytes the upload has.
        received: u64,
    },
    /// The body came too slowly, and is not waited for.
    #[error("the body came too slowly after byte {received}")]
    Slow {
        /// How many bytes the upload has.
        received: u64,
    },
    /// The blob would have more bytes than can be stored.
    #[error("the blob has more than {limit} bytes")]
    TooLarge {
        /// The most bytes.
        limit: u64,
    },
    /// The upload has come in too many requests.
    #[error("the upload has come in more than {limit} requests")]
    TooMany {
        /// The most requests.
        limit: u64,
    },
    /// Too many bodies of unknown length come in at this moment, of all or of this account. Nothing
    /// was read.
    #[error("all buffers are in use")]
    Busy,
    /// A newer request has taken the upload over.
    #[error("a newer request has taken over the upload")]
    Overtaken,
    /// The database failed.
    #[error(transparent)]
    Database(DatabaseError),
    /// R2 failed.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
}

/// How an upload ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was cancelled.
    Cancelled,
    /// It became this blob. Boxed, so that every result is not as long as a digest.
    Committed(Box<Digest>),
    /// Its session is over, or it belongs to another image.
    Expired,
}
