//! Identifiers of uploads, and the keys in R2 that follow from them.
//!
//! An identifier is a ULID: 48 bits of time in milliseconds since 1970 and 80 random bits, written
//! as 26 characters of Crockford's base 32. Keys are opaque and never used twice:
//!
//! ```text
//! key = "b/" account "/" day "/" ulid [ "." version ]
//! ```
//!
//! What one claim of an upload stores in one piece is under the key with the claim's version, and
//! the multipart upload that it begins is for the key with the number below, or for the one without
//! a number. So no claim writes over what another one stored, and nothing but the completion of one
//! multipart upload ever writes under that upload's key, however late a call takes effect.

use serde::{Deserialize, Serialize};

use crate::account::name::Account;
use crate::time;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 26;
// The first characters, which are the time.
const TIME: usize = 10;
const RANDOM_BITS: u32 = 80;
const DAY: usize = "2026-11-21".len();

/// The identifier of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UploadId(String);

/// The key in R2 of the object that an upload's parts make.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectKey(String);

/// The text is not the identifier of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the identifier of an upload")]
pub struct InvalidUploadId;

impl UploadId {
    /// A new identifier, made at `now_ms`, in milliseconds since 1970.
    pub fn random(now_ms: u64) -> Self {
        let mut random = [0; 16];
        getrandom::fill(&mut random[6..]).expect("the platform has randomness");
        let time = u128::from(now_ms & ((1 << 48) - 1));
        let id = time << RANDOM_BITS | u128::from_be_bytes(random);
        let digit = |at: usize| char::from(ALPHABET[(id >> (5 * at) & 31) as usize]);
        Self((0..LENGTH).rev().map(digit).collect())
    }

    /// Parses an identifier.
    ///
    /// # Errors
    /// [`InvalidUploadId`] for anything outside the grammar above.
    pub fn parse(text: &str) -> Result<Self, InvalidUploadId> {
        // The first of 26 characters has only three bits of the 128.
        let begins = matches!(text.as_bytes().first(), Some(b'0'..=b'7'));
        let is_ulid = begins && text.len() == LENGTH && text.bytes().all(|b| value(b).is_some());
        if is_ulid { Ok(Self(text.to_owned())) } else { Err(InvalidUploadId) }
    }

    /// The identifier as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key of the object that is made of the upload's parts.
    pub fn key(&self, account: &Account) -> ObjectKey {
        let time = self.0.bytes().take(TIME).filter_map(value);
        let made = time.fold(0, |time, digit| time << 5 | digit as u64);
        let made = time::text(made / 1000);
        ObjectKey(format!("b/{account}/{}/{}", &made[..DAY], self.0))
    }
}

impl ObjectKey {
    /// The key as R2 has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key of what the claim with this version stores in one piece.
    pub fn piece(&self, version: u64) -> String {
        format!("{}.{version}", self.0)
    }

    /// The key of the multipart upload that the claim with this version begins.
    pub fn of_parts(&self, version: u64) -> String {
        match version - 1 {
            0 => self.0.clone(),
            number => self.piece(number),
        }
    }
}

/// The multipart upload with this identifier of R2's that a claim began, in one text: `[ number "." ]
/// id`, with the number in its key. R2's identifiers are base64, which has neither dots nor spaces.
pub fn mark(version: u64, id: &str) -> String {
    match version - 1 {
        0 => id.to_owned(),
        number => format!("{number}.{id}"),
    }
}

/// Reads what [`mark`] wrote: gives the key of the multipart upload, and R2's identifier. `key` is
/// that of the upload.
pub fn begun<'a>(key: &str, marked: &'a str) -> (String, &'a str) {
    match marked.split_once('.') {
        Some((number, id)) if number.bytes().all(|b| b.is_ascii_digit()) => {
            (format!("{key}.{number}"), id)
        }
        Some(_) | None => (key.to_owned(), marked),
    }
}

impl TryFrom<String> for UploadId {
    type Error = InvalidUploadId;

    fn try_from(text: String) -> Result<Self, InvalidUploadId> {
        Self::parse(&text)
    }
}

impl From<UploadId> for String {
    fn from(id: UploadId) -> Self {
        id.0
    }
}

fn value(digit: u8) -> Option<usize> {
    ALPHABET.iter().position(|known| *known == digit)
}
