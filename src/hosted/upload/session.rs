//! Upload sessions as clients hold them: sealed into the `Location` of an upload.
//!
//! The seal is bound to the image's name. It says which upload is meant, and how many bytes it had
//! when the client was told: every request still needs a right to push, so a `Location` that was seen
//! by others is worth nothing to them.

use serde::{Deserialize, Serialize};

use super::id::UploadId;
use crate::account::name::ImageName;
use crate::oci::digest::Algorithm;
use crate::seal::Keys;

/// How long an upload may take, in seconds. R2 forgets parts after seven days.
pub const LIFETIME: u64 = 6 * 24 * 60 * 60;

/// An upload that was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadSession {
    id: UploadId,
    expires: u64,
    sha512: bool,
    received: u64,
}

impl UploadSession {
    /// Begins an upload at `now_ms`, in milliseconds since 1970, whose digest will be made with
    /// `algorithm`. Nothing is stored.
    pub fn begin(now_ms: u64, algorithm: Algorithm) -> Self {
        let expires = now_ms / 1000 + LIFETIME;
        let sha512 = algorithm == Algorithm::Sha512;
        Self { id: UploadId::random(now_ms), expires, sha512, received: 0 }
    }

    /// The same upload, once it has so many bytes.
    #[must_use]
    pub fn having(&self, received: u64) -> Self {
        Self { received, ..self.clone() }
    }

    /// Opens the last segment of a `Location`'s path. `None` where it is foreign, tampered with,
    /// of another image, or expired at `now` (seconds since 1970).
    pub fn open(keys: &Keys, image: &ImageName, sealed: &str, now: u64) -> Option<Self> {
        let plain = keys.open_upload(image.as_str(), sealed)?;
        let session: Self = postcard::from_bytes(&plain).ok()?;
        (now < session.expires).then_some(session)
    }

    /// The last segment of the `Location`'s path, in base64url.
    pub fn seal(&self, keys: &Keys, image: &ImageName) -> String {
        let plain = postcard::to_allocvec(self).expect("a session always serializes");
        keys.seal_upload(image.as_str(), &plain)
    }

    /// The upload.
    pub fn id(&self) -> &UploadId {
        &self.id
    }

    /// When it ends, in seconds since 1970.
    pub fn expires(&self) -> u64 {
        self.expires
    }

    /// How many bytes the upload had when this location was given. What is sent to it comes after
    /// them, if it does not say otherwise.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The algorithm that the client will use for the digest, as far as it said.
    pub fn algorithm(&self) -> Algorithm {
        if self.sha512 { Algorithm::Sha512 } else { Algorithm::Sha256 }
    }
}
