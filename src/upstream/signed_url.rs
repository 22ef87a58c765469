//! Signed URLs: their query says until when storage accepts them.
//!
//! - Amazon S3, Signature Version 4: `X-Amz-Date=YYYYMMDD'T'HHMMSS'Z'`, and `X-Amz-Expires` in
//!   seconds after that date. A URL with an `X-Amz-Security-Token` was signed with a temporary
//!   credential. It also expires when that credential does, and the URL does not say when that is.
//! - Amazon CloudFront with a canned policy, and S3's Signature Version 2: `Expires` in seconds
//!   since 1970, together with a `Signature`.

use super::target;
use crate::time;

/// When a URL expires, in seconds since 1970. `None` if the URL does not say it for certain.
pub fn expiry(url: &str) -> Option<u64> {
    target::origin(url).ok()?;
    let (url, _fragment) = url.split_once('#').unwrap_or((url, ""));
    let (_, query) = url.split_once('?')?;
    // Case does not matter to storage: S3's Signature Version 2 writes its token in lower case.
    let values = |name: &'static str| {
        let named = form_urlencoded::parse(query.as_bytes())
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value)
    };
    let is_there = |name| values(name).next().is_some();
    // If a parameter is there twice, it is not known which one storage reads.
    let only = |name| {
        let mut values = values(name);
        values.next().filter(|_| values.next().is_none())
    };
    if is_there("X-Amz-Security-Token") {
        return None;
    }
    if is_there("X-Amz-Date") || is_there("X-Amz-Expires") {
        return instant(&only("X-Amz-Date")?)?.checked_add(number(&only("X-Amz-Expires")?)?);
    }
    only("Signature")?;
    number(&only("Expires")?)
}

// Reads a time such as `20261121T091427Z`.
fn instant(text: &str) -> Option<u64> {
    let digits = |range: std::ops::Range<usize>| {
        let part = text.get(range)?;
        part.bytes().all(|b| b.is_ascii_digit()).then_some(part)
    };
    if text.len() != 16 || text.get(8..9) != Some("T") || text.get(15..) != Some("Z") {
        return None;
    }
    let (year, month, day) = (digits(0..4)?, digits(4..6)?, digits(6..8)?);
    let (hour, minute, second) = (digits(9..11)?, digits(11..13)?, digits(13..15)?);
    time::parse(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
}

fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}
