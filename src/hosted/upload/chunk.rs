//! What one request brings of a blob.

use crate::services::objects::{MAX_PARTS, PART};

/// The most bytes that a blob may have.
pub const MAX_BLOB: u64 = (MAX_PARTS as u64 - 1) * PART;

/// The bytes that a request brings.
#[derive(Debug)]
pub struct Chunk<B> {
    /// The body.
    pub body: B,
    /// `Content-Length`; a body in chunked encoding has none.
    pub length: Option<u64>,
    /// `Content-Range`, where the request says which bytes it brings.
    pub range: Option<ContentRange>,
    /// How many bytes the upload had when the client was told where to send these. A request that
    /// is sent twice, or late, must not append its bytes a second time.
    pub after: Option<u64>,
}

/// The first and the last byte of a chunk (OCI distribution specification 1.1, "Pushing a blob in
/// chunks"): `start "-" end`, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentRange {
    start: u64,
    length: u64,
}

/// The text is not the range of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the range of a chunk")]
pub struct InvalidContentRange;

/// `Content-Range` and `Content-Length` do not say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lengths contradict each other")]
pub(super) struct Contradiction;

impl ContentRange {
    /// Parses the value of `Content-Range`.
    ///
    /// # Errors
    /// [`InvalidContentRange`] for anything but two decimal numbers in order.
    pub fn parse(text: &str) -> Result<Self, InvalidContentRange> {
        let (start, end) = text.split_once('-').ok_or(InvalidContentRange)?;
        let (start, end) = (number(start)?, number(end)?);
        let more = end.checked_sub(start).ok_or(InvalidContentRange)?;
        Ok(Self { start, length: more.checked_add(1).ok_or(InvalidContentRange)? })
    }
}

impl<B> Chunk<B> {
    /// How many bytes are announced, by either header.
    pub(super) fn announced(&self) -> Result<Option<u64>, Contradiction> {
        match (self.length, self.range) {
            (Some(length), Some(range)) if length != range.length => Err(Contradiction),
            (length, range) => Ok(length.or(range.map(|range| range.length))),
        }
    }

    /// Where in the blob the bytes begin, if the request or its location says so.
    pub(super) fn start(&self) -> Option<u64> {
        let after = self.after.filter(|_| self.length != Some(0));
        self.range.map(|range| range.start).or(after)
    }
}

fn number(digits: &str) -> Result<u64, InvalidContentRange> {
    // `parse` takes a sign too.
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain).ok_or(InvalidContentRange)
}
