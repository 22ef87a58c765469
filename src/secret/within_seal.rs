//! Serializes a [`Secret`] in a struct that is always sealed: `#[serde(with = "within_seal")]`. A
//! [`Secret`] does not serialize in any other way, so that none gets into a log or an answer by
//! mistake.

use serde::{Deserialize, Deserializer, Serializer};

use super::Secret;

/// Writes the text.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

/// Reads a text.
///
/// # Errors
/// Those of the deserializer.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}
