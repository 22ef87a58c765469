//! Descriptors (OCI image specification 1.1, "Content Descriptors").

use serde_json::Value;

use super::InvalidManifest;
use crate::json;
use crate::oci::digest::Digest;

const FOREIGN: [&str; 5] = [
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
];

/// A descriptor with the three fields that the specification requires.
pub(super) struct Descriptor<'a> {
    pub(super) media_type: &'a str,
    pub(super) digest: Digest,
    has_urls: bool,
}

impl<'a> Descriptor<'a> {
    /// Reads a descriptor.
    ///
    /// # Errors
    /// [`InvalidManifest`] if a required field is missing or wrong.
    pub(super) fn read(tree: &'a Value) -> Result<Self, InvalidManifest> {
        json::number(tree, "size")?;
        let (media_type, digest) = (json::text(tree, "mediaType")?, json::text(tree, "digest")?);
        Ok(Self {
            media_type,
            digest: Digest::parse(digest)
                .map_err(|_| InvalidManifest::Digest(digest.to_owned()))?,
            has_urls: !json::optional_list(tree, "urls")?.is_empty(),
        })
    }

    /// Whether its data is pushed here, rather than fetched from elsewhere.
    pub(super) fn is_pushed(&self) -> bool {
        !self.has_urls && !FOREIGN.contains(&self.media_type)
    }
}
