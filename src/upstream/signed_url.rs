//! Signed URLs: until when storage serves them, as their own query says.
//!
//! - Amazon S3, Signature Version 4: `X-Amz-Date=YYYYMMDD'T'HHMMSS'Z'` and `X-Amz-Expires`, which
//!   is seconds from then on. With an `X-Amz-Security-Token` the URL also ends with the temporary
//!   credential that signed it, which it does not tell.
//! - Amazon CloudFront with a canned policy, and S3's Signature Version 2: `Expires`, in seconds
//!   since 1970, beside a `Signature`.

use std::time::UNIX_EPOCH;

use super::target;

/// When a URL expires, in seconds since 1970. `None` where that is not known for certain.
pub fn expiry(url: &str) -> Option<u64> {
    target::origin(url).ok()?;
    let (url, _fragment) = url.split_once('#').unwrap_or((url, ""));
    let (_, query) = url.split_once('?')?;
    // In any case, as storage reads them: S3's Signature Version 2 has its token in lower case.
    let values = |name: &'static str| {
        let named = form_urlencoded::parse(query.as_bytes())
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value)
    };
    let is_there = |name| values(name).next().is_some();
    // What is there twice is not certain.
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

// Of `20261121T091427Z`.
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
    let instant = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
    let since = humantime::parse_rfc3339(&instant).ok()?.duration_since(UNIX_EPOCH);
    Some(since.ok()?.as_secs())
}

fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}
