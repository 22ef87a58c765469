//! Why a request about hosted repositories is not served. `answer::hosted` has status and words.

pub mod manage;
pub mod upload;

use self::manage::ManageRefusal;
use self::upload::AppendError;
use crate::account::credential::Unusable;
use crate::account::name::ImageName;
use crate::account::rights::Action;
use crate::oci::challenge::TokenError;
use crate::oci::digest::Digest;
use crate::oci::manifest::InvalidManifest;
use crate::services::database::DatabaseError;
use crate::services::objects::{ObjectsError, ReadError};

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Hosting is off: a binding is missing.
    Off,
    /// The client asks too often for somebody whose credential was not accepted.
    TooMany,
    /// The catalog could not answer.
    Database(DatabaseError),
    /// The objects could not be read or written.
    Objects(ObjectsError),
    /// A blob or manifest that the catalog has is not among the objects.
    Lost,
    /// The credential is one of bhcr, and does not serve.
    Credential(BadCredential),
    /// No token came that serves, and one is needed for this.
    Unauthenticated {
        /// What is to be done.
        action: Action,
        /// With which image.
        image: ImageName,
        /// What was wrong with the token that came.
        error: Option<TokenError>,
    },
    /// There is no such image, or the caller may not read it.
    NameUnknown(ImageName),
    /// The name cannot be that of an image: it is an account alone.
    NameInvalid,
    /// The caller may not do this to the image, whether it is there or not.
    Forbidden(Action, ImageName),
    /// The image has no such manifest.
    ManifestUnknown,
    /// The image has no such blob.
    BlobUnknown,
    /// A manifest needs what the image does not have.
    NeedsUnknown(Vec<Digest>),
    /// What was sent is not a manifest.
    Manifest(InvalidManifest),
    /// What was sent as a manifest has too many bytes.
    ManifestTooLarge,
    /// A manifest with a subject has annotations of too many bytes for lists of referrers.
    AnnotationsTooLarge {
        /// The most bytes.
        limit: usize,
    },
    /// What was sent broke off.
    BodyBroken,
    /// There is no such upload: it was never begun here, or its time is over.
    UploadUnknown,
    /// An upload did not take what was sent.
    Upload {
        /// Why.
        error: AppendError,
        /// Where to go on.
        location: String,
    },
    /// The digest in the query is missing, or not one.
    DigestInvalid,
    /// `Content-Range` is not the range of a chunk.
    ContentRangeInvalid,
    /// What was sent has another digest than the one it was sent under.
    WrongDigest,
    /// The blob ends before the range that is asked for.
    OutOfRange {
        /// The blob's size in bytes.
        size: u64,
    },
    /// The path has other methods: these.
    Method(&'static str),
    /// A tag to be set is not one.
    TagInvalid(String),
    /// It cannot be deleted while a manifest needs it.
    InUse {
        /// The manifest, or one of several.
        by: Digest,
        /// Whether it is listed by an index, and not needed by an image.
        listed: bool,
    },
    /// A page is asked for with a number that is none.
    Page,
    /// A request of the management API.
    Manage(ManageRefusal),
}

/// Why a credential of bhcr does not serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCredential {
    /// It cannot be valid.
    #[error(transparent)]
    Unusable(Unusable),
    /// Nobody has this secret: it was revoked, or never given out.
    #[error("nobody has this secret")]
    Unknown,
    /// It was valid until some time ago.
    #[error("the secret has expired")]
    Expired,
    /// It is the operator's, which reads no image.
    #[error("the operator's secret reads no image")]
    Operator,
    /// It may be valid, but hosting is off.
    #[error("hosting is off")]
    Off,
}

impl From<DatabaseError> for Refusal {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<ObjectsError> for Refusal {
    fn from(error: ObjectsError) -> Self {
        Self::Objects(error)
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::PastEnd { .. } => Self::Lost,
            ReadError::Failed(error) => Self::Objects(error),
        }
    }
}

impl From<BadCredential> for Refusal {
    fn from(reason: BadCredential) -> Self {
        Self::Credential(reason)
    }
}

impl From<Unusable> for Refusal {
    fn from(reason: Unusable) -> Self {
        Self::Credential(BadCredential::Unusable(reason))
    }
}

impl From<InvalidManifest> for Refusal {
    fn from(reason: InvalidManifest) -> Self {
        Self::Manifest(reason)
    }
}

impl From<ManageRefusal> for Refusal {
    fn from(reason: ManageRefusal) -> Self {
        Self::Manage(reason)
    }
}
