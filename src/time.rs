//! Times as text: RFC 3339 in UTC, for seconds since 1970.

use std::time::Duration;

use der::DateTime;

/// The time as `2027-01-31T12:00:00Z`; for any time after the year 9999, the end of that year.
pub fn text(seconds: u64) -> String {
    let time = DateTime::from_unix_duration(Duration::from_secs(seconds));
    time.unwrap_or(DateTime::INFINITY).to_string()
}

/// Reads a time in UTC such as `2027-01-31T12:00:00Z`, which may end with `+00:00` instead, and leaves
/// out its fraction of a second. `None` for any other text, and for a time before 1970.
pub fn parse(text: &str) -> Option<u64> {
    let text = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00"))?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    let time = format!("{whole}Z").parse::<DateTime>().ok().filter(|_| is_fraction)?;
    Some(time.unix_duration().as_secs())
}
