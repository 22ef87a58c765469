//! Which bytes of a blob a GET asks for (RFC 9110, section 14).

use super::Asked;
use crate::services::objects::Span;

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// All bytes: there is no `Range`, or one that may be ignored.
    Whole,
    /// A span.
    Part(Span),
    /// Nothing, because the range begins after the end of the blob.
    None,
}

/// Chooses by `Range`, unless `If-Range` names another version. A `Range` that has several ranges
/// or does not parse is ignored, as section 14.2 allows.
pub fn choose(asked: &Asked<'_>, etag: &str, size: u64) -> Chosen {
    let is_other = asked.if_range.is_some_and(|version| version.trim() != etag);
    match asked.range.filter(|_| !is_other).and_then(parse) {
        None => Chosen::Whole,
        Some(range) => range.within(size),
    }
}

/// Whether `If-None-Match` names the version (RFC 9110, section 13.1.2); the comparison is weak.
pub fn matches(known: &str, etag: &str) -> bool {
    let tags = known.split(',').map(str::trim);
    tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag)).any(|tag| tag == etag || tag == "*")
}

#[derive(Clone, Copy)]
enum Range {
    // The first byte and the last.
    From(u64, Option<u64>),
    // This many bytes at the end.
    Last(u64),
}

impl Range {
    fn within(self, size: u64) -> Chosen {
        let (offset, end) = match self {
            Self::From(first, last) => (first, last.map_or(size, |last| last.saturating_add(1))),
            Self::Last(0) => return Chosen::None,
            Self::Last(count) => (size.saturating_sub(count), size),
        };
        match end.min(size).checked_sub(offset) {
            None | Some(0) => Chosen::None,
            Some(length) => Chosen::Part(Span { offset, length }),
        }
    }
}

fn parse(text: &str) -> Option<Range> {
    let (unit, range) = text.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    match (first, last) {
        ("", count) => number(count).map(Range::Last),
        (first, "") => Some(Range::From(number(first)?, None)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Range::From(first, Some(last)))
        }
    }
}

fn number(digits: &str) -> Option<u64> {
    // `parse` also accepts a sign.
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}
