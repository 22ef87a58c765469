//! Why a request of the management API is not served.

use super::BadCredential;

/// Why a request of the management API is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManageRefusal {
    /// No secret came, or none of bhcr.
    Unauthenticated,
    /// The secret is one of bhcr, and does not serve.
    Credential(BadCredential),
    /// The secret is for another account, or this is the operator's alone.
    Denied,
    /// The body is not a JSON object.
    Malformed,
    /// The body has too many bytes.
    TooLarge {
        /// The most bytes.
        limit: usize,
    },
    /// A part of the path names what cannot be.
    Path(&'static str),
    /// A field of the body is wrong.
    Field(InvalidField),
    /// There is no such thing; and what it is called.
    NotFound(&'static str),
    /// The account's name is taken.
    Taken,
    /// The account has repositories.
    NotEmpty,
    /// There is no such path.
    NoSuchPath,
    /// The path has other methods: these.
    Method(&'static str),
}

/// What is wrong with a body: its field, and what must be there. `grants[1].actions` is how a field
/// within a list is named.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct InvalidField {
    /// The field's name; empty for the body as a whole.
    pub field: String,
    /// What must be there, for people.
    pub problem: String,
}

impl InvalidField {
    /// A problem of a field.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }
}
