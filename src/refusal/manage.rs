//! Why a request of the management API is not served.

use super::BadCredential;

/// Why a request of the management API is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManageRefusal {
    /// No secret came, or one that does not belong to bhcr.
    Unauthenticated,
    /// The secret belongs to bhcr, and is not accepted.
    Credential(BadCredential),
    /// The secret is for another account, or only the operator may do this.
    Denied,
    /// The body is not a JSON object.
    Malformed,
    /// The body has too many bytes.
    TooLarge {
        /// The most bytes.
        limit: usize,
    },
    /// A part of the path is not valid: this one.
    Path(&'static str),
    /// A field of the body is wrong.
    Field(InvalidField),
    /// There is no such thing. The field says what kind of thing.
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

/// What is wrong with a body: a field, and what must be in it. A field within a list has a name
/// such as `grants[1].actions`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct InvalidField {
    /// The field's name; empty for the body as a whole.
    pub field: String,
    /// What must be in it, for people.
    pub problem: String,
}

impl InvalidField {
    /// A problem of a field.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }
}
