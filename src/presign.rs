//! Presigned URLs: a GET that R2's S3 endpoint answers without asking the Worker.
//!
//! The signature covers the method, so R2 refuses a HEAD with such a URL. The Worker answers HEAD
//! itself.

pub mod sigv4;

use self::sigv4::{Signer, encode};
use crate::origin::Origin;
use crate::secret::Secret;

// R2 has one region for all buckets.
const REGION: &str = "auto";

/// Makes presigned URLs for one bucket. Its secret is not printed.
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
    /// [`InvalidEndpoint`] if it is not an HTTP URL, names no bucket, has a query or a user, or has
    /// a path with characters that must be encoded.
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

    /// A URL to get the object under `key`. It is valid for `seconds`, from `now` on (seconds since
    /// 1970).
    pub fn url(&self, key: &str, now: u64, seconds: u64) -> String {
        let path = format!("{}/{}", self.bucket, encode(key, b"/"));
        let query = self.signer.query(self.origin.server(), &path, now, seconds);
        format!("{}{path}?{query}", self.origin)
    }
}

// Clients remove segments of dots from a URL, which would break the signature.
fn is_segment(text: &str) -> bool {
    !matches!(text, "" | "." | "..") && encode(text, b"") == text
}
