//! JSON from elsewhere, read field by field.
//!
//! A document is read as a tree, and its reader takes the fields that it wants. Types with a derived
//! `Deserialize` would cost the Worker one to four kilobytes each. Fields that nobody takes are
//! ignored.

use serde::{Serialize, Serializer};
use serde_json::{Error, Value};

/// A field is not there, or is something else than it should be. Its value is not kept, because it
/// could be a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no {wanted} in the field {field}")]
pub struct WrongField {
    /// The field's name.
    pub field: &'static str,
    /// What it should be.
    pub wanted: &'static str,
}

/// Texts by their names, in the order of these names. Serializes as an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedTexts(Vec<(String, String)>);

impl NamedTexts {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for NamedTexts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, text)| (name, text)))
    }
}

/// Reads a document.
///
/// # Errors
/// The parser's error if it is not JSON.
pub fn tree(text: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(text)
}

/// The text in a field of `object`.
///
/// # Errors
/// [`WrongField`] if there is none.
pub fn text<'a>(object: &'a Value, field: &'static str) -> Result<&'a str, WrongField> {
    object[field].as_str().ok_or(WrongField { field, wanted: "text" })
}

/// The text in a field that may be null or missing.
///
/// # Errors
/// [`WrongField`] if there is something else.
pub fn optional_text<'a>(
    object: &'a Value,
    field: &'static str,
) -> Result<Option<&'a str>, WrongField> {
    if object[field].is_null() { Ok(None) } else { text(object, field).map(Some) }
}

/// The whole number in a field, zero or more.
///
/// # Errors
/// [`WrongField`] if there is none.
pub fn number(object: &Value, field: &'static str) -> Result<u64, WrongField> {
    object[field].as_u64().ok_or(WrongField { field, wanted: "whole number" })
}

/// The list in a field.
///
/// # Errors
/// [`WrongField`] if there is none.
pub fn list<'a>(object: &'a Value, field: &'static str) -> Result<&'a [Value], WrongField> {
    let list = object[field].as_array().map(Vec::as_slice);
    list.ok_or(WrongField { field, wanted: "list" })
}

/// The list in a field that may be null or missing: an empty one then.
///
/// # Errors
/// [`WrongField`] if there is something else.
pub fn optional_list<'a>(
    object: &'a Value,
    field: &'static str,
) -> Result<&'a [Value], WrongField> {
    if object[field].is_null() { Ok(&[]) } else { list(object, field) }
}

/// The texts in a list.
///
/// # Errors
/// [`WrongField`], which calls the list `field`, if it is something else.
pub fn texts(list: Value, field: &'static str) -> Result<Vec<String>, WrongField> {
    let Value::Array(items) = list else { return Err(WrongField { field, wanted: "list" }) };
    items.into_iter().map(|item| owned_text(item, field)).collect()
}

/// The texts in the fields of an object, by the names of these fields.
///
/// # Errors
/// [`WrongField`], which calls the object `field`, if it is something else.
pub fn named_texts(object: Value, field: &'static str) -> Result<NamedTexts, WrongField> {
    let Value::Object(fields) = object else { return Err(WrongField { field, wanted: "object" }) };
    let mut texts = Vec::with_capacity(fields.len());
    for (name, text) in fields {
        texts.push((name, owned_text(text, field)?));
    }
    Ok(NamedTexts(texts))
}

fn owned_text(value: Value, field: &'static str) -> Result<String, WrongField> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(WrongField { field, wanted: "text" }),
    }
}
