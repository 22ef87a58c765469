//! For fields of what is only ever serialized to be sealed: `#[serde(with = "within_seal")]`. A
//! [`Secret`] serializes in no other way, so that none can end in a log or an answer by chance.

use serde::{Deserialize, Deserializer, Serializer};

use super::Secret;

/// Writes the text itself.
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
