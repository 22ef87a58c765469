//! Challenges: how a registry says which token it wants.
//!
//! Grammar (RFC 9110, section 11.3; distribution, "Token Authentication Specification"):
//!
//! ```text
//! challenge = "Bearer" 1*SP param *(OWS "," OWS param)
//! param     = token "=" (token / quoted-string)
//! ```

use std::fmt;

/// What was wrong with the token that came (RFC 6750, section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// Expired, tampered with, or not ours.
    Invalid,
    /// Good, but not for this.
    InsufficientScope,
}

impl TokenError {
    /// The error as the `error` parameter spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
        }
    }

    /// Reads the `error` parameter of a registry's challenge. `None` where there is none, or
    /// another.
    pub fn read(challenge: &str) -> Option<Self> {
        let error = params(challenge).find(|(name, _)| name.eq_ignore_ascii_case("error"))?.1;
        [Self::Invalid, Self::InsufficientScope].into_iter().find(|known| known.as_str() == error)
    }
}

/// A challenge of our own. Its parts must hold no quote and no backslash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// The origin that clients reach this registry by; the realm is its token endpoint.
    pub origin: &'a str,
    /// The host, and the port if any, of that origin.
    pub service: &'a str,
    /// The scope that would serve the request.
    pub scope: Option<String>,
    /// What was wrong with the token that came, if one came.
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
