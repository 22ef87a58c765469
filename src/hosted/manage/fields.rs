//! The fields of a JSON body, read one by one, so that a refusal names the field that is wrong.

use serde_json::{Map, Value};

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
    object: Map<String, Value>,
}

impl Fields {
    /// Reads a body. An empty one is an object without fields.
    pub(super) fn of_body(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
        match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => Ok(Self { prefix: String::new(), object }),
            _ => Err(InvalidBody::Malformed),
        }
    }

    /// Reads an object that is the value of `field`.
    pub(super) fn of_value(field: &str, value: Value) -> Result<Self, InvalidField> {
        match value {
            Value::Object(object) => Ok(Self { prefix: format!("{field}."), object }),
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
        let null = self.object.get(field).is_some_and(Value::is_null);
        if null {
            self.object.remove(field);
        }
        null
    }

    /// A problem of one of the fields.
    pub(super) fn problem(&self, field: &str, problem: impl Into<String>) -> InvalidField {
        InvalidField::new(format!("{}{field}", self.prefix), problem)
    }

    /// Refuses fields that nobody took.
    pub(super) fn finish(self) -> Result<(), InvalidField> {
        match self.object.keys().next() {
            None => Ok(()),
            Some(field) => {
                let field = Excerpt(field).to_string();
                Err(self.problem(&field, "is not a field of this request"))
            }
        }
    }

    fn take(&mut self, field: &str) -> Option<Value> {
        self.object.remove(field).filter(|value| !value.is_null())
    }
}
