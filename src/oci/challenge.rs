//! Challenges: a registry's demand for a token.
//!
//! Grammar (RFC 9110, section 11.3; distribution, "Token Authentication Specification"):
//!
//! ```text
//! challenge = "Bearer" 1*SP param *(OWS "," OWS param)
//! param     = token "=" (token / quoted-string)
//! ```

use std::fmt;

/// What is wrong with a token (RFC 6750, section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The token has expired, was tampered with, or is another registry's.
    #[error("the token has expired, or another registry made it")]
    Invalid,
    /// The token is valid, but not for this request.
    #[error("the token is for another repository")]
    InsufficientScope,
}

impl TokenError {
    /// The value of the `error` parameter.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
        }
    }

    /// Reads the `error` parameter of a registry's challenge. `None` if there is none, or an
    /// unknown one.
    pub fn read(challenge: &str) -> Option<Self> {
        let error = params(challenge).find(|(name, _)| name.eq_ignore_ascii_case("error"))?.1;
        [Self::Invalid, Self::InsufficientScope].into_iter().find(|known| known.as_str() == error)
    }
}

/// A challenge of our own. Its parts must not contain a quote or a backslash: with one, a client's
/// host could add parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// The origin that the client used. The realm is the token endpoint there.
    pub origin: &'a str,
    /// The host and port of that origin.
    pub service: &'a str,
    /// The scope that the request needs.
    pub scope: Option<String>,
    /// What is wrong with the client's token, if it sent one.
    pub error: Option<TokenError>,
}

impl fmt::Display for Challenge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, service, scope, error } = self;
        write!(f, "Bearer realm=\"{origin}/auth/v1/token\",service=\"{service}\"")?;
        if let Some(scope) = scope {
            write!(f, ",scope=\"{scope}\"")?;
        }
        if let Some(error) = error {
            write!(f, ",error=\"{}\"", error.as_str())?;
        }
        Ok(())
    }
}

fn params(challenge: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = match challenge.split_once(' ') {
        Some((scheme, params)) if scheme.eq_ignore_ascii_case("bearer") => params,
        _ => "",
    };
    std::iter::from_fn(move || {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        rest = after.trim_start_matches([',', ' ']);
        Some((name.trim(), value))
    })
}
