//! The `Authorization` header of a request (RFC 9110, section 11.6.2).

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use crate::account::credential::{Presented, Unusable};
use crate::secret::Secret;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How a request authenticates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// Nothing: no header, or a Basic one with neither user nor password.
    Anonymous,
    /// A Basic header. The user name has no meaning for releases.
    Basic {
        /// The user name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A Bearer value.
    Bearer(Secret),
    /// Another scheme, or a value that is not a credential.
    Malformed,
}

/// A credential, by who can judge it. What bhcr itself gave out is told apart here, before anything
/// else is done with it: it must never be sent upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Anything that is not of bhcr: balena may know it.
    Upstream(Secret),
    /// Something of bhcr, valid or not.
    Hosted(Result<Presented, Unusable>),
}

impl Credential {
    /// Tells whose a credential is, by the user name, if one came, and the secret.
    pub fn new(user: Option<&str>, secret: Secret) -> Self {
        match Presented::recognize(user, &secret) {
            Some(presented) => Self::Hosted(presented),
            None => Self::Upstream(secret),
        }
    }
}

impl Authorization {
    /// Reads the header's value.
    pub fn parse(header: Option<&str>) -> Self {
        let Some(header) = header else { return Self::Anonymous };
        let (scheme, value) = split(header);
        let credential = if scheme.eq_ignore_ascii_case("bearer") {
            credential(value).map(Self::Bearer)
        } else if scheme.eq_ignore_ascii_case("basic") {
            basic(value)
        } else {
            None
        };
        credential.unwrap_or(Self::Malformed)
    }
}

/// The value of a Bearer header, if it has one. No byte of it is checked: use it only to look up a
/// session, and [`Authorization::parse`] for everything else.
pub fn bearer(header: &str) -> Option<&str> {
    let (scheme, value) = split(header);
    (scheme.eq_ignore_ascii_case("bearer") && !value.is_empty()).then_some(value)
}

/// A text as a credential. `None` if it is empty, or has bytes that a header cannot carry, because
/// bhcr sends every credential to upstream as a Bearer value.
pub fn credential(text: &str) -> Option<Secret> {
    let usable = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    usable.then(|| Secret::new(text))
}

fn split(header: &str) -> (&str, &str) {
    let (scheme, value) = header.split_once(' ').unwrap_or((header, ""));
    (scheme, value.trim())
}

// A client without a configured user and password may send both empty.
fn basic(value: &str) -> Option<Authorization> {
    let decoded = String::from_utf8(BASE64.decode(value).ok()?).ok()?;
    match decoded.split_once(':')? {
        ("", "") => Some(Authorization::Anonymous),
        (user, password) => {
            let (user, password) = (user.to_owned(), credential(password)?);
            Some(Authorization::Basic { user, password })
        }
    }
}
