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

/// The policy of the manifest with one digest at one location, or of what was read in a config. Both
/// have one policy, so that what keeps them is compiled once.
pub(in crate::release) struct ManifestPolicy {
    key: String,
    digest: Digest,
    /// Whether the kept bytes are those that have the digest.
    is_whole: bool,
}

impl Manifest {
    /// Reads a manifest from the registry's reply, and checks its bytes against the digest.
    ///
    /// # Errors
    /// [`BadManifest`].
    pub(super) fn read(digest: Digest, reply: &Reply<Vec<u8>>) -> Result<Self, BadManifest> {
        let media_type = reply.header("content-type").ok_or(BadManifest::NoType)?.to_owned();
        let text = str::from_utf8(&reply.body).map_err(|_| BadManifest::NotText)?;
        if !digest.is_of(text.as_bytes()) {
            return Err(BadManifest::OtherDigest);
        }
        Ok(Self { digest, media_type, text: text.into() })
    }

    /// Whether the manifest has this digest, or is short enough to be searched and names it.
    pub(in crate::release) fn names(&self, digest: Digest) -> bool {
        self.digest == digest
            || (self.text.len() <= MAX_SEARCHED && self.text.contains(&digest.to_string()))
    }

    /// Whether the content with this digest belongs to the manifest. `None` if the manifest is too
    /// long to be searched, or is an index that does not name the digest: one of its manifests may
    /// name it.
    pub(in crate::release) fn lists(&self, digest: Digest) -> Option<bool> {
        let is_index = ["index.v1+json", "list.v2+json"];
        match self.names(digest) {
            true => Some(true),
            false if self.text.len() > MAX_SEARCHED => None,
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
        let key = ["manifest/1/", location.as_str(), "/", &digest.to_string()].concat();
        Self { key, digest, is_whole: true }
    }

    /// The policy of a text that follows from the config with this digest, and from nothing else.
    pub(in crate::release) fn of_config(digest: Digest) -> Self {
        Self { key: format!("config/1/{digest}"), digest, is_whole: false }
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
        manifest.digest == self.digest
            && (!self.is_whole || self.digest.is_of(manifest.text.as_bytes()))
    }
}
