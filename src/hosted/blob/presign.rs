//! Presigned URLs: a GET that R2's S3 endpoint answers without asking the Worker.
//!
//! The method is signed: a HEAD with such a URL is refused, which is why the Worker answers HEAD.

use std::time::Duration;

use jiff::Timestamp;
use rusty_s3::actions::GetObject;
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use url::Url;

use crate::secret::Secret;

// R2 has one region, whatever its buckets' locations are.
const REGION: &str = "auto";

/// What makes presigned URLs for one bucket. It prints without its secret.
#[derive(Clone, Debug)]
pub struct Presigner {
    bucket: Bucket,
    credentials: Credentials,
}

/// The text is not an endpoint with a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidEndpoint;

impl Presigner {
    /// Takes an endpoint with the bucket's name as the last part of its path, as in
    /// `https://<account>.r2.cloudflarestorage.com/<bucket>`.
    ///
    /// # Errors
    /// [`InvalidEndpoint`] where it is no HTTP URL, names no bucket, or has a query or a user.
    pub fn new(endpoint: &str, key_id: &str, secret: &Secret) -> Result<Self, InvalidEndpoint> {
        let mut url = Url::parse(endpoint).map_err(|_| InvalidEndpoint)?;
        let is_plain = url.query().is_none() && url.fragment().is_none();
        if !is_plain || !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidEndpoint);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        let (before, name) = path.rsplit_once('/').ok_or(InvalidEndpoint)?;
        if name.is_empty() {
            return Err(InvalidEndpoint);
        }
        url.set_path(before);
        let bucket = Bucket::new(url, UrlStyle::Path, name.to_owned(), REGION);
        let bucket = bucket.map_err(|_| InvalidEndpoint)?;
        Ok(Self { bucket, credentials: Credentials::new(key_id, secret.expose()) })
    }

    /// A URL to get the object under `key`, from `now` (seconds since 1970) on for `seconds`.
    pub fn url(&self, key: &str, now: u64, seconds: u64) -> String {
        let signed = Timestamp::from_second(now.cast_signed());
        let signed = signed.unwrap_or(Timestamp::UNIX_EPOCH);
        let get = GetObject::new(&self.bucket, Some(&self.credentials), key);
        get.sign_with_time(Duration::from_secs(seconds), &signed).into()
    }
}
