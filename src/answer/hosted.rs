//! Refusals of hosted repositories: status, code, headers and words.

mod manage;
pub(super) mod words;

use std::fmt;

use http::StatusCode;
use serde::Serialize;

use super::Answer;
use crate::account::name::ImageName;
use crate::account::rights::Action;
use crate::marks::back_off::DEFAULT_RETRY_AFTER;
use crate::oci::challenge::{Challenge, TokenError};
use crate::oci::error::{self, Code};
use crate::oci::{range, scope};
use crate::origin::Origin;
use crate::refusal::Refusal;
use crate::refusal::upload::AppendError;
use crate::services::database::DatabaseError;

// How long a client should wait before it tries again, in seconds.
const RETRY_AFTER: &str = "5";

/// The answer with this status and code to a client that came by `own`.
pub(super) fn answer<B>(
    refusal: &Refusal,
    (status, code): (StatusCode, Code),
    own: &Origin,
) -> Answer<B> {
    let message = words::of(refusal, own);
    let answer = match field(refusal) {
        Some(field) => Answer::json(status, error::body_with(code, &message, &Detail { field })),
        None => Answer::error(status, code, &message),
    };
    headers(refusal, own).into_iter().fold(answer, |answer, (name, value)| answer.with(name, value))
}

#[derive(Serialize)]
struct Detail<'a> {
    field: &'a str,
}

// Only the management API names a field.
fn field(refusal: &Refusal) -> Option<&str> {
    if let Refusal::Manage(refusal) = refusal { manage::field(refusal) } else { None }
}

/// What the log says, if an operator could do something about it.
pub(super) fn problem(refusal: &Refusal) -> Option<String> {
    match refusal {
        Refusal::Database(error) | Refusal::Upload { error: AppendError::Database(error), .. } => {
            Some(format!("the catalog failed: {error}"))
        }
        Refusal::Objects(error) | Refusal::Upload { error: AppendError::Objects(error), .. } => {
            Some(error.to_string())
        }
        Refusal::Lost => Some("data that the catalog has is not among the objects".to_owned()),
        // The client caused these.
        Refusal::Off
        | Refusal::TooMany
        | Refusal::Credential(_)
        | Refusal::Unauthenticated { .. }
        | Refusal::NameUnknown(_)
        | Refusal::NameInvalid
        | Refusal::Forbidden(..)
        | Refusal::ManifestUnknown
        | Refusal::BlobUnknown
        | Refusal::NeedsUnknown(_)
        | Refusal::Manifest(_)
        | Refusal::ManifestTooLarge
        | Refusal::AnnotationsTooLarge { .. }
        | Refusal::BodyBroken
        | Refusal::UploadUnknown
        | Refusal::Upload { .. }
        | Refusal::DigestInvalid
        | Refusal::ContentRangeInvalid
        | Refusal::WrongDigest
        | Refusal::OutOfRange { .. }
        | Refusal::Method(_)
        | Refusal::TagInvalid(_)
        | Refusal::InUse { .. }
        | Refusal::Page
        | Refusal::Manage(_) => None,
    }
}

pub(super) fn status_and_code(refusal: &Refusal) -> (StatusCode, Code) {
    match refusal {
        Refusal::Off | Refusal::Database(_) | Refusal::Objects(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable)
        }
        Refusal::TooMany => (StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests),
        Refusal::Lost => (StatusCode::INTERNAL_SERVER_ERROR, Code::Unknown),
        Refusal::Unauthenticated { .. } | Refusal::Credential(_) | Refusal::Forbidden(..) => {
            (StatusCode::UNAUTHORIZED, Code::Unauthorized)
        }
        Refusal::NameUnknown(_) => (StatusCode::NOT_FOUND, Code::NameUnknown),
        Refusal::NameInvalid => (StatusCode::BAD_REQUEST, Code::NameInvalid),
        Refusal::ManifestUnknown => (StatusCode::NOT_FOUND, Code::ManifestUnknown),
        Refusal::BlobUnknown => (StatusCode::NOT_FOUND, Code::BlobUnknown),
        Refusal::NeedsUnknown(_) => (StatusCode::NOT_FOUND, Code::ManifestBlobUnknown),
        Refusal::Manifest(_) | Refusal::TagInvalid(_) => {
            (StatusCode::BAD_REQUEST, Code::ManifestInvalid)
        }
        Refusal::ManifestTooLarge | Refusal::AnnotationsTooLarge { .. } => {
            (StatusCode::PAYLOAD_TOO_LARGE, Code::ManifestInvalid)
        }
        Refusal::BodyBroken => (StatusCode::BAD_REQUEST, Code::SizeInvalid),
        Refusal::UploadUnknown => (StatusCode::NOT_FOUND, Code::BlobUploadUnknown),
        Refusal::Upload { error, .. } => upload(error),
        Refusal::DigestInvalid | Refusal::WrongDigest => {
            (StatusCode::BAD_REQUEST, Code::DigestInvalid)
        }
        Refusal::ContentRangeInvalid => (StatusCode::BAD_REQUEST, Code::BlobUploadInvalid),
        Refusal::OutOfRange { .. } => (StatusCode::RANGE_NOT_SATISFIABLE, Code::RangeInvalid),
        Refusal::InUse { .. } => (StatusCode::METHOD_NOT_ALLOWED, Code::Unsupported),
        Refusal::Method(_) => (StatusCode::METHOD_NOT_ALLOWED, Code::Unsupported),
        Refusal::Page => (StatusCode::BAD_REQUEST, Code::PaginationNumberInvalid),
        Refusal::Manage(refusal) => manage::status_and_code(refusal),
    }
}

fn upload(error: &AppendError) -> (StatusCode, Code) {
    match error {
        AppendError::Ended(_) => (StatusCode::NOT_FOUND, Code::BlobUploadUnknown),
        AppendError::Offset { .. } => (StatusCode::RANGE_NOT_SATISFIABLE, Code::BlobUploadInvalid),
        AppendError::Length | AppendError::Cut { .. } => {
            (StatusCode::BAD_REQUEST, Code::SizeInvalid)
        }
        AppendError::Slow { .. } => (StatusCode::REQUEST_TIMEOUT, Code::BlobUploadInvalid),
        AppendError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, Code::SizeInvalid),
        // Not 413, because clients would take it for a chunk that is too large, and send more
        // chunks.
        AppendError::TooMany { .. } => (StatusCode::BAD_REQUEST, Code::BlobUploadInvalid),
        AppendError::Overtaken => (StatusCode::CONFLICT, Code::BlobUploadInvalid),
        AppendError::Busy | AppendError::Database(_) | AppendError::Objects(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable)
        }
    }
}

fn headers(refusal: &Refusal, own: &Origin) -> Vec<(&'static str, String)> {
    match refusal {
        Refusal::Unauthenticated { action, image, error } => {
            vec![challenge(own, *action, image, *error)]
        }
        // Without `error`, because docker would print "denied" in place of the message.
        Refusal::Forbidden(action, image) => vec![challenge(own, *action, image, None)],
        Refusal::Credential(_) => {
            vec![("www-authenticate", format!("Basic realm=\"{}\"", own.authority()))]
        }
        Refusal::Upload {
            error: AppendError::Offset { received } | AppendError::Slow { received },
            location,
        } => vec![("location", location.clone()), ("range", range::received(*received))],
        Refusal::OutOfRange { size } => vec![("content-range", format!("bytes */{size}"))],
        Refusal::Method(allowed) => vec![("allow", (*allowed).to_owned())],
        Refusal::Manage(refusal) => manage::header(refusal, own).into_iter().collect(),
        Refusal::InUse { .. } => vec![("allow", "GET, HEAD".to_owned())],
        Refusal::TooMany => vec![("retry-after", DEFAULT_RETRY_AFTER.to_string())],
        Refusal::Database(DatabaseError::Overloaded | DatabaseError::Rejected)
        | Refusal::Upload { error: AppendError::Busy, .. } => {
            vec![("retry-after", RETRY_AFTER.to_owned())]
        }
        Refusal::Off
        | Refusal::Database(_)
        | Refusal::Objects(_)
        | Refusal::Lost
        | Refusal::NameUnknown(_)
        | Refusal::NameInvalid
        | Refusal::ManifestUnknown
        | Refusal::BlobUnknown
        | Refusal::NeedsUnknown(_)
        | Refusal::Manifest(_)
        | Refusal::ManifestTooLarge
        | Refusal::AnnotationsTooLarge { .. }
        | Refusal::BodyBroken
        | Refusal::UploadUnknown
        | Refusal::Upload { .. }
        | Refusal::DigestInvalid
        | Refusal::ContentRangeInvalid
        | Refusal::WrongDigest
        | Refusal::TagInvalid(_)
        | Refusal::Page => Vec::new(),
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, code) = status_and_code(self);
        write!(f, "{}, {}", status.as_u16(), code.as_str())
    }
}

/// The actions of the scope that a client is told to ask for.
fn needed(action: Action) -> &'static str {
    match action {
        Action::Pull => "pull",
        Action::Push => "pull,push",
        Action::Delete => "pull,push,delete",
    }
}

fn challenge(
    own: &Origin,
    action: Action,
    image: &ImageName,
    error: Option<TokenError>,
) -> (&'static str, String) {
    let (origin, service) = (own.as_str(), own.authority());
    let scope = Some(scope::for_actions(image, needed(action)));
    ("www-authenticate", Challenge { origin, service, scope, error }.to_string())
}
