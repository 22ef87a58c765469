//! The token endpoint's requests and answers (distribution, "Token Authentication Specification"
//! and "Oauth2 Token Authentication").

use std::borrow::Cow;

use serde::Serialize;

use crate::account::name::is_hosted;
use crate::authorization::{Authorization, Credential, credential};
use crate::oci::name::Name;
use crate::oci::scope::{self, Scope};
use crate::secret::Secret;
use crate::time;

/// The most repositories that one token can be asked for.
const MAX_NAMES: usize = 8;

/// What a client asks a token for, and in whose name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// The repositories, each once, in the order of the scopes: those to pull from, and hosted ones
    /// for any action.
    pub names: Vec<Name>,
    /// The credential, if one came.
    pub credential: Option<Credential>,
}

/// Why a token request cannot be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTokenRequest {
    /// None of the scopes is valid.
    #[error("no scope is valid")]
    Scope,
    /// It is for too many repositories.
    #[error("there are more than {most} repositories")]
    TooManyNames {
        /// The most repositories.
        most: usize,
    },
    /// Its `grant_type` is not one that bhcr serves.
    #[error("the grant type is not served")]
    GrantType,
    /// It has a credential that is empty or cannot be one.
    #[error("the credential is empty, or cannot be one")]
    Credential,
}

impl TokenRequest {
    /// Reads a GET: scopes in the query, the credential in the `Authorization` header.
    ///
    /// # Errors
    /// [`InvalidTokenRequest`].
    pub fn from_query(
        query: &str,
        authorization: Authorization,
    ) -> Result<Self, InvalidTokenRequest> {
        let fields = Fields::parse(query.as_bytes());
        Ok(Self { names: fields.names()?, credential: from_header(authorization)? })
    }

    /// Reads a POST: everything is in the form. If the form has no `grant_type`, the credential is
    /// in the header, as with GET.
    ///
    /// # Errors
    /// [`InvalidTokenRequest`].
    pub fn from_form(
        form: &[u8],
        authorization: Authorization,
    ) -> Result<Self, InvalidTokenRequest> {
        let fields = Fields::parse(form);
        let user = fields.values("username").next();
        let field = |name| {
            let text = fields.values(name).next().unwrap_or_default();
            let secret = credential(text).ok_or(InvalidTokenRequest::Credential)?;
            Ok(Some(Credential::new(user, secret)))
        };
        let has = |name| fields.values(name).any(|value| !value.is_empty());
        let credential = match fields.values("grant_type").next() {
            // Otherwise a gateway would take whoever brought a credential for a caller with none.
            None if has("password") || has("refresh_token") => {
                return Err(InvalidTokenRequest::GrantType);
            }
            None => from_header(authorization)?,
            Some("password") => field("password")?,
            Some("refresh_token") => field("refresh_token")?,
            Some(_) => return Err(InvalidTokenRequest::GrantType),
        };
        Ok(Self { names: fields.names()?, credential })
    }
}

fn from_header(authorization: Authorization) -> Result<Option<Credential>, InvalidTokenRequest> {
    match authorization {
        Authorization::Anonymous => Ok(None),
        Authorization::Basic { user, password } => Ok(Some(Credential::new(Some(&user), password))),
        Authorization::Bearer(secret) => Ok(Some(Credential::new(None, secret))),
        Authorization::Malformed => Err(InvalidTokenRequest::Credential),
    }
}

struct Fields<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Fields<'a> {
    fn parse(encoded: &'a [u8]) -> Self {
        Self(form_urlencoded::parse(encoded).collect())
    }

    fn values<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_ref())
    }

    // An invalid scope must not fail the valid ones. If no scope is valid, the client made a mistake.
    fn names(&self) -> Result<Vec<Name>, InvalidTokenRequest> {
        let scopes: Vec<_> = scope::split(self.values("scope")).map(Scope::parse).collect();
        if !scopes.is_empty() && scopes.iter().all(Result::is_err) {
            return Err(InvalidTokenRequest::Scope);
        }
        let mut names = Vec::new();
        for scope in scopes {
            let name = match scope {
                Ok(Scope::Pull(name)) => name,
                Ok(Scope::Act(name)) if is_hosted(name.as_str()) => name,
                Ok(Scope::Act(_) | Scope::Other) | Err(_) => continue,
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.len() > MAX_NAMES {
            return Err(InvalidTokenRequest::TooManyNames { most: MAX_NAMES });
        }
        Ok(names)
    }
}

/// The answer with a token, as JSON. `now` and `expires` are seconds since 1970. It has the token
/// under both names, and when it was made and how long it lives, because clients differ in what
/// they read.
pub fn answer(token: &Secret, now: u64, expires: u64) -> String {
    #[derive(Serialize)]
    struct Answer<'a> {
        token: &'a str,
        access_token: &'a str,
        expires_in: u64,
        issued_at: String,
    }
    let token = token.expose();
    serde_json::to_string(&Answer {
        token,
        access_token: token,
        expires_in: expires.saturating_sub(now),
        issued_at: time::text(now),
    })
    .expect("strings and numbers always serialize")
}
