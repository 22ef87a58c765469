//! Identifiers of an account's access keys and clients.
//!
//! Grammar:
//!
//! ```text
//! key    = "key-" 5*12( a-z / 0-9 )
//! client = "cli-" 5*12( a-z / 0-9 )
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

use super::name::{Account, is_short_id};

const NEW_ID: usize = 12;
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// The identifier of an access key. It is not a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(Box<str>);

/// The identifier of a client, and the user name that it logs in with. It is not a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientId(Box<str>);

/// The text is not an identifier of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct InvalidId;

impl KeyId {
    /// A new identifier, with 60 random bits.
    pub fn random() -> Self {
        Self(random("key-").into())
    }

    /// Parses an identifier.
    ///
    /// # Errors
    /// [`InvalidId`] for anything outside the grammar above.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        parse("key-", text).map(Self)
    }

    /// The identifier as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ClientId {
    /// A new identifier, with 60 random bits.
    pub fn random() -> Self {
        Self(random("cli-").into())
    }

    /// Parses an identifier.
    ///
    /// # Errors
    /// [`InvalidId`] for anything outside the grammar above.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        parse("cli-", text).map(Self)
    }

    /// The identifier as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Account {
    /// A new account's name, with 60 random bits.
    pub fn random() -> Self {
        Self::parse(&random("acc-")).expect("the alphabet and length are an account's")
    }
}

impl TryFrom<String> for KeyId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(&text)
    }
}

impl From<KeyId> for String {
    fn from(it: KeyId) -> Self {
        it.0.into()
    }
}

impl TryFrom<String> for ClientId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(&text)
    }
}

impl From<ClientId> for String {
    fn from(it: ClientId) -> Self {
        it.0.into()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn parse(prefix: &str, text: &str) -> Result<Box<str>, InvalidId> {
    match text.strip_prefix(prefix) {
        Some(rest) if is_short_id(rest) => Ok(text.into()),
        _ => Err(InvalidId),
    }
}

// The alphabet has 32 characters, so five bits of a random byte choose one without a bias.
fn random(prefix: &str) -> String {
    let mut bytes = [0; NEW_ID];
    getrandom::fill(&mut bytes).expect("the platform has randomness");
    let characters = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
    prefix.chars().chain(characters).collect()
}
