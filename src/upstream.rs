//! Calls upstream as data: URLs built, answers read. Nothing here does I/O.

pub mod api;
pub mod attempt;
pub mod registry;
pub mod signed_url;
pub mod silence;

use std::fmt;

use http::StatusCode;

use crate::services::{NoReply, Reply};

/// Why upstream could not serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It took longer than the deadline.
    Deadline,
    /// It could not be reached, or said something that it should not; what that was is for the
    /// log alone.
    Broken(String),
    /// It asks for fewer requests.
    TooManyRequests {
        /// What it says of when to come back, in seconds.
        retry_after: Option<u32>,
    },
}

impl Fault {
    /// The fault in a reply that is none of those that were expected.
    pub fn in_reply<B>(reply: &Reply<B>) -> Self {
        match reply.status {
            StatusCode::TOO_MANY_REQUESTS => {
                let retry_after = reply.header("retry-after").and_then(|text| text.parse().ok());
                Self::TooManyRequests { retry_after }
            }
            StatusCode::GATEWAY_TIMEOUT => Self::Deadline,
            status => Self::Broken(format!("answered {status}")),
        }
    }
}

impl fmt::Display for Fault {
    /// What the log has to know.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deadline => f.write_str("took too long"),
            Self::Broken(how) => f.write_str(how),
            Self::TooManyRequests { .. } => f.write_str("asks for fewer requests"),
        }
    }
}

impl From<NoReply> for Fault {
    fn from(reason: NoReply) -> Self {
        match reason {
            NoReply::Deadline => Self::Deadline,
            NoReply::Unreachable(how) => Self::Broken(how),
            NoReply::TooLong => Self::Broken("sent a body over the limit".to_owned()),
        }
    }
}
