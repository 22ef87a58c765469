//! Identifiers of uploads, and the keys in R2 that follow from them.
//!
//! An identifier is a ULID: 48 bits of time in milliseconds since 1970 and 80 random bits, written
//! as 26 characters of Crockford's base 32. Keys are opaque and never used twice:
//!
//! ```text
//! key = "b/" account "/" day "/" ulid [ "." version ]
//! ```
//!
//! What one claim of an upload stores in one piece is under the key with the claim's version, so
//! that no claim writes over what another one stored.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::hosted::name::Account;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 26;
const RANDOM_BITS: u32 = 80;
const DAY: usize = "2026-11-21".len();

/// The identifier of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UploadId(u128);

/// The text is not the identifier of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidUploadId;

impl UploadId {
    /// A new identifier, made at `now_ms`, in milliseconds since 1970.
    pub fn random(now_ms: u64) -> Self {
        let mut random = [0; 16];
        getrandom::fill(&mut random[6..]).expect("the platform has randomness");
        let time = u128::from(now_ms & ((1 << 48) - 1));
        Self(time << RANDOM_BITS | u128::from_be_bytes(random))
    }

    /// Parses an identifier.
    ///
    /// # Errors
    /// [`InvalidUploadId`] for anything outside the grammar above.
    pub fn parse(text: &str) -> Result<Self, InvalidUploadId> {
        // The first of 26 characters has only three bits of the 128.
        if text.len() != LENGTH || !matches!(text.as_bytes()[0], b'0'..=b'7') {
            return Err(InvalidUploadId);
        }
        let digit = |byte| ALPHABET.iter().position(|known| *known == byte);
        let add = |id, byte| Some(id << 5 | digit(byte)? as u128);
        text.bytes().try_fold(0, add).map(Self).ok_or(InvalidUploadId)
    }

    /// The key of the object that is made of the upload's parts.
    pub fn key(&self, account: &Account) -> String {
        let made = UNIX_EPOCH + Duration::from_millis((self.0 >> RANDOM_BITS) as u64);
        let time = humantime::format_rfc3339_seconds(made).to_string();
        format!("b/{account}/{}/{self}", &time[..DAY])
    }

    /// The key of what the claim with this version stores in one piece.
    pub fn piece_key(&self, account: &Account, version: u64) -> String {
        format!("{}.{version}", self.key(account))
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digit = |at: usize| char::from(ALPHABET[(self.0 >> (5 * at) & 31) as usize]);
        f.write_str(&(0..LENGTH).rev().map(digit).collect::<String>())
    }
}
