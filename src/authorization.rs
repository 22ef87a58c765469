//! The `Authorization` header of a request (RFC 9110, section 11.6.2).

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use crate::secret::Secret;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a request authenticates with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// Nothing: no header, or a Basic one with neither user nor password.
    Anonymous,
    /// The password of a Basic header; the user name means nothing.
    Basic(Secret),
    /// A Bearer value.
    Bearer(Secret),
    /// A header that is neither, or has no value that can be used.
    Malformed,
}

impl Authorization {
    /// Reads the header's value.
    pub fn parse(header: Option<&str>) -> Self {
        let Some(header) = header else { return Self::Anonymous };
        let (scheme, value) = header.split_once(' ').unwrap_or((header, ""));
        let value = value.trim();
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

/// A text as a credential. `None` where it is empty, or could not stand in a header: upstream is
/// sent every credential as a Bearer value.
pub fn credential(text: &str) -> Option<Secret> {
    let usable = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    usable.then(|| Secret::new(text))
}

// A client that was configured with nothing may send just that.
fn basic(value: &str) -> Option<Authorization> {
    let decoded = String::from_utf8(BASE64.decode(value).ok()?).ok()?;
    match decoded.split_once(':')? {
        ("", "") => Some(Authorization::Anonymous),
        (_, password) => credential(password).map(Authorization::Basic),
    }
}
