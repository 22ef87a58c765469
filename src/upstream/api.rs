//! The balena API: releases in one OData query, and one token for all locations.

pub mod releases;

use std::error::Error;
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use crate::balena::location::Location;
use crate::config::Config;
use crate::fault::{Fault, Nonsense};
use crate::oci::scope;
use crate::secret::{Secret, within_seal};
use crate::services::{Call, Reply};

/// The most bytes of an answer that are read.
pub const MAX_ANSWER: usize = 1 << 20;

/// The call that asks for a token to pull from `locations`.
pub fn token_call(config: &Config, locations: &[&Location], credential: Option<&Secret>) -> Call {
    let mut path = format!("/auth/v1/token?service={}", config.registry_hosts[0]);
    for location in locations {
        path.push_str("&scope=");
        path.push_str(&scope::pull(location));
    }
    get(config, path, credential)
}

/// A token of the API's, and what it says of itself. The API was asked over a connection of our
/// own, so its signature is the registry's business.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UpstreamToken {
    /// The token itself.
    #[serde(with = "within_seal")]
    pub token: Secret,
    /// When it ends, in seconds since 1970.
    pub expires: u64,
    pullable: Vec<String>,
}

impl UpstreamToken {
    /// Whether the token allows pulling from `location`.
    pub fn allows(&self, location: &Location) -> bool {
        self.pullable.iter().any(|name| name == location.repository().as_str())
    }
}

/// Reads the answer to a [`token_call`] for this caller.
///
/// # Errors
/// [`Unserved`], as the API's status says, and for any other shape.
pub fn read_token(reply: &Reply<Vec<u8>>, caller: Caller) -> Result<UpstreamToken, Unserved> {
    caller.served(reply)?;
    Ok(parse_token(&reply.body)?)
}

/// Who a call to the API is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Anybody: the call carries no credential, so the API cannot refuse one.
    Anonymous,
    /// Somebody whose credential the call carries.
    Authenticated,
}

impl Caller {
    /// The caller with this credential, if any.
    pub fn with(credential: Option<&Secret>) -> Self {
        if credential.is_some() { Self::Authenticated } else { Self::Anonymous }
    }

    // A firewall before the API may answer 401 or 403 to anybody. Taken for a refusal, that would
    // tell anonymous callers that their credentials are wrong, and end what is kept for everybody.
    fn served<B>(self, reply: &Reply<B>) -> Result<(), Unserved> {
        match (reply.status, self) {
            (StatusCode::OK, _) => Ok(()),
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, Self::Authenticated) => {
                Err(Unserved::Refused)
            }
            _ => Err(Fault::in_reply(reply).into()),
        }
    }
}

/// The API does not accept the caller's credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// Why the API gives no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unserved {
    /// The API does not accept the caller's credential.
    Refused,
    /// The API could not serve.
    Fault(Fault),
}

impl Error for Unserved {}

impl fmt::Display for Unserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("refused the credential"),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl From<Fault> for Unserved {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

fn parse_token(body: &[u8]) -> Result<UpstreamToken, Fault> {
    let TokenAnswer { token } = from_json(body)?;
    let payload = token.split('.').nth(1).ok_or(Nonsense::NotAJwt)?;
    let claims: Claims = from_json(&BASE64.decode(payload).map_err(|_| Nonsense::NotAJwt)?)?;
    // The token is sent in a header, and a line break in it would start another header.
    if !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Nonsense::NotAJwt.into());
    }
    let pulls = |access: &Access| {
        access.kind == "repository" && access.actions.iter().any(|action| action == "pull")
    };
    let pullable = claims.access.into_iter().filter(pulls).map(|access| access.name).collect();
    Ok(UpstreamToken { token: Secret::new(token), expires: claims.exp, pullable })
}

fn get(config: &Config, path: String, credential: Option<&Secret>) -> Call {
    Call {
        method: Method::GET,
        url: format!("{}{path}", config.api),
        bearer: credential.cloned(),
        headers: vec![("accept", "application/json".to_owned())],
        deadline: config.deadline,
    }
}

fn from_json<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Fault> {
    serde_json::from_slice(body)
        .map_err(|error| Nonsense::Json { line: error.line(), column: error.column() }.into())
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: String,
}

#[derive(Deserialize)]
struct Claims {
    exp: u64,
    #[serde(default)]
    access: Vec<Access>,
}

#[derive(Deserialize)]
struct Access {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(default)]
    actions: Vec<String>,
}
