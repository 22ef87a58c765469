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
    /// A client whose credential was not accepted sends too many requests.
    TooMany,
    /// The catalog could not answer.
    Database(DatabaseError),
    /// The objects could not be read or written.
    Objects(ObjectsError),
    /// A blob or manifest that the catalog has is not among the objects.
    Lost,
    /// The credential belongs to bhcr, and is not accepted.
    Credential(BadCredential),
    /// The request needs a token, and came without one or with one that is not accepted.
    Unauthenticated {
        /// What the client wants to do.
        action: Action,
        /// The image that it wants to do it with.
        image: ImageName,
        /// What was wrong with the token that came.
        error: Option<TokenError>,
    },
    /// There is no such image, or the caller may not read it.
    NameUnknown(ImageName),
    /// The name is not an image's name: it is only an account.
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
    /// The manifest has too many bytes.
    ManifestTooLarge,
    /// The manifest has a subject, and too many bytes of annotations for lists of referrers.
    AnnotationsTooLarge {
        /// The most bytes.
        limit: usize,
    },
    /// The body broke off.
    BodyBroken,
    /// There is no such upload: it was never begun here, or its session is over.
    UploadUnknown,
    /// The upload did not take the bytes.
    Upload {
        /// Why.
        error: AppendError,
        /// The `Location` under which the client can continue.
        location: String,
    },
    /// The digest in the query is missing or not valid.
    DigestInvalid,
    /// `Content-Range` is not the range of a chunk.
    ContentRangeInvalid,
    /// The body does not have the digest that the client named.
    WrongDigest,
    /// The blob ends before the range that is asked for.
    OutOfRange {
        /// The blob's size in bytes.
        size: u64,
    },
    /// The path has other methods: these.
    Method(&'static str),
    /// A tag that the client wants to set is not valid.
    TagInvalid(String),
    /// A manifest needs what the client wants to delete.
    InUse {
        /// The manifest, or one of several. Boxed, so that every result is not as long as a digest.
        by: Box<Digest>,
        /// Whether that is an index, which lists a manifest; otherwise it is an image, which needs
        /// a blob.
        listed: bool,
    },
    /// The number of elements of a page is not a number.
    Page,
    /// The management API refuses the request.
    Manage(ManageRefusal),
}

/// Why a credential of bhcr is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCredential {
    /// It cannot be valid.
    #[error(transparent)]
    Unusable(Unusable),
    /// Nobody has this secret: it was revoked, or never given out.
    #[error("nobody has this secret")]
    Unknown,
    /// It has expired.
    #[error("the secret has expired")]
    Expired,
    /// It is the operator's secret, which reads no image.
    #[error("the operator's secret reads no image")]
    Operator,
    /// It may be valid, but hosting is off.
    #[error("hosting is off")]
    Off,
}

impl From<DatabaseError> for Box<Refusal> {
    fn from(error: DatabaseError) -> Self {
        Self::new(Refusal::Database(error))
    }
}

impl From<ObjectsError> for Box<Refusal> {
    fn from(error: ObjectsError) -> Self {
        Self::new(Refusal::Objects(error))
    }
}

impl From<ReadError> for Box<Refusal> {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::PastEnd { .. } => Self::new(Refusal::Lost),
            ReadError::Failed(error) => error.into(),
        }
    }
}

impl From<BadCredential> for Box<Refusal> {
    fn from(reason: BadCredential) -> Self {
        Self::new(Refusal::Credential(reason))
    }
}

impl From<Unusable> for Box<Refusal> {
    fn from(reason: Unusable) -> Self {
        Self::new(Refusal::Credential(BadCredential::Unusable(reason)))
    }
}

impl From<InvalidManifest> for Box<Refusal> {
    fn from(reason: InvalidManifest) -> Self {
        Self::new(Refusal::Manifest(reason))
    }
}

impl From<ManageRefusal> for Box<Refusal> {
    fn from(reason: ManageRefusal) -> Self {
        Self::new(Refusal::Manage(reason))
    }
}
