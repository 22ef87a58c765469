//! Manifests as callers push them (OCI image specification 1.1, "Image Manifest" and "Image
//! Index"; distribution, "Image Manifest Version 2, Schema 2").
//!
//! A manifest is stored and served byte for byte. It is read here for what it needs (blobs and
//! children), what it is about (its subject), and whether it is what its media type says.

mod descriptor;
mod document;
mod tree;

use std::fmt;

use super::digest::Digest;
use super::quote::{Excerpt, Quoted};
use crate::json::{self, NamedTexts, WrongField};

/// The largest manifest that is accepted, in bytes: what the specification asks of registries.
pub const MAX_MANIFEST: usize = 4 * 1024 * 1024;

/// The most bytes of an artifact type, or of the config's media type that stands in for it: RFC
/// 6838 gives a type and a subtype 127 each. Lists of referrers repeat it.
pub const MAX_TYPE: usize = 255;

/// The media types of manifests that are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// An OCI image manifest; artifacts and Helm charts have it as well.
    OciManifest,
    /// An OCI image index.
    OciIndex,
    /// A Docker image manifest, version 2, schema 2.
    DockerManifest,
    /// A Docker manifest list.
    DockerList,
}

/// A manifest that agrees with its media type.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// What it is.
    pub media_type: MediaType,
    /// The blobs that must exist before it does, each once: its config and layers.
    pub blobs: Vec<Digest>,
    /// What an index lists, each once. Every child must exist before: as a manifest, or as a blob,
    /// which is how BuildKit's cache has it.
    pub children: Vec<Digest>,
    /// Data that is fetched from elsewhere and need not exist here, each once: descriptors with
    /// `urls`, and non-distributable layers.
    pub exempt: Vec<Digest>,
    /// The manifest that it refers to, which need not exist.
    pub subject: Option<Digest>,
    /// What a list of referrers calls its type: `artifactType`, or its config's media type.
    pub artifact_type: Option<String>,
    /// Its annotations, which a list of referrers repeats.
    pub annotations: NamedTexts,
}

/// Why bytes are not a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidManifest {
    /// They are not JSON of the right shape; and what is wrong, for people.
    #[error("the manifest cannot be read: {}", Excerpt(.0))]
    Malformed(String),
    /// No known media type came, neither with the request nor within.
    #[error("{}", media_type_problem(.0))]
    MediaType(String),
    /// The media type within is another than the request's.
    #[error("the manifest was sent as {said}, and calls itself {}", Quoted(.within))]
    Disagreement {
        /// What the request said.
        said: MediaType,
        /// What the manifest says.
        within: String,
    },
    /// Fields of an image and of an index are mixed, or those of its own type are missing. Such
    /// a document could mean one thing to a scanner and another to a runtime.
    #[error("the manifest does not have the fields of {0}, or has fields of another type as well")]
    Ambiguous(MediaType),
    /// A field is a known one but for its case. Go's parser takes one for the other, so clients
    /// would read another manifest than bhcr did.
    #[error("the manifest has a field {}, which must be {known:?}", Quoted(.field))]
    Misspelled {
        /// The field as it came.
        field: String,
        /// The field that it would be read as.
        known: &'static str,
    },
    /// The artifact type, or the config's media type, has more than [`MAX_TYPE`] bytes.
    #[error(
        "the manifest's artifactType and its config's mediaType may have {MAX_TYPE} bytes at most"
    )]
    TypeTooLong,
    /// `schemaVersion` is not 2.
    #[error("the manifest's schemaVersion must be 2")]
    SchemaVersion,
    /// A digest within is not one.
    #[error("the manifest has {} for a digest", Quoted(.0))]
    Digest(String),
}

impl MediaType {
    /// Every media type, as it is negotiated.
    pub const ALL: [Self; 4] =
        [Self::OciManifest, Self::OciIndex, Self::DockerManifest, Self::DockerList];

    /// Reads a media type; parameters behind it are ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let essence = text.split(';').next().unwrap_or_default().trim();
        Self::ALL.into_iter().find(|known| essence.eq_ignore_ascii_case(known.as_str()))
    }

    /// The media type as `Content-Type` has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OciManifest => "application/vnd.oci.image.manifest.v1+json",
            Self::OciIndex => "application/vnd.oci.image.index.v1+json",
            Self::DockerManifest => "application/vnd.docker.distribution.manifest.v2+json",
            Self::DockerList => "application/vnd.docker.distribution.manifest.list.v2+json",
        }
    }

    /// Whether it lists other manifests.
    pub fn is_index(self) -> bool {
        match self {
            Self::OciIndex | Self::DockerList => true,
            Self::OciManifest | Self::DockerManifest => false,
        }
    }
}

impl From<WrongField> for InvalidManifest {
    fn from(wrong: WrongField) -> Self {
        Self::Malformed(wrong.to_string())
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Manifest {
    /// Reads a manifest that came with `content_type`.
    ///
    /// # Errors
    /// [`InvalidManifest`], by the first thing that is wrong.
    pub fn parse(content_type: Option<&str>, bytes: &[u8]) -> Result<Self, InvalidManifest> {
        let malformed = |error: &dyn fmt::Display| InvalidManifest::Malformed(error.to_string());
        // The parser does not look into texts that it skips.
        std::str::from_utf8(bytes).map_err(|error| malformed(&error))?;
        let mut tree = tree::read(bytes)?;
        let media_type = media_type(content_type, json::optional_text(&tree, "mediaType")?)?;
        document::read(&mut tree, media_type)
    }
}

// Clients that send no type, or a type for JSON at large, mean the one within.
fn media_type(sent: Option<&str>, within: Option<&str>) -> Result<MediaType, InvalidManifest> {
    let sent = sent.map(str::trim).filter(|sent| !sent.is_empty() && !is_generic(sent));
    let said = sent.map(|sent| MediaType::parse(sent).ok_or_else(|| unknown(sent))).transpose()?;
    match (said, within) {
        (Some(said), Some(within)) if within != said.as_str() => {
            Err(InvalidManifest::Disagreement { said, within: within.to_owned() })
        }
        (Some(said), _) => Ok(said),
        (None, Some(within)) => MediaType::parse(within).ok_or_else(|| unknown(within)),
        (None, None) => Err(unknown("")),
    }
}

fn is_generic(sent: &str) -> bool {
    let essence = sent.split(';').next().unwrap_or_default().trim();
    matches!(essence, "application/json" | "application/octet-stream")
}

fn unknown(text: &str) -> InvalidManifest {
    InvalidManifest::MediaType(text.to_owned())
}

fn media_type_problem(media_type: &str) -> String {
    match media_type {
        "" => "the manifest has no media type: send it as Content-Type".to_owned(),
        other => format!("{} is not a manifest's media type", Quoted(other)),
    }
}
