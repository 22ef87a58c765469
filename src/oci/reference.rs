//! What a manifest is asked for by: a tag or a digest.
//!
//! Grammar (OCI distribution specification 1.1, "Pulling manifests"):
//!
//! ```text
//! reference = tag / digest
//! tag       = (ALPHA / DIGIT / "_") 0*127(ALPHA / DIGIT / "_" / "." / "-")
//! ```
//!
//! A tag has no colon and every digest has one, so the two never overlap.

use super::digest::{Digest, InvalidDigest, is_lower_hex};

const MAX_TAG: usize = 128;

/// A tag that follows the grammar above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'a>(&'a str);

/// A tag or a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference<'a> {
    /// A tag.
    Tag(Tag<'a>),
    /// A digest.
    Digest(Digest<'a>),
}

/// Why a text is no reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidReference {
    /// It has a colon, but is not a digest.
    Digest,
    /// It has no colon, and is not a tag.
    Tag,
}

impl<'a> Tag<'a> {
    /// The tag as it was written.
    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// Whether the tag is one that stands for things attached to a digest: the referrers tag
    /// schema of the specification (`sha256-<64 hex>`) and cosign's additions to it
    /// (`sha256-<64 hex>.sig`).
    pub fn is_attachment(self) -> bool {
        let hex = self.0.strip_prefix("sha256-").unwrap_or_default();
        hex.len() >= 64 && hex.bytes().take(64).all(is_lower_hex)
    }
}

impl<'a> Reference<'a> {
    /// Parses a tag or a digest.
    ///
    /// # Errors
    /// [`InvalidReference`], by what the text seems to have been meant as.
    pub fn parse(text: &'a str) -> Result<Self, InvalidReference> {
        if text.contains(':') {
            return match Digest::parse(text) {
                Ok(digest) => Ok(Self::Digest(digest)),
                Err(InvalidDigest) => Err(InvalidReference::Digest),
            };
        }
        if is_tag(text) { Ok(Self::Tag(Tag(text))) } else { Err(InvalidReference::Tag) }
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
