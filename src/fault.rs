//! Why upstream could not serve.

use std::error::Error;
use std::fmt;

use http::StatusCode;

use crate::services::{NoReply, Reply};

/// Why upstream could not serve. The client learns only which kind of trouble it was; the log gets
/// the whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Upstream took longer than the deadline.
    Deadline,
    /// There was no connection, or it broke; `how` is the runtime's name for it.
    Unreachable {
        /// The runtime's name for what happened.
        how: String,
    },
    /// Upstream answered a status that a well-formed call does not get.
    Status(StatusCode),
    /// Upstream asks for fewer requests.
    TooManyRequests {
        /// When to come back, in seconds, if upstream says so.
        retry_after: Option<u32>,
    },
    /// The body is over the limit.
    BodyTooLarge {
        /// The most bytes that are read.
        limit: usize,
    },
    /// Upstream answered something that it should not.
    Nonsense(Nonsense),
}

/// An answer that upstream should not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nonsense {
    /// JSON of another shape. The parser's own message could quote a token, so only the place is
    /// told.
    Json {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// A location that is not on the configured registry.
    ForeignLocation,
    /// A token that is not a JWT.
    NotAJwt,
    /// A token that has expired already.
    ExpiredToken,
    /// 304 to a request without a condition.
    UnaskedNotModified,
    /// A manifest that cannot be served.
    Manifest(BadManifest),
    /// A redirect that no client may follow.
    Redirect(BadRedirect),
}

/// What is wrong with a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadManifest {
    /// The answer to a tag has no digest.
    NoDigest,
    /// It has no media type.
    NoType,
    /// It is not UTF-8.
    NotText,
    /// Its bytes have another digest.
    OtherDigest,
    /// It is a redirect.
    Redirected,
}

/// What is wrong with a redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRedirect {
    /// It has no `Location`.
    NoLocation,
    /// Its URL holds bytes that a header cannot carry.
    NotAHeader,
    /// Its `Location` is not a whole URL.
    NotAUrl,
    /// Its URL is not http or https.
    NotHttp,
    /// Its URL holds a user name or a password.
    Password,
    /// It leads from https to http.
    Downgrade,
    /// It leads to the registry or the API.
    ToUpstream,
    /// It leads to our own host or a sub-domain of it.
    ToOurselves,
}

impl Fault {
    /// The fault in a reply whose status is none of those that were expected.
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

impl Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deadline => f.write_str("took too long"),
            Self::Unreachable { how } => write!(f, "broke off: {how}"),
            Self::Status(status) => write!(f, "answered {status}"),
            Self::TooManyRequests { retry_after: Some(seconds) } => {
                write!(f, "asks for fewer requests, for {seconds} s")
            }
            Self::TooManyRequests { retry_after: None } => f.write_str("asks for fewer requests"),
            Self::BodyTooLarge { limit } => write!(f, "sent a body of more than {limit} bytes"),
            Self::Nonsense(nonsense) => nonsense.fmt(f),
        }
    }
}

impl fmt::Display for Nonsense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json { line, column } => {
                write!(f, "gave JSON of another shape, at line {line} column {column}")
            }
            Self::ForeignLocation => {
                f.write_str("gave a location that is not on the configured registry")
            }
            Self::NotAJwt => f.write_str("gave a token that is not a JWT"),
            Self::ExpiredToken => f.write_str("gave a token that has expired"),
            Self::UnaskedNotModified => {
                f.write_str("answered 304 to a request without a condition")
            }
            Self::Manifest(bad) => write!(f, "gave a manifest {}", bad.as_str()),
            Self::Redirect(bad) => write!(f, "redirected {}", bad.as_str()),
        }
    }
}

impl BadManifest {
    fn as_str(self) -> &'static str {
        match self {
            Self::NoDigest => "without a digest",
            Self::NoType => "without a type",
            Self::NotText => "that is not text",
            Self::OtherDigest => "whose bytes have another digest",
            Self::Redirected => "as a redirect",
        }
    }
}

impl BadRedirect {
    fn as_str(self) -> &'static str {
        match self {
            Self::NoLocation => "without a location",
            Self::NotAHeader => "to a URL that a header cannot carry",
            Self::NotAUrl => "to something that is not a URL",
            Self::NotHttp => "to a URL that is not http",
            Self::Password => "to a URL with a password",
            Self::Downgrade => "from https to http",
            Self::ToUpstream => "to the registry or the API",
            Self::ToOurselves => "to our own host or a sub-domain of it",
        }
    }
}

impl From<Nonsense> for Fault {
    fn from(nonsense: Nonsense) -> Self {
        Self::Nonsense(nonsense)
    }
}

impl From<BadManifest> for Fault {
    fn from(bad: BadManifest) -> Self {
        Self::Nonsense(Nonsense::Manifest(bad))
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
