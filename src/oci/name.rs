//! Repository names.
//!
//! Grammar (OCI distribution specification 1.1, "Pulling manifests"):
//!
//! ```text
//! name      = component *("/" component)            ; 255 characters at most
//! component = alnum *(separator alnum)
//! alnum     = 1*(%x61-7A / DIGIT)                   ; a-z 0-9
//! separator = "." / "_" / "__" / 1*"-"
//! ```

use std::fmt;

/// The longest name that common clients accept, in characters.
pub const MAX_NAME: usize = 255;

/// A repository name that follows the grammar above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name<'a>(&'a str);

/// The text is not a repository name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidName;

impl<'a> Name<'a> {
    /// Parses a whole name.
    ///
    /// # Errors
    /// [`InvalidName`] for anything outside the grammar or over [`MAX_NAME`] characters.
    pub fn parse(text: &'a str) -> Result<Self, InvalidName> {
        if text.len() <= MAX_NAME && text.split('/').all(is_component) {
            Ok(Self(text))
        } else {
            Err(InvalidName)
        }
    }

    /// The name as it was written.
    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// The parts between the slashes; there is at least one.
    pub fn components(self) -> impl Iterator<Item = &'a str> {
        self.0.split('/')
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

fn is_component(text: &str) -> bool {
    let mut rest = text.as_bytes();
    loop {
        let run = leading(rest, |b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if run == 0 {
            return false;
        }
        rest = &rest[run..];
        if rest.is_empty() {
            return true;
        }
        rest = match rest {
            [b'_', b'_', ..] => &rest[2..],
            [b'_' | b'.', ..] => &rest[1..],
            [b'-', ..] => &rest[leading(rest, |b| b == b'-')..],
            _ => return false,
        };
    }
}

fn leading(bytes: &[u8], accept: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|b| accept(**b)).count()
}
