//! Conditions of requests (RFC 9110, section 13.1).

/// Whether the value of `If-None-Match` names `etag`, by weak comparison.
pub fn matches(value: &str, etag: &str) -> bool {
    let tags = value.split(',').map(str::trim);
    tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag)).any(|tag| tag == etag || tag == "*")
}
