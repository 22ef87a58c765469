//! A manifest's JSON, and what of it matters here.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::descriptor::Descriptor;
use super::{InvalidManifest, MAX_TYPE, Manifest, MediaType};
use crate::oci::digest::Digest;

/// The fields that are read. Unknown ones are the pusher's own affair; a known one that comes
/// twice is an error of the parser.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    schema_version: u64,
    pub(super) media_type: Option<String>,
    config: Option<Descriptor>,
    #[serde(default, deserialize_with = "null_is_empty")]
    layers: Option<Vec<Descriptor>>,
    #[serde(default, deserialize_with = "null_is_empty")]
    manifests: Option<Vec<Descriptor>>,
    subject: Option<Descriptor>,
    artifact_type: Option<String>,
    annotations: Option<BTreeMap<String, String>>,
    // Schema 1 has these: what is signed there is not what runs.
    fs_layers: Option<IgnoredAny>,
    blobs: Option<IgnoredAny>,
}

impl Document {
    /// Reads it as `media_type`.
    pub(super) fn read(self, media_type: MediaType) -> Result<Manifest, InvalidManifest> {
        if self.schema_version != 2 {
            return Err(InvalidManifest::SchemaVersion);
        }
        if !self.has_shape_of(media_type) {
            return Err(InvalidManifest::Ambiguous(media_type));
        }
        let artifact_type = self.artifact_type()?;
        let subject = self.subject.as_ref().map(|it| digest(&it.digest)).transpose()?;
        let (blobs, exempt): (Vec<_>, Vec<_>) =
            self.config.iter().chain(self.layers.iter().flatten()).partition(|it| it.is_pushed());
        let (children, more): (Vec<_>, Vec<_>) =
            self.manifests.iter().flatten().partition(|it| it.is_pushed());
        Ok(Manifest {
            media_type,
            blobs: digests(blobs)?,
            children: digests(children)?,
            exempt: digests(exempt.into_iter().chain(more))?,
            subject,
            artifact_type,
            annotations: self.annotations.unwrap_or_default(),
        })
    }

    fn has_shape_of(&self, media_type: MediaType) -> bool {
        let older = self.fs_layers.is_some() || self.blobs.is_some();
        let image = (self.config.is_some(), self.layers.is_some());
        match (media_type.is_index(), image, self.manifests.is_some()) {
            (true, (false, false), true) | (false, (true, true), false) => !older,
            _ => false,
        }
    }

    fn artifact_type(&self) -> Result<Option<String>, InvalidManifest> {
        let of_config = self.config.as_ref().map(|config| &config.media_type);
        if self.artifact_type.iter().chain(of_config).any(|it| it.len() > MAX_TYPE) {
            return Err(InvalidManifest::TypeTooLong);
        }
        let own = self.artifact_type.as_ref().filter(|own| !own.is_empty());
        Ok(own.or(of_config).cloned())
    }
}

// Tools written in Go write an empty list as null.
fn null_is_empty<'de, D>(deserializer: D) -> Result<Option<Vec<Descriptor>>, D::Error>
where
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(|list| Some(list.unwrap_or_default()))
}

// Each digest once; a manifest of 4 MiB may name thousands.
fn digests<'a>(
    descriptors: impl IntoIterator<Item = &'a Descriptor>,
) -> Result<Vec<Digest>, InvalidManifest> {
    let mut seen = BTreeSet::new();
    let new = descriptors.into_iter().filter(|it| seen.insert(it.digest.as_str()));
    new.map(|it| digest(&it.digest)).collect()
}

fn digest(text: &str) -> Result<Digest, InvalidManifest> {
    Digest::parse(text).map_err(|_| InvalidManifest::Digest(text.to_owned()))
}
