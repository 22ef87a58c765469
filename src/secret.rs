//! Texts that must never be printed.

pub mod within_seal;

use std::fmt;

/// A credential, a token or a key as text. It prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Call it only to send or to digest it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `text` is the same text. The comparison takes equally long wherever two texts of one
    /// length differ, so that its time does not help to guess a secret.
    pub fn is(&self, text: &str) -> bool {
        are_same(&self.0, text)
    }
}

/// Whether two texts are the same, eight bytes at once and up to their end: in WebAssembly, the
/// standard library compares one by one.
pub fn are_same(one: &str, other: &str) -> bool {
    let (ours, our_rest) = one.as_bytes().as_chunks();
    let (theirs, their_rest) = other.as_bytes().as_chunks();
    let pairs = ours.iter().zip(theirs);
    let differs = |(a, b): (&[u8; 8], &[u8; 8])| u64::from_ne_bytes(*a) ^ u64::from_ne_bytes(*b);
    let rest = our_rest.iter().zip(their_rest).map(|(a, b)| u64::from(a ^ b));
    let difference = pairs.map(differs).chain(rest).fold(0, |all, it| all | it);
    one.len() == other.len() && difference == 0
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
