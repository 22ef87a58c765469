//! Byte ranges: those in clients' requests, and how much of an upload was received.
//!
//! Grammar of requests (RFC 9110, 14.1.1 and 14.1.2; a list may have empty elements, 5.6.1):
//!
//! ```text
//! Range        = "bytes=" 1#( int-range / suffix-range )
//! int-range    = 1*DIGIT "-" [ 1*DIGIT ]   ; not valid if the last is below the first
//! suffix-range = "-" 1*DIGIT
//! ```

/// Whether the value of `Range` follows the grammar. bhcr ignores a `Range` that does not (RFC
/// 9110, 14.2), because distribution would refuse it with 416, as if the blob were too short.
pub fn is_valid(text: &str) -> bool {
    let Some(list) = text.strip_prefix("bytes=") else { return false };
    let elements = list.split(',').map(|element| element.trim_matches([' ', '\t']));
    let mut ranges = elements.filter(|element| !element.is_empty()).peekable();
    ranges.peek().is_some() && ranges.all(is_range)
}

/// The value of `Range` of an upload that has `bytes`: its first and last byte (OCI distribution
/// specification 1.1, "Pushing a blob in chunks"). `0-0` also stands for no byte, because clients
/// expect that.
pub fn received(bytes: u64) -> String {
    format!("0-{}", bytes.saturating_sub(1))
}

fn is_range(text: &str) -> bool {
    let Some((first, last)) = text.split_once('-') else { return false };
    match (first, last) {
        ("", last) => is_number(last),
        (first, "") => is_number(first),
        (first, last) => is_number(first) && is_number(last) && !is_below(last, first),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

// Compares as text, because a number may have more digits than any integer type.
fn is_below(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|number| number.trim_start_matches('0'));
    (one.len(), one) < (other.len(), other)
}
