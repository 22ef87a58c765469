//! Every way in which a request can fail, and what the client is told.

use http::StatusCode;

use super::Answer;
use super::message;
use crate::config::Misconfigured;
use crate::oci::challenge::{Challenge, TokenError};
use crate::oci::error::Code;
use crate::oci::name::Name;
use crate::oci::path::InvalidPath;
use crate::oci::scope;
use crate::oci::token::InvalidTokenRequest;
use crate::origin::Origin;
use crate::services::BodyError;
use crate::session::{Missing, TooLarge};
use crate::upstream::Fault;
use crate::upstream::api::Unserved;

// What a client is told to wait where upstream does not say, in seconds.
const DEFAULT_RETRY_AFTER: u32 = 10;

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The deployment's settings make no sense.
    Misconfigured(Vec<Misconfigured>),
    /// The request does not tell by which host it came.
    Host,
    /// A path under `/v2/` that is none of the registry API.
    Path(InvalidPath),
    /// A method that the path does not have; and those that it has.
    Method(&'static str),
    /// Releases cannot be pushed to.
    ReadOnly,
    /// There is nothing here.
    NoSuchPage,
    /// No token came, or one that does not serve.
    Unauthenticated {
        /// The repository that a token is needed for.
        name: Option<Name>,
        /// What was wrong with the token that came.
        error: Option<TokenError>,
    },
    /// The token endpoint was asked for what cannot be.
    TokenRequest(InvalidTokenRequest),
    /// The token endpoint's form could not be read.
    Form(BodyError),
    /// The names do not fit into a token.
    TooLarge,
    /// Upstream does not know the credential.
    WrongCredentials,
    /// The token says that the name was not found.
    NameUnknown(Missing),
    /// The registry does not let this name be pulled any more.
    Denied(Name),
    /// The registry has no such manifest.
    ManifestUnknown,
    /// The registry has no such blob.
    BlobUnknown,
    /// The blob has no such range. distribution's own body is shorter than it says, so ours goes.
    OutOfRange {
        /// `Content-Range` as the registry says it, with the blob's length.
        content_range: Option<String>,
    },
    /// Upstream could not serve.
    Upstream(Fault),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Upstream(fault)
    }
}

impl From<Unserved> for Failure {
    fn from(reason: Unserved) -> Self {
        match reason {
            Unserved::Refused => Self::WrongCredentials,
            Unserved::Fault(fault) => Self::Upstream(fault),
        }
    }
}

impl From<InvalidTokenRequest> for Failure {
    fn from(reason: InvalidTokenRequest) -> Self {
        Self::TokenRequest(reason)
    }
}

impl From<TooLarge> for Failure {
    fn from(_: TooLarge) -> Self {
        Self::TooLarge
    }
}

impl Failure {
    /// What a client that came by `own` is told.
    pub fn answer<B>(&self, own: &Origin) -> Answer<B> {
        let (status, code) = self.status_and_code();
        let message = message::of(self, own);
        if matches!(self, Self::NoSuchPage) {
            return Answer::text(status, "text/plain; charset=utf-8", message);
        }
        let answer = Answer::error(status, code, &message);
        match self {
            Self::Unauthenticated { name, error } => {
                let challenge = Challenge {
                    origin: own.as_str(),
                    service: own.authority(),
                    scope: name.as_ref().map(scope::pull),
                    error: *error,
                };
                answer.with("www-authenticate", challenge.to_string())
            }
            Self::WrongCredentials | Self::TokenRequest(InvalidTokenRequest::Credential) => {
                answer.with("www-authenticate", format!("Basic realm=\"{}\"", own.authority()))
            }
            Self::OutOfRange { content_range: Some(range) } => answer.with("content-range", range),
            Self::Method(allowed) => answer.with("allow", *allowed),
            Self::ReadOnly => answer.with("allow", "GET, HEAD"),
            Self::Upstream(Fault::TooManyRequests { retry_after }) => {
                let seconds = retry_after.unwrap_or(DEFAULT_RETRY_AFTER);
                answer.with("retry-after", seconds.to_string())
            }
            _ => answer,
        }
    }

    /// What the log has to know, where an operator could do something about it.
    pub fn problem(&self) -> Option<String> {
        match self {
            Self::Misconfigured(problems) => {
                let told = problems
                    .iter()
                    .map(|Misconfigured { setting, problem }| format!("{setting} {problem}"));
                Some(format!("misconfigured: {}", told.collect::<Vec<_>>().join("; ")))
            }
            Self::Upstream(fault) => Some(format!("upstream {fault}")),
            _ => None,
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
                InvalidTokenRequest::TooManyNames => (StatusCode::BAD_REQUEST, Code::Unsupported),
                // The only status after which every client tries again with GET.
                InvalidTokenRequest::GrantType => (StatusCode::NOT_FOUND, Code::Unsupported),
                InvalidTokenRequest::Credential => (StatusCode::UNAUTHORIZED, Code::Unauthorized),
            },
            Self::Form(_) | Self::TooLarge => (StatusCode::BAD_REQUEST, Code::SizeInvalid),
            Self::NameUnknown(_) | Self::Denied(_) => (StatusCode::NOT_FOUND, Code::NameUnknown),
            Self::ManifestUnknown => (StatusCode::NOT_FOUND, Code::ManifestUnknown),
            Self::BlobUnknown => (StatusCode::NOT_FOUND, Code::BlobUnknown),
            Self::OutOfRange { .. } => (StatusCode::RANGE_NOT_SATISFIABLE, Code::RangeInvalid),
            Self::Upstream(Fault::Deadline) => (StatusCode::GATEWAY_TIMEOUT, Code::Unavailable),
            Self::Upstream(Fault::Broken(_)) => (StatusCode::BAD_GATEWAY, Code::Unavailable),
            Self::Upstream(Fault::TooManyRequests { .. }) => {
                (StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests)
            }
        }
    }
}
