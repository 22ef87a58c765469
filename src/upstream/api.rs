//! The balena API: OData queries for releases, lists and images, and one token for all locations.

pub mod described;
pub mod images;
pub mod lists;
pub mod releases;

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::balena::location::Location;
use crate::config::Config;
use crate::fault::{Fault, Nonsense};
use crate::json::{self, WrongField};
use crate::oci::scope;
use crate::secret::{Secret, within_seal};
use crate::services::{Call, Reply};

/// The most bytes of an answer that are read.
pub const MAX_ANSWER: usize = 1 << 20;

/// The call that asks for a token to pull from these repositories: locations, or releases by a name
/// that the API's token endpoint understands.
pub fn token_call<R: fmt::Display>(
    config: &Config,
    repositories: &[R],
    credential: Option<&Secret>,
) -> Call {
    let mut path = format!("/auth/v1/token?service={}", config.registry_hosts[0]);
    for repository in repositories {
        path.push_str("&scope=");
        path.push_str(&scope::pull(repository));
    }
    get(config, path, credential)
}

/// A token from the API, with its claims. bhcr does not check the signature, because the token came
/// from the API itself; the registry checks it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UpstreamToken {
    /// The token itself.
    #[serde(with = "within_seal")]
    pub token: Secret,
    /// When the token expires, in seconds since 1970.
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
/// [`Unserved`] if the API refused the caller, failed, or sent something else than a token.
pub fn read_token(reply: &Reply<Vec<u8>>, caller: Caller) -> Result<UpstreamToken, Unserved> {
    caller.served(reply)?;
    Ok(parse_token(&reply.body)?)
}

/// The caller on whose behalf bhcr calls the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A caller without a credential.
    Anonymous,
    /// A caller with a credential, which the call carries.
    Authenticated,
}

impl Caller {
    /// The caller with this credential, if any.
    pub fn with(credential: Option<&Secret>) -> Self {
        if credential.is_some() { Self::Authenticated } else { Self::Anonymous }
    }

    // A firewall in front of the API may answer 401 or 403 to anybody. To a call without a
    // credential this is a fault and no refusal: otherwise anonymous callers would be told that
    // their credentials are wrong, and what is kept for everybody would be removed.
    fn served<B>(self, reply: &Reply<B>) -> Result<(), Unserved> {
        match (reply.status, self) {
            (StatusCode::OK, Self::Anonymous | Self::Authenticated) => Ok(()),
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, Self::Authenticated) => {
                Err(Unserved::Refused)
            }
            (_, Self::Anonymous | Self::Authenticated) => Err(Fault::in_reply(reply).into()),
        }
    }
}

/// The API does not accept the caller's credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the API does not accept the credential")]
pub struct Refused;

/// Why the API gives no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unserved {
    /// The API does not accept the caller's credential.
    #[error("refused the credential")]
    Refused,
    /// The API failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<WrongField> for Unserved {
    fn from(wrong: WrongField) -> Self {
        Self::Fault(wrong.into())
    }
}

impl From<Refused> for Unserved {
    fn from(Refused: Refused) -> Self {
        Self::Refused
    }
}

fn parse_token(body: &[u8]) -> Result<UpstreamToken, Fault> {
    let answer = tree(body)?;
    let token = json::text(&answer, "token")?;
    let payload = token.split('.').nth(1).ok_or(Nonsense::NotAJwt)?;
    let claims = tree(&BASE64.decode(payload).map_err(|_| Nonsense::NotAJwt)?)?;
    // The token goes into a header. A line break in it would start another header.
    if !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Nonsense::NotAJwt.into());
    }
    let (expires, pullable) = (json::number(&claims, "exp")?, pullable(&claims)?);
    Ok(UpstreamToken { token: Secret::new(token), expires, pullable })
}

// The repositories that the claims of a token allow pulling from.
fn pullable(claims: &Value) -> Result<Vec<String>, WrongField> {
    let mut pullable = Vec::new();
    for access in json::optional_list(claims, "access")? {
        let (kind, name) = (json::text(access, "type")?, json::text(access, "name")?);
        let mut actions = json::optional_list(access, "actions")?.iter();
        if kind == "repository" && actions.any(|action| action == "pull") {
            pullable.push(name.to_owned());
        }
    }
    Ok(pullable)
}

fn get(config: &Config, path: String, credential: Option<&Secret>) -> Call {
    Call {
        method: Method::GET,
        url: format!("{}{path}", config.api),
        bearer: credential.cloned(),
        headers: vec![("accept", "application/json".to_owned())],
        deadline: config.numbers.deadline,
    }
}

fn tree(body: &[u8]) -> Result<Value, Fault> {
    json::tree(body)
        .map_err(|error| Nonsense::Json { line: error.line(), column: error.column() }.into())
}
