//! Descriptors (OCI image specification 1.1, "Content Descriptors").

use serde::Deserialize;

const FOREIGN: [&str; 5] = [
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
];

/// The fields of a descriptor that are read. All three of the specification's required ones must
/// be there.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    pub(super) media_type: String,
    pub(super) digest: String,
    #[serde(rename = "size")]
    _size: u64,
    urls: Option<Vec<String>>,
}

impl Descriptor {
    /// Whether its data is pushed here, rather than fetched from elsewhere.
    pub(super) fn is_pushed(&self) -> bool {
        let elsewhere = self.urls.as_ref().is_some_and(|urls| !urls.is_empty());
        !elsewhere && !FOREIGN.contains(&self.media_type.as_str())
    }
}
