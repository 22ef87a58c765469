//! Origins: scheme, host and port, as in `https://bhcr.io` or `http://localhost:8787`.
//!
//! Grammar: `origin = ("http" / "https") "://" host [":" port]`, host and port out of letters,
//! digits, `.`, `-`, `_`, `:` and brackets, so that an origin can stand in a quoted header value.

use std::fmt;

/// An origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    text: String,
    authority_at: usize,
}

/// The text is not an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidOrigin;

impl Origin {
    /// Parses an origin; one slash behind it is forgiven.
    ///
    /// # Errors
    /// [`InvalidOrigin`] for another scheme, user information, a path, or any byte that a host
    /// and port do not have.
    pub fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let (scheme, authority) = text.split_once("://").ok_or(InvalidOrigin)?;
        let legal = |b: u8| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b);
        let bare = authority.starts_with(':') || authority.is_empty();
        if !matches!(scheme, "http" | "https") || bare || !authority.bytes().all(legal) {
            return Err(InvalidOrigin);
        }
        Ok(Self { text: text.to_ascii_lowercase(), authority_at: scheme.len() + 3 })
    }

    /// The whole origin.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Host, and port where it is not the scheme's own.
    pub fn authority(&self) -> &str {
        let authority = &self.text[self.authority_at..];
        let default = if self.is_https() { ":443" } else { ":80" };
        authority.strip_suffix(default).unwrap_or(authority)
    }

    /// Host without port.
    pub fn host(&self) -> &str {
        let authority = &self.text[self.authority_at..];
        match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => host,
            _ => authority,
        }
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
