//! Kept manifests.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::balena::location::Location;
use crate::fault::BadManifest;
use crate::kept::policy::{Entry, Level, Lifetime, Policy};
use crate::oci::digest::Digest;
use crate::services::Reply;
use crate::trace::Source;

// The longest manifest that is searched for a digest, in bytes. A request may search dozens, and no
// image of 127 layers, which is as many as docker mounts, comes near this.
const MAX_SEARCHED: usize = 32 * 1024;

/// A manifest whose bytes were checked against its digest.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::release) struct Manifest {
    pub(in crate::release) digest: Digest,
    pub(in crate::release) media_type: String,
    /// The bytes: JSON, which is UTF-8 (RFC 8259, section 8.1).
    pub(in crate::release) text: Arc<str>,
}

/// The policy of the manifest with one digest at one location.
pub(in crate::release) struct ManifestPolicy {
    key: String,
    digest: Digest,
}

impl Manifest {
    /// Reads a manifest from the registry's reply, and checks its bytes against the digest.
    ///
    /// # Errors
    /// [`BadManifest`].
    pub(super) fn read(digest: Digest, reply: &Reply<Vec<u8>>) -> Result<Self, BadManifest> {
        let media_type = reply.header("content-type").ok_or(BadManifest::NoType)?.to_owned();
        Self::checked(digest, media_type, &reply.body)
    }

    /// A config with these bytes, if they have the digest. It has no media type.
    ///
    /// # Errors
    /// [`BadManifest`].
    pub(in crate::release) fn of_config(digest: Digest, body: &[u8]) -> Result<Self, BadManifest> {
        Self::checked(digest, String::new(), body)
    }

    fn checked(digest: Digest, media_type: String, body: &[u8]) -> Result<Self, BadManifest> {
        let text = str::from_utf8(body).map_err(|_| BadManifest::NotText)?;
        if !digest.is_of(text.as_bytes()) {
            return Err(BadManifest::OtherDigest);
        }
        Ok(Self { digest, media_type, text: text.into() })
    }

    /// Whether it is short enough to be searched for a digest.
    pub(in crate::release) fn is_short(&self) -> bool {
        self.text.len() <= MAX_SEARCHED
    }

    /// Whether the manifest has this digest, or is short enough to be searched and names it.
    pub(in crate::release) fn names(&self, digest: Digest) -> bool {
        self.digest == digest || (self.is_short() && self.text.contains(&digest.to_string()))
    }

    /// Whether the content with this digest belongs to the manifest. `None` if the manifest is too
    /// long to be searched, or is an index that does not name the digest: one of its manifests may
    /// name it.
    pub(in crate::release) fn lists(&self, digest: Digest) -> Option<bool> {
        let is_index = ["index.v1+json", "list.v2+json"];
        match self.names(digest) {
            true => Some(true),
            false if !self.is_short() => None,
            false if is_index.iter().any(|end| self.media_type.ends_with(end)) => None,
            false => Some(false),
        }
    }
}

/// The entity tag of the manifest with this digest.
pub(super) fn etag(digest: &str) -> String {
    ["\"", digest, "\""].concat()
}

impl ManifestPolicy {
    pub(super) fn new(location: &Location, digest: Digest) -> Self {
        Self::of("manifest/1/", location, digest)
    }

    /// The policy of a config, which is kept in the same way. Its key is of another kind, so that no
    /// config is ever served as a manifest.
    pub(in crate::release) fn of_config(location: &Location, digest: Digest) -> Self {
        Self::of("config/1/", location, digest)
    }

    fn of(kind: &str, location: &Location, digest: Digest) -> Self {
        let key = [kind, location.as_str(), "/", &digest.to_string()].concat();
        Self { key, digest }
    }
}

impl Entry for Manifest {
    fn told_at(&self) -> u64 {
        0
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.media_type.len() + self.text.len()
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.text == other.text && self.media_type == other.media_type
    }
}

impl Policy for ManifestPolicy {
    type Value = Manifest;
    const WHAT: &'static str = "a manifest";
    const ORIGIN: Source = Source::Registry;

    fn key(&self) -> &str {
        &self.key
    }

    fn level(&self) -> Level {
        Level::Cache
    }

    fn lifetime(&self, _: &Manifest) -> Lifetime {
        Lifetime::unlimited()
    }

    fn is_genuine(&self, manifest: &Manifest) -> bool {
        manifest.digest == self.digest && self.digest.is_of(manifest.text.as_bytes())
    }
}
