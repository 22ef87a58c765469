//! Presigned URLs: a GET that R2's S3 endpoint answers without asking the Worker.
//!
//! The method is signed: a HEAD with such a URL is refused, which is why the Worker answers HEAD.

pub mod sigv4;

use self::sigv4::{Signer, encode};
use crate::origin::Origin;
use crate::secret::Secret;

// R2 has one region, whatever its buckets' locations are.
const REGION: &str = "auto";

/// What makes presigned URLs for one bucket. It prints without its secret.
#[derive(Clone, Debug)]
pub struct Presigner {
    origin: Origin,
    bucket: String,
    signer: Signer,
}

/// The text is not an endpoint with a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an endpoint with a bucket")]
pub struct InvalidEndpoint;

impl Presigner {
    /// Takes an endpoint with the bucket's name as the last part of its path, as in
    /// `https://<account>.r2.cloudflarestorage.com/<bucket>`.
    ///
    /// # Errors
    /// [`InvalidEndpoint`] where it is no HTTP URL, names no bucket, or has a query or a user, or
    /// a path that would have to be encoded.
    pub fn new(endpoint: &str, key_id: &str, secret: &Secret) -> Result<Self, InvalidEndpoint> {
        let (scheme, rest) = endpoint.split_once("://").ok_or(InvalidEndpoint)?;
        let (authority, path) = rest.split_once('/').ok_or(InvalidEndpoint)?;
        let origin = Origin::parse(&format!("{scheme}://{authority}"));
        let origin = origin.map_err(|_| InvalidEndpoint)?;
        let path = path.trim_end_matches('/');
        if !path.split('/').all(is_segment) {
            return Err(InvalidEndpoint);
        }
        let signer = Signer::new(key_id, secret, REGION);
        Ok(Self { origin, bucket: format!("/{path}"), signer })
    }

    /// A URL to get the object under `key`, from `now` (seconds since 1970) on for `seconds`.
    pub fn url(&self, key: &str, now: u64, seconds: u64) -> String {
        let path = format!("{}/{}", self.bucket, encode(key, b"/"));
        let query = self.signer.query(self.origin.server(), &path, now, seconds);
        format!("{}{path}?{query}", self.origin)
    }
}

// Clients fold away segments of dots, which would break the signature.
fn is_segment(text: &str) -> bool {
    !matches!(text, "" | "." | "..") && encode(text, b"") == text
}
