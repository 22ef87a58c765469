//! Faults: how a call upstream failed.

use http::StatusCode;

use crate::json::WrongField;
use crate::services::{NoReply, Reply};

/// How a call upstream failed. The log gets the whole text. Clients only learn whether upstream was
/// too slow, limited, or not usable, because the text could describe the inside of the deployment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Upstream took longer than the deadline.
    #[error("took too long")]
    Deadline,
    /// There was no connection, or it broke.
    #[error("broke off: {how}")]
    Unreachable {
        /// The runtime's name for the error.
        how: String,
    },
    /// Upstream answered with an unexpected status.
    #[error("answered {}", .0.as_u16())]
    Status(StatusCode),
    /// Upstream asks for fewer requests.
    #[error("asks for fewer requests{}", pause(*.retry_after))]
    TooManyRequests {
        /// After how many seconds to come back, if upstream says so.
        retry_after: Option<u32>,
    },
    /// The body is longer than bhcr reads.
    #[error("sent a body of more than {limit} bytes")]
    BodyTooLarge {
        /// The most bytes that are read.
        limit: usize,
    },
    /// Upstream's answer makes no sense.
    #[error(transparent)]
    Nonsense(#[from] Nonsense),
}

/// An answer that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Nonsense {
    /// Not JSON. Only the place is kept, because the parser's message could quote a token.
    #[error("gave something else than JSON, at line {line} column {column}")]
    Json {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// JSON of another shape.
    #[error("gave JSON of another shape: {0}")]
    Shape(#[from] WrongField),
    /// A location that is not on the configured registry.
    #[error("gave a location that is not on the configured registry")]
    ForeignLocation,
    /// A token that is not a JWT.
    #[error("gave a token that is not a JWT")]
    NotAJwt,
    /// A token that has already expired.
    #[error("gave a token that has expired")]
    ExpiredToken,
    /// 304 to a request without `If-None-Match`.
    #[error("answered 304 to a request without a condition")]
    UnaskedNotModified,
    /// A manifest that bhcr must not serve.
    #[error("gave a manifest {0}")]
    Manifest(BadManifest),
    /// A redirect that clients must not follow.
    #[error("redirected {0}")]
    Redirect(BadRedirect),
}

/// What is wrong with a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadManifest {
    /// The answer to a request by tag has no digest.
    #[error("without a digest")]
    NoDigest,
    /// It has no media type.
    #[error("without a type")]
    NoType,
    /// It is not UTF-8.
    #[error("that is not text")]
    NotText,
    /// Its bytes have another digest.
    #[error("whose bytes have another digest")]
    OtherDigest,
    /// It is a redirect.
    #[error("as a redirect")]
    Redirected,
}

/// What is wrong with a redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRedirect {
    /// It has no `Location`.
    #[error("without a location")]
    NoLocation,
    /// Its URL has bytes that a header cannot carry.
    #[error("to a URL that a header cannot carry")]
    NotAHeader,
    /// Its `Location` is not an absolute URL.
    #[error("to something that is not a URL")]
    NotAUrl,
    /// Its URL is not http or https.
    #[error("to a URL that is not http")]
    NotHttp,
    /// Its URL has a user name or a password.
    #[error("to a URL with a password")]
    Password,
    /// It leads from https to http.
    #[error("from https to http")]
    Downgrade,
    /// It leads to the registry or the API.
    #[error("to the registry or the API")]
    ToUpstream,
    /// It leads to our own host or a sub-domain of it.
    #[error("to our own host or a sub-domain of it")]
    ToOurselves,
}

impl Fault {
    /// The fault in a reply with an unexpected status.
    pub fn in_reply<B>(reply: &Reply<B>) -> Self {
        match reply.status {
            StatusCode::TOO_MANY_REQUESTS => {
                let retry_after = reply.header("retry-after").and_then(|text| text.parse().ok());
                Self::TooManyRequests { retry_after }
            }
            StatusCode::GATEWAY_TIMEOUT => Self::Deadline,
            status => Self::Status(status),
        }
    }
}

impl From<BadManifest> for Fault {
    fn from(bad: BadManifest) -> Self {
        Self::Nonsense(Nonsense::Manifest(bad))
    }
}

impl From<WrongField> for Fault {
    fn from(wrong: WrongField) -> Self {
        Self::Nonsense(Nonsense::Shape(wrong))
    }
}

impl From<BadRedirect> for Fault {
    fn from(bad: BadRedirect) -> Self {
        Self::Nonsense(Nonsense::Redirect(bad))
    }
}

impl From<NoReply> for Fault {
    fn from(reason: NoReply) -> Self {
        match reason {
            NoReply::Deadline => Self::Deadline,
            NoReply::Unreachable(how) => Self::Unreachable { how },
        }
    }
}

fn pause(retry_after: Option<u32>) -> String {
    retry_after.map(|seconds| format!(", for {seconds} s")).unwrap_or_default()
}
