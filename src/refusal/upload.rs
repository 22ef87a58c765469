//! Why an upload did not take what was sent.

use crate::oci::digest::Digest;
use crate::services::database::DatabaseError;
use crate::services::objects::ObjectsError;

/// Why bytes were not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppendError {
    /// The upload has ended.
    Ended(Ended),
    /// The upload has `received` bytes, and the chunk begins elsewhere.
    Offset {
        /// How many bytes there are.
        received: u64,
    },
    /// `Content-Range` and `Content-Length` do not agree, or the body has more bytes than they say.
    Length,
    /// The body broke off, or has fewer bytes than were announced.
    Cut {
        /// How many bytes there are.
        received: u64,
    },
    /// The blob would have more bytes than can be stored.
    TooLarge {
        /// The most bytes.
        limit: u64,
    },
    /// The upload has come in too many requests.
    TooMany {
        /// The most requests.
        limit: u64,
    },
    /// Too many bodies of unknown length come in at this moment. Nothing was read.
    Busy,
    /// A newer request has taken the upload over.
    Overtaken,
    /// The database failed.
    Database(DatabaseError),
    /// R2 failed.
    Objects(ObjectsError),
}

/// How an upload ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was cancelled.
    Cancelled,
    /// It is this blob now.
    Committed(Digest),
    /// Its time is over, or it is of another image.
    Expired,
}

impl From<ObjectsError> for AppendError {
    fn from(error: ObjectsError) -> Self {
        Self::Objects(error)
    }
}
