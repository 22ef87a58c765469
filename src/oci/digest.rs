//! Digests of content.
//!
//! Grammar (OCI image specification, "Descriptors: Digests"), for the two registered algorithms:
//!
//! ```text
//! digest = "sha256:" 64lowerhex / "sha512:" 128lowerhex
//! ```

use std::fmt;

use sha2::{Digest as _, Sha256, Sha512};

/// A digest under a registered algorithm, of the right length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest<'a>(&'a str);

/// The text is not a digest, or its algorithm is not a registered one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidDigest;

impl<'a> Digest<'a> {
    /// Parses `algorithm:hex`.
    ///
    /// # Errors
    /// [`InvalidDigest`] for anything outside the grammar above.
    pub fn parse(text: &'a str) -> Result<Self, InvalidDigest> {
        let (algorithm, hex) = text.split_once(':').ok_or(InvalidDigest)?;
        let length = match algorithm {
            "sha256" => 64,
            "sha512" => 128,
            _ => return Err(InvalidDigest),
        };
        if hex.len() == length && hex.bytes().all(is_lower_hex) {
            Ok(Self(text))
        } else {
            Err(InvalidDigest)
        }
    }

    /// Whether it is the digest of `content`.
    pub fn is_of(self, content: &[u8]) -> bool {
        let (algorithm, hex) = self.0.split_once(':').unwrap_or_default();
        match algorithm {
            "sha256" => is_hex_of(hex, &Sha256::digest(content)),
            _ => is_hex_of(hex, &Sha512::digest(content)),
        }
    }

    /// The digest as it was written.
    pub fn as_str(self) -> &'a str {
        self.0
    }
}

impl fmt::Display for Digest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

fn is_hex_of(hex: &str, bytes: &[u8]) -> bool {
    let digit = |half: u8| char::from_digit(u32::from(half), 16);
    let digits = bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    digits.eq(hex.chars().map(Some))
}

/// Whether the byte is one of `0-9a-f`.
pub fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}
