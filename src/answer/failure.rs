//! Every way in which a request can fail, and what the client is told.

mod from;

use std::fmt;

use http::StatusCode;

use super::Answer;
use super::{hosted, message};
use crate::config::Misconfigured;
use crate::oci::challenge::{Challenge, TokenError};
use crate::oci::error::Code;
use crate::oci::name::Name;
use crate::oci::path::InvalidPath;
use crate::oci::scope;
use crate::origin::Origin;
use crate::refusal::Refusal;
use crate::token::InvalidTokenRequest;

use crate::fault::Fault;
use crate::marks::back_off::DEFAULT_RETRY_AFTER;
use crate::services::BodyError;
use crate::session::{Absence, Absent, Outage, TokenTooLong};

/// Why a request is not served. What is long is in a box, because each await on the way up moves a
/// result, and would otherwise move as many bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The deployment's settings make no sense.
    Misconfigured(Vec<Misconfigured>),
    /// The request does not say which host it was sent to.
    Host,
    /// A path under `/v2/` that is not part of the registry API.
    Path(InvalidPath),
    /// The path does not have this method. The field lists those that it has.
    Method(&'static str),
    /// Releases cannot be pushed to.
    ReadOnly,
    /// There is nothing here.
    NoSuchPage,
    /// No token came, or one that is not accepted.
    Unauthenticated {
        /// The repository that a token is needed for.
        name: Option<Name>,
        /// What was wrong with the token that came.
        error: Option<TokenError>,
    },
    /// The request to the token endpoint is not valid.
    TokenRequest(InvalidTokenRequest),
    /// The token endpoint's form could not be read.
    Form(BodyError),
    /// The names do not fit into a token.
    TokenTooLong(TokenTooLong),
    /// Upstream does not know the credential.
    WrongCredentials,
    /// The token says that the name is not granted.
    Absent(Box<Absent>),
    /// The registry does not let this name be pulled any more.
    Denied(Name),
    /// The registry has no such manifest.
    ManifestUnknown,
    /// The tag selects a release, and the token has no room for the credential to look it up: only
    /// this name does.
    ReleaseAsTag(Name),
    /// The tag selects no release, and the caller may pull the target of its name.
    NotSelected(Box<Absent>),
    /// The registry has no such blob.
    BlobUnknown,
    /// The blob has no such range. bhcr sends a body of its own, because distribution's body is
    /// shorter than its `Content-Length`.
    OutOfRange {
        /// `Content-Range` as the registry says it, with the blob's length.
        content_range: Option<String>,
    },
    /// Upstream could not serve.
    Upstream(Fault),
    /// A request about hosted repositories is refused.
    Hosted(Box<Refusal>),
}

impl Failure {
    /// The answer to a client that came by `own`. `by_tag` says that it asked for a tag, or for tags.
    pub fn answer<B>(&self, own: &Origin, by_tag: bool) -> Answer<B> {
        let (status, code) = told(self.status_and_code(), by_tag);
        if let Self::Hosted(refusal) = self {
            return hosted::answer(refusal, (status, code), own);
        }
        let message = message::of(self, own);
        let answer = match self.audience() {
            Audience::Person => Answer::text(status, "text/plain; charset=utf-8", message),
            Audience::Client => Answer::error(status, code, &message),
        };
        match self.header(own) {
            Some((name, value)) => answer.with(name, value),
            None => answer,
        }
    }

    /// The status of its answer, unless a tag was asked for.
    pub fn status(&self) -> StatusCode {
        self.status_and_code().0
    }

    /// What a client that came by `own` is told.
    pub fn message(&self, own: &Origin) -> String {
        message::of(self, own)
    }

    /// What the log says, if an operator could do something about the failure.
    pub fn problem(&self) -> Option<String> {
        match self {
            Self::Misconfigured(problems) => {
                let told = problems.iter().map(ToString::to_string);
                Some(format!("misconfigured: {}", told.collect::<Vec<_>>().join("; ")))
            }
            Self::Upstream(fault) => Some(format!("upstream {fault}")),
            Self::Hosted(refusal) => hosted::problem(refusal),
            // The client caused these, or the log line of its token request has them.
            Self::Host
            | Self::Path(_)
            | Self::Method(_)
            | Self::ReadOnly
            | Self::NoSuchPage
            | Self::Unauthenticated { .. }
            | Self::TokenRequest(_)
            | Self::Form(_)
            | Self::TokenTooLong(_)
            | Self::WrongCredentials
            | Self::Absent(_)
            | Self::Denied(_)
            | Self::ManifestUnknown
            | Self::ReleaseAsTag(_)
            | Self::NotSelected(_)
            | Self::BlobUnknown
            | Self::OutOfRange { .. } => None,
        }
    }

    fn status_and_code(&self) -> (StatusCode, Code) {
        match self {
            Self::Misconfigured(_) => (StatusCode::INTERNAL_SERVER_ERROR, Code::Unknown),
            Self::Host => (StatusCode::BAD_REQUEST, Code::Unsupported),
            Self::Path(InvalidPath::Name) => (StatusCode::BAD_REQUEST, Code::NameInvalid),
            Self::Path(InvalidPath::Digest) => (StatusCode::BAD_REQUEST, Code::DigestInvalid),
            Self::Path(InvalidPath::Tag) => (StatusCode::NOT_FOUND, Code::ManifestUnknown),
            Self::Path(InvalidPath::Unknown) => (StatusCode::NOT_FOUND, Code::Unsupported),
            Self::Method(_) | Self::ReadOnly => (StatusCode::METHOD_NOT_ALLOWED, Code::Unsupported),
            Self::NoSuchPage => (StatusCode::NOT_FOUND, Code::Unsupported),
            Self::Unauthenticated { .. } | Self::WrongCredentials => {
                (StatusCode::UNAUTHORIZED, Code::Unauthorized)
            }
            Self::TokenRequest(reason) => match reason {
                InvalidTokenRequest::Scope => (StatusCode::BAD_REQUEST, Code::NameInvalid),
                InvalidTokenRequest::TooManyNames { .. } => {
                    (StatusCode::BAD_REQUEST, Code::Unsupported)
                }
                // The only status after which every client tries again with GET.
                InvalidTokenRequest::GrantType => (StatusCode::NOT_FOUND, Code::Unsupported),
                InvalidTokenRequest::Credential => (StatusCode::UNAUTHORIZED, Code::Unauthorized),
            },
            Self::Form(_) | Self::TokenTooLong(_) => (StatusCode::BAD_REQUEST, Code::SizeInvalid),
            Self::Absent(absent) => match &absent.why {
                Absence::NotFound
                | Absence::PickService(_)
                | Absence::Ambiguous(_)
                | Absence::NewestAre(_) => (StatusCode::NOT_FOUND, Code::NameUnknown),
                Absence::Unavailable(outage) => unavailable(*outage),
            },
            Self::Denied(_) => (StatusCode::NOT_FOUND, Code::NameUnknown),
            Self::ManifestUnknown | Self::ReleaseAsTag(_) | Self::NotSelected(_) => {
                (StatusCode::NOT_FOUND, Code::ManifestUnknown)
            }
            Self::BlobUnknown => (StatusCode::NOT_FOUND, Code::BlobUnknown),
            Self::OutOfRange { .. } => (StatusCode::RANGE_NOT_SATISFIABLE, Code::RangeInvalid),
            Self::Upstream(fault) => unavailable(Outage::from(fault)),
            Self::Hosted(refusal) => hosted::status_and_code(refusal),
        }
    }

    /// The one header that the failure adds to its answer.
    pub fn header(&self, own: &Origin) -> Option<(&'static str, String)> {
        match self {
            Self::Unauthenticated { name, error } => {
                let challenge = Challenge {
                    origin: own.as_str(),
                    service: own.authority(),
                    scope: name.as_ref().map(scope::pull),
                    error: *error,
                };
                Some(("www-authenticate", challenge.to_string()))
            }
            Self::WrongCredentials | Self::TokenRequest(InvalidTokenRequest::Credential) => {
                Some(("www-authenticate", format!("Basic realm=\"{}\"", own.authority())))
            }
            Self::OutOfRange { content_range } => Some(("content-range", content_range.clone()?)),
            Self::Method(allowed) => Some(("allow", (*allowed).to_owned())),
            Self::ReadOnly => Some(("allow", "GET, HEAD".to_owned())),
            Self::Upstream(fault) => retry_after(Outage::from(fault)),
            Self::Absent(absent) => match &absent.why {
                Absence::Unavailable(outage) => retry_after(*outage),
                Absence::NotFound
                | Absence::PickService(_)
                | Absence::Ambiguous(_)
                | Absence::NewestAre(_) => None,
            },
            Self::Misconfigured(_)
            | Self::Host
            | Self::Path(_)
            | Self::NoSuchPage
            | Self::TokenRequest(_)
            | Self::Form(_)
            | Self::TokenTooLong(_)
            | Self::Denied(_)
            | Self::ManifestUnknown
            | Self::ReleaseAsTag(_)
            | Self::NotSelected(_)
            | Self::BlobUnknown
            | Self::Hosted(_) => None,
        }
    }

    fn audience(&self) -> Audience {
        if matches!(self, Self::NoSuchPage) { Audience::Person } else { Audience::Client }
    }
}

impl std::error::Error for Failure {}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, code) = self.status_and_code();
        write!(f, "{}, {}", status.as_u16(), code.as_str())
    }
}

/// Who reads an answer.
enum Audience {
    /// Somebody with a browser.
    Person,
    /// A registry client, which reads OCI errors.
    Client,
}

// A name that is not granted is 403 by tag, because most clients drop the message of a 404. It is 404
// by digest: clients ask for digests before they push, and stop at 403 (docs/messages.md).
fn told((status, code): (StatusCode, Code), by_tag: bool) -> (StatusCode, Code) {
    let is_denied = by_tag && matches!(code, Code::NameUnknown);
    if is_denied { (StatusCode::FORBIDDEN, Code::Denied) } else { (status, code) }
}

fn unavailable(outage: Outage) -> (StatusCode, Code) {
    match outage {
        Outage::Slow => (StatusCode::GATEWAY_TIMEOUT, Code::Unavailable),
        Outage::Broken => (StatusCode::BAD_GATEWAY, Code::Unavailable),
        Outage::Busy { .. } => (StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests),
    }
}

fn retry_after(outage: Outage) -> Option<(&'static str, String)> {
    match outage {
        Outage::Busy { retry_after } => {
            Some(("retry-after", retry_after.unwrap_or(DEFAULT_RETRY_AFTER).to_string()))
        }
        Outage::Slow | Outage::Broken => None,
    }
}
