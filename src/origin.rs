//! Origins: scheme, host and port, as in `https://bhcr.io` or `http://localhost:8787`.
//!
//! Grammar. An origin that follows it can stand in a quoted header value:
//!
//! ```text
//! origin = ("http" / "https") "://" host [":" port]
//! host   = 1*(ALPHA / DIGIT / "." / "-" / "_") / "[" 1*(HEXDIG / ":" / ".") "]"
//! port   = 0 to 65535
//! ```

use std::fmt;

/// An origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    text: String,
    authority_at: usize,
}

/// The text is not an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an origin")]
pub struct InvalidOrigin;

impl Origin {
    /// Parses an origin. One slash at its end is accepted.
    ///
    /// # Errors
    /// [`InvalidOrigin`] for another scheme, a user name or password, a path, or a byte outside the
    /// grammar.
    pub fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let schemes = ["https://", "http://"];
        let scheme = schemes.into_iter().find(|it| text.starts_with(it)).ok_or(InvalidOrigin)?;
        let (host, port) = split_port(&text[scheme.len()..]);
        if !is_host(host) || !port.is_none_or(is_port) {
            return Err(InvalidOrigin);
        }
        Ok(Self { text: text.to_ascii_lowercase(), authority_at: scheme.len() })
    }

    /// The origin to use if the request does not have a valid one.
    pub fn unknown() -> Self {
        Self::parse("http://unknown").expect("it follows the grammar")
    }

    /// The whole origin.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host, and the port if the text has one.
    pub fn authority(&self) -> &str {
        &self.text[self.authority_at..]
    }

    /// The host, and the port unless it is the scheme's default. Two origins of the same server
    /// have the same value.
    pub fn server(&self) -> &str {
        let default = if self.is_https() { ":443" } else { ":80" };
        self.authority().strip_suffix(default).unwrap_or(self.authority())
    }

    /// The host without the port.
    pub fn host(&self) -> &str {
        split_port(self.authority()).0
    }

    /// Whether the host is this machine itself.
    pub fn is_loopback(&self) -> bool {
        matches!(self.host(), "localhost" | "[::1]") || self.host().starts_with("127.")
    }

    /// Whether nobody can register the host in the public DNS: it is an address, a name without a
    /// dot, or one under `local` (RFC 6762, section 3) or `internal` (reserved by ICANN).
    pub fn is_private(&self) -> bool {
        let host = self.host();
        let is_address = host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let is_reserved = [".local", ".internal"].iter().any(|end| host.ends_with(end));
        is_address || is_reserved || !host.contains('.') || host.starts_with('[')
    }

    /// Whether the scheme is https.
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

// Rust's own parser would also accept a plus sign.
fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

fn is_host(text: &str) -> bool {
    let is_in_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    let is_in_address = |b: u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.');
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => !address.is_empty() && address.bytes().all(is_in_address),
        None => !text.is_empty() && text.bytes().all(is_in_name),
    }
}
