//! The fields of a JSON body, read one by one, so that a refusal names the field that is wrong.

use serde_json::Value;

use crate::oci::quote::Excerpt;
use crate::refusal::manage::InvalidField;

/// Why a body cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBody {
    /// It is not a JSON object.
    #[error("the body must be a JSON object")]
    Malformed,
    /// It is a JSON object, and a field is wrong.
    #[error(transparent)]
    Field(#[from] InvalidField),
}

/// The fields of an object. Each is taken once. Fields that nobody took are refused, because a
/// mistyped optional field would otherwise be ignored.
pub(super) struct Fields {
    prefix: String,
    // A list, because an object has a few fields, and to remove one from a map is more code.
    fields: Vec<(String, Value)>,
}

impl Fields {
    /// Reads a body. An empty one is an object without fields.
    pub(super) fn of_body(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
        match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => {
                Ok(Self { prefix: String::new(), fields: object.into_iter().collect() })
            }
            _ => Err(InvalidBody::Malformed),
        }
    }

    /// Reads an object that is the value of `field`.
    pub(super) fn of_value(field: &str, value: Value) -> Result<Self, InvalidField> {
        match value {
            Value::Object(object) => {
                Ok(Self { prefix: format!("{field}."), fields: object.into_iter().collect() })
            }
            _ => Err(InvalidField::new(field, "must be an object")),
        }
    }

    /// A required text.
    pub(super) fn text(&mut self, field: &str) -> Result<String, InvalidField> {
        self.optional_text(field)?.ok_or_else(|| self.problem(field, "is required"))
    }

    /// An optional text.
    pub(super) fn optional_text(&mut self, field: &str) -> Result<Option<String>, InvalidField> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.problem(field, "must be a string")),
        }
    }

    /// An optional boolean.
    pub(super) fn optional_flag(&mut self, field: &str) -> Result<Option<bool>, InvalidField> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(self.problem(field, "must be true or false")),
        }
    }

    /// An optional list, with the name of each element.
    pub(super) fn optional_list(
        &mut self,
        field: &str,
    ) -> Result<Option<Vec<(String, Value)>>, InvalidField> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::Array(values)) => {
                let name = |at| format!("{}{field}[{at}]", self.prefix);
                Ok(Some(values.into_iter().enumerate().map(|(at, it)| (name(at), it)).collect()))
            }
            Some(_) => Err(self.problem(field, "must be a list")),
        }
    }

    /// Whether a field is `null`. If so, it is taken.
    pub(super) fn is_null(&mut self, field: &str) -> bool {
        let null = self.fields.iter().position(|(name, value)| name == field && value.is_null());
        null.map(|at| self.fields.remove(at)).is_some()
    }

    /// A problem of one of the fields.
    pub(super) fn problem(&self, field: &str, problem: impl Into<String>) -> InvalidField {
        InvalidField::new(format!("{}{field}", self.prefix), problem)
    }

    /// Refuses fields that nobody took.
    pub(super) fn finish(self) -> Result<(), InvalidField> {
        match self.fields.first() {
            None => Ok(()),
            Some((field, _)) => {
                let field = Excerpt(field).to_string();
                Err(self.problem(&field, "is not a field of this request"))
            }
        }
    }

    fn take(&mut self, field: &str) -> Option<Value> {
        let at = self.fields.iter().position(|(name, _)| name == field)?;
        Some(self.fields.remove(at).1).filter(|value| !value.is_null())
    }
}
