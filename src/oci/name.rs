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

use serde::{Deserialize, Serialize};

/// The longest name that common clients accept, in characters.
pub const MAX_NAME: usize = 255;

/// A repository name that follows the grammar above.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// The text is not a repository name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a repository name")]
pub struct InvalidName;

impl Name {
    /// Parses a whole name.
    ///
    /// # Errors
    /// [`InvalidName`] for anything outside the grammar or over [`MAX_NAME`] characters.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if Self::is_valid(text) { Ok(Self(text.to_owned())) } else { Err(InvalidName) }
    }

    /// Whether the text follows the grammar.
    pub fn is_valid(text: &str) -> bool {
        text.len() <= MAX_NAME && follows_grammar(text.as_bytes())
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parts between the slashes. There is at least one.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

impl TryFrom<String> for Name {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        if Self::is_valid(&text) { Ok(Self(text)) } else { Err(InvalidName) }
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// A slash stands between two runs of `alnum` as every other separator does.
fn follows_grammar(mut rest: &[u8]) -> bool {
    loop {
        let run = leading(rest, |b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if run == 0 {
            return false;
        }
        rest = match &rest[run..] {
            [] => return true,
            [b'_', b'_', rest @ ..] | [b'/' | b'_' | b'.', rest @ ..] => rest,
            dashes @ [b'-', ..] => &dashes[leading(dashes, |b| b == b'-')..],
            _ => return false,
        };
    }
}

fn leading(bytes: &[u8], accept: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|b| accept(**b)).count()
}
