//! Digests of content.
//!
//! Grammar (OCI image specification, "Descriptors: Digests"), for the two registered algorithms:
//!
//! ```text
//! digest = "sha256:" 64lowerhex / "sha512:" 128lowerhex
//! ```

use std::fmt;

use base16ct::lower;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha512};

/// A digest with a registered algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Digest {
    /// SHA-256.
    Sha256([u8; 32]),
    /// SHA-512.
    Sha512([u8; 64]),
}

/// The algorithm of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// The text is not a digest, or its algorithm is not registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a digest")]
pub struct InvalidDigest;

impl Algorithm {
    /// The text before the colon.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// The digest of `content` under this algorithm.
    pub fn digest(self, content: &[u8]) -> Digest {
        match self {
            Self::Sha256 => Digest::Sha256(Sha256::digest(content).into()),
            Self::Sha512 => Digest::Sha512(Sha512::digest(content).into()),
        }
    }
}

impl Digest {
    /// Parses `algorithm:hex`.
    ///
    /// # Errors
    /// [`InvalidDigest`] for anything outside the grammar above.
    pub fn parse(text: &str) -> Result<Self, InvalidDigest> {
        match text.split_once(':').ok_or(InvalidDigest)? {
            ("sha256", hex) => unhex(hex).map(Self::Sha256),
            ("sha512", hex) => unhex(hex).map(Self::Sha512),
            _ => Err(InvalidDigest),
        }
    }

    /// The algorithm that made the digest.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Sha256(_) => Algorithm::Sha256,
            Self::Sha512(_) => Algorithm::Sha512,
        }
    }

    /// Whether this is the digest of `content`.
    pub fn is_of(&self, content: &[u8]) -> bool {
        self.algorithm().digest(content) == *self
    }

    /// The bytes of the hash.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Sha256(bytes) => bytes,
            Self::Sha512(bytes) => bytes,
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 2 * 64];
        let hex = lower::encode_str(self.bytes(), &mut digits).map_err(|_| fmt::Error)?;
        f.write_str(match self {
            Self::Sha256(_) => "sha256:",
            Self::Sha512(_) => "sha512:",
        })?;
        f.write_str(hex)
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidDigest;

    fn try_from(text: String) -> Result<Self, InvalidDigest> {
        Self::parse(&text)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

/// Whether the byte is one of `0-9a-f`.
pub fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn unhex<const N: usize>(hex: &str) -> Result<[u8; N], InvalidDigest> {
    let mut bytes = [0; N];
    match lower::decode(hex, &mut bytes) {
        Ok(decoded) if decoded.len() == N => Ok(bytes),
        Ok(_) | Err(_) => Err(InvalidDigest),
    }
}
