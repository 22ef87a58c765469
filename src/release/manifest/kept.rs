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
    /// The digest of the text, if it is known before.
    digest: Option<Digest>,
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
        let Self { key, .. } = Self::of_excerpt("manifest/1/", location, digest);
        Self { key, digest: Some(digest) }
    }

    /// The policy of an excerpt from the config with this digest, which is kept in the same way. The
    /// seal alone proves it. Its keys are of another kind, so that it is never served as a manifest.
    pub(in crate::release) fn of_excerpt(kind: &str, location: &Location, digest: Digest) -> Self {
        let key = [kind, location.as_str(), "/", &digest.to_string()].concat();
        Self { key, digest: None }
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
        self.digest.is_none_or(|digest| {
            manifest.digest == digest && digest.is_of(manifest.text.as_bytes())
        })
    }
}
