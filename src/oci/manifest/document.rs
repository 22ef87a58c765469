//! A manifest's fields, and what of them matters here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::descriptor::Descriptor;
use super::{InvalidManifest, MAX_TYPE, Manifest, MediaType};
use crate::json;
use crate::oci::digest::Digest;

/// Reads the tree of a manifest as `media_type`. The annotations are taken from it.
pub(super) fn read(tree: &mut Value, media_type: MediaType) -> Result<Manifest, InvalidManifest> {
    let annotations = match tree["annotations"].take() {
        Value::Null => BTreeMap::new(),
        annotations => json::named_texts(annotations, "annotations")?,
    };
    let manifest = Document::read(tree)?.manifest(media_type)?;
    Ok(Manifest { annotations, ..manifest })
}

struct Document<'a> {
    schema_version: u64,
    config: Option<Descriptor<'a>>,
    layers: Option<Vec<Descriptor<'a>>>,
    manifests: Option<Vec<Descriptor<'a>>>,
    subject: Option<Descriptor<'a>>,
    artifact_type: Option<&'a str>,
    // Schema 1 has `fsLayers` and `blobs`: what is signed there is not what runs.
    is_older: bool,
}

impl<'a> Document<'a> {
    fn read(tree: &'a Value) -> Result<Self, InvalidManifest> {
        Ok(Self {
            schema_version: json::number(tree, "schemaVersion")?,
            config: descriptor(&tree["config"])?,
            layers: descriptors(tree, "layers")?,
            manifests: descriptors(tree, "manifests")?,
            subject: descriptor(&tree["subject"])?,
            artifact_type: json::optional_text(tree, "artifactType")?,
            is_older: tree["fsLayers"] == true || tree["blobs"] == true,
        })
    }

    fn manifest(&self, media_type: MediaType) -> Result<Manifest, InvalidManifest> {
        if self.schema_version != 2 {
            return Err(InvalidManifest::SchemaVersion);
        }
        if !self.has_shape_of(media_type) {
            return Err(InvalidManifest::Ambiguous(media_type));
        }
        let artifact_type = self.artifact_type()?;
        let subject = self.subject.as_ref().map(|it| it.digest);
        let (blobs, exempt): (Vec<_>, Vec<_>) =
            self.config.iter().chain(self.layers.iter().flatten()).partition(|it| it.is_pushed());
        let (children, more): (Vec<_>, Vec<_>) =
            self.manifests.iter().flatten().partition(|it| it.is_pushed());
        Ok(Manifest {
            media_type,
            blobs: digests(blobs),
            children: digests(children),
            exempt: digests(exempt.into_iter().chain(more)),
            subject,
            artifact_type,
            annotations: BTreeMap::new(),
        })
    }

    fn has_shape_of(&self, media_type: MediaType) -> bool {
        let image = (self.config.is_some(), self.layers.is_some());
        match (media_type.is_index(), image, self.manifests.is_some()) {
            (true, (false, false), true) | (false, (true, true), false) => !self.is_older,
            _ => false,
        }
    }

    fn artifact_type(&self) -> Result<Option<String>, InvalidManifest> {
        let of_config = self.config.as_ref().map(|config| config.media_type);
        if self.artifact_type.iter().chain(&of_config).any(|it| it.len() > MAX_TYPE) {
            return Err(InvalidManifest::TypeTooLong);
        }
        let own = self.artifact_type.filter(|own| !own.is_empty());
        Ok(own.or(of_config).map(str::to_owned))
    }
}

fn descriptor(tree: &Value) -> Result<Option<Descriptor<'_>>, InvalidManifest> {
    if tree.is_null() { Ok(None) } else { Descriptor::read(tree).map(Some) }
}

// Tools written in Go write an empty list as null.
fn descriptors<'a>(
    tree: &'a Value,
    field: &'static str,
) -> Result<Option<Vec<Descriptor<'a>>>, InvalidManifest> {
    if tree.get(field).is_none() {
        return Ok(None);
    }
    json::optional_list(tree, field)?
        .iter()
        .map(Descriptor::read)
        .collect::<Result<_, _>>()
        .map(Some)
}

// Each digest once; a manifest of 4 MiB may name thousands. The number of bytes tells the algorithm.
fn digests<'a>(descriptors: impl IntoIterator<Item = &'a Descriptor<'a>>) -> Vec<Digest> {
    let mut seen = BTreeSet::new();
    descriptors
        .into_iter()
        .map(|it| &it.digest)
        .filter(|it| seen.insert(it.bytes()))
        .copied()
        .collect()
}
