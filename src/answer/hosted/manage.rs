//! Refusals of the management API: status, code, headers, and the field that is wrong.

use std::fmt;

use http::StatusCode;

use crate::oci::error::Code;
use crate::origin::Origin;
use crate::refusal::manage::{InvalidField, ManageRefusal};

pub(super) fn status_and_code(refusal: &ManageRefusal) -> (StatusCode, Code) {
    match refusal {
        ManageRefusal::Unauthenticated | ManageRefusal::Credential(_) => {
            (StatusCode::UNAUTHORIZED, Code::Unauthorized)
        }
        ManageRefusal::Denied => (StatusCode::FORBIDDEN, Code::Denied),
        ManageRefusal::Malformed | ManageRefusal::Path(_) => {
            (StatusCode::BAD_REQUEST, Code::Unsupported)
        }
        ManageRefusal::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, Code::SizeInvalid),
        ManageRefusal::Field(_) => (StatusCode::UNPROCESSABLE_ENTITY, Code::Unsupported),
        ManageRefusal::NotFound(_) | ManageRefusal::NoSuchPath => {
            (StatusCode::NOT_FOUND, Code::NameUnknown)
        }
        ManageRefusal::Taken | ManageRefusal::NotEmpty => (StatusCode::CONFLICT, Code::Unsupported),
        ManageRefusal::Method(_) => (StatusCode::METHOD_NOT_ALLOWED, Code::Unsupported),
    }
}

pub(super) fn header(refusal: &ManageRefusal, own: &Origin) -> Option<(&'static str, String)> {
    match refusal {
        ManageRefusal::Unauthenticated | ManageRefusal::Credential(_) => {
            Some(("www-authenticate", format!("Bearer realm=\"{}\"", own.authority())))
        }
        ManageRefusal::Method(allowed) => Some(("allow", (*allowed).to_owned())),
        ManageRefusal::Denied
        | ManageRefusal::Malformed
        | ManageRefusal::TooLarge { .. }
        | ManageRefusal::Path(_)
        | ManageRefusal::Field(_)
        | ManageRefusal::NotFound(_)
        | ManageRefusal::Taken
        | ManageRefusal::NotEmpty
        | ManageRefusal::NoSuchPath => None,
    }
}

impl std::error::Error for ManageRefusal {}

impl fmt::Display for ManageRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, code) = status_and_code(self);
        write!(f, "{}, {}", status.as_u16(), code.as_str())
    }
}

/// The field that is wrong, if the refusal is about one.
pub(super) fn field(refusal: &ManageRefusal) -> Option<&str> {
    match refusal {
        ManageRefusal::Field(InvalidField { field, .. }) => Some(field),
        ManageRefusal::Path(field) => Some(field),
        ManageRefusal::Unauthenticated
        | ManageRefusal::Credential(_)
        | ManageRefusal::Denied
        | ManageRefusal::Malformed
        | ManageRefusal::TooLarge { .. }
        | ManageRefusal::NotFound(_)
        | ManageRefusal::Taken
        | ManageRefusal::NotEmpty
        | ManageRefusal::NoSuchPath
        | ManageRefusal::Method(_) => None,
    }
}
