//! References: the tag or the digest in a request for a manifest.
//!
//! Grammar (OCI distribution specification 1.1, "Pulling manifests"):
//!
//! ```text
//! reference = tag / digest
//! tag       = (ALPHA / DIGIT / "_") 0*127(ALPHA / DIGIT / "_" / "." / "-")
//! ```
//!
//! A tag has no colon, and every digest has one, so no text is both.

use std::fmt;

use super::digest::{Digest, InvalidDigest, is_lower_hex};

const MAX_TAG: usize = 128;

/// A tag that follows the grammar above.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(String);

/// A tag or a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A tag.
    Tag(Tag),
    /// A digest.
    Digest(Digest),
}

/// Why a text is not a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReference {
    /// The text has a colon, but is not a digest.
    #[error("{InvalidDigest}")]
    Digest,
    /// The text has no colon, and is not a tag.
    #[error("{InvalidTag}")]
    Tag,
}

/// The text is not a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a tag")]
pub struct InvalidTag;

impl Tag {
    /// Parses a tag.
    ///
    /// # Errors
    /// [`InvalidTag`] for anything outside the grammar above.
    pub fn parse(text: &str) -> Result<Self, InvalidTag> {
        if is_tag(text) { Ok(Self(text.to_owned())) } else { Err(InvalidTag) }
    }

    /// The tag as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the tag names what is attached to a digest: by the referrers tag schema of the
    /// specification (`sha256-<64 hex>`), or by cosign's extensions (`sha256-<64 hex>.sig`).
    pub fn is_attachment(&self) -> bool {
        let hex = self.0.strip_prefix("sha256-").unwrap_or_default();
        hex.len() >= 64 && hex.bytes().take(64).all(is_lower_hex)
    }
}

impl Reference {
    /// Parses a tag or a digest.
    ///
    /// # Errors
    /// [`InvalidReference`], which says whether the text looks like a digest or a tag.
    pub fn parse(text: &str) -> Result<Self, InvalidReference> {
        if text.contains(':') {
            return match Digest::parse(text) {
                Ok(digest) => Ok(Self::Digest(digest)),
                Err(InvalidDigest) => Err(InvalidReference::Digest),
            };
        }
        Tag::parse(text).map(Self::Tag).map_err(|InvalidTag| InvalidReference::Tag)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => f.write_str(tag.as_str()),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}

fn is_tag(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    match text.as_bytes() {
        [first, rest @ ..] => {
            rest.len() < MAX_TAG
                && word(*first)
                && rest.iter().all(|b| word(*b) || matches!(b, b'.' | b'-'))
        }
        [] => false,
    }
}
