//! Upload sessions as clients hold them: sealed into the `Location` of an upload.
//!
//! The seal is bound to the image's name. It says which upload is meant, how many bytes it had when
//! the client was told, and what of them is [not recorded](super::unrecorded): every request still
//! needs a right to push, so a `Location` that was seen by others is worth nothing to them.

use serde::{Deserialize, Serialize};

use super::id::UploadId;
use super::unrecorded;
use crate::account::name::ImageName;
use crate::hosted::catalog::uploads::Claim;
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
    #[serde(skip)]
    carried: Option<String>,
}

impl UploadSession {
    /// Begins an upload at `now_ms`, in milliseconds since 1970, whose digest will be made with
    /// `algorithm`. Nothing is stored.
    pub fn begin(now_ms: u64, algorithm: Algorithm) -> Self {
        let expires = now_ms / 1000 + LIFETIME;
        let sha512 = algorithm == Algorithm::Sha512;
        Self { id: UploadId::random(now_ms), expires, sha512, received: 0, carried: None }
    }

    /// The same upload, once so many bytes of it are recorded.
    #[must_use]
    pub fn having(&self, received: u64) -> Self {
        self.with(received, None)
    }

    /// The same upload, once a claim has come so far, of which the last parts are not recorded.
    #[must_use]
    pub fn carrying(&self, claim: &Claim) -> Self {
        self.with(claim.progress.offset, Some(unrecorded::write(claim)))
    }

    fn with(&self, received: u64, carried: Option<String>) -> Self {
        let &Self { ref id, expires, sha512, .. } = self;
        Self { id: id.clone(), expires, sha512, received, carried }
    }

    /// Opens the last segment of a `Location`'s path. `None` where it is foreign, tampered with,
    /// of another image, or expired at `now` (seconds since 1970).
    pub fn open(keys: &Keys, image: &ImageName, sealed: &str, now: u64) -> Option<Self> {
        let session = match keys.open_upload(image.as_str(), sealed) {
            Some(plain) => postcard::from_bytes(&plain).ok()?,
            None => {
                let plain = keys.open_upload(&carrying(image), sealed)?;
                let (session, carried): (Self, _) = postcard::from_bytes(&plain).ok()?;
                Self { carried: Some(carried), ..session }
            }
        };
        (now < session.expires).then_some(session)
    }

    /// The last segment of the `Location`'s path, in base64url.
    pub fn seal(&self, keys: &Keys, image: &ImageName) -> String {
        let (plain, context) = match &self.carried {
            None => (postcard::to_allocvec(self), image.to_string()),
            Some(carried) => (postcard::to_allocvec(&(self, carried)), carrying(image)),
        };
        keys.seal_upload(&context, &plain.expect("a session always serializes"))
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

    /// The claim that was not recorded to its end, if there is one.
    pub fn unrecorded(&self) -> Option<Claim> {
        unrecorded::read(self.carried.as_deref()?, self.received)
    }

    /// The algorithm that the client will use for the digest, as far as it said.
    pub fn algorithm(&self) -> Algorithm {
        if self.sha512 { Algorithm::Sha512 } else { Algorithm::Sha256 }
    }
}

// What a session is sealed for that has something unrecorded. A Worker that would not see that must
// not open it: it would take the upload for one without bytes, and end it for its wrong digest.
fn carrying(image: &ImageName) -> String {
    format!("{image} and what is not recorded")
}
