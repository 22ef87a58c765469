//! Secrets that bhcr itself gives out, and how each one is recognized.
//!
//! Grammar:
//!
//! ```text
//! secret   = prefix 48( ALPHA / DIGIT / "-" / "_" )
//! prefix   = "bhk_" / "bhc_"        ; an access key / a client's secret
//! operator = "bha_" 32*( VCHAR )    ; the setting ADMIN_TOKEN, chosen by the operator
//! ```
//!
//! The 48 characters are base64url of 32 random bytes and a checksum of 4 bytes. By the checksum,
//! scanners find leaked secrets, and bhcr tells a typo from a secret that was revoked.
//!
//! bhcr never sends a text upstream that looks like one of these secrets, contains one, or came
//! with a user name that goes with one, whether it is valid or not. Otherwise a key that somebody
//! copied with its quotes, or that a keyboard capitalized, would reach a third party's log.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use sha2::{Digest, Sha256};

use super::id::ClientId;
use crate::secret::Secret;
use base16ct::lower::encode_string as hex;

/// The user name that goes with an access key by convention.
pub const KEY_USER: &str = "KEY";
/// What the operator's secret starts with.
pub const OPERATOR_PREFIX: &str = "bha_";

const CLIENT_USER: &str = "cli-";
const RANDOM: usize = 32;
const CHECKSUM: usize = 4;
// Characters of a prefix, and of a whole secret.
const PREFIX: usize = 4;
const LENGTH: usize = PREFIX + (RANDOM + CHECKSUM) * 4 / 3;
// The most prefixes that are checked in one text. A text with more counts as a secret, so that one
// request cannot cause thousands of digests.
const MAX_LOOKS: usize = 16;

/// What a secret belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An access key.
    Key,
    /// A client.
    Client,
}

/// The SHA-256 of a secret, by which it is stored. A secret has 256 random bits, so the digest
/// needs no key of the deployment's, and a new `TOKEN_SECRET` locks nobody out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SecretHash([u8; 32]);

/// A credential of bhcr, as a caller presented it. The catalog knows whether it is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presented {
    /// An access key.
    Key(SecretHash),
    /// A client with its secret.
    Client(ClientId, SecretHash),
    /// The operator's secret; it manages accounts and reads no image.
    Operator(SecretHash),
}

/// Why a credential that is meant for bhcr cannot be valid, whatever the catalog says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The text does not have the form of a secret, or its checksum is wrong: a part is missing or
    /// mistyped.
    #[error("a part of the secret is missing or mistyped")]
    Mistyped,
    /// It is a client's secret, and the user name is not a client's id.
    #[error("a client's secret goes with the client's id as user name")]
    NeedsClientId,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Key, Self::Client];

    fn prefix(self) -> &'static str {
        match self {
            Self::Key => "bhk_",
            Self::Client => "bhc_",
        }
    }

    /// Makes a new secret.
    pub fn random_secret(self) -> Secret {
        let mut bytes = [0; RANDOM + CHECKSUM];
        getrandom::fill(&mut bytes[..RANDOM]).expect("the platform has randomness");
        let checksum = self.checksum(&bytes[..RANDOM]);
        bytes[RANDOM..].copy_from_slice(&checksum);
        Secret::new(format!("{}{}", self.prefix(), BASE64.encode(bytes)))
    }

    // The checksum covers the prefix, so that a changed prefix also counts as a typo.
    fn checksum(self, random: &[u8]) -> [u8; CHECKSUM] {
        let digest = Sha256::new().chain_update(self.prefix()).chain_update(random).finalize();
        std::array::from_fn(|at| digest[at])
    }

    fn accepts(self, secret: &str) -> bool {
        secret.strip_prefix(self.prefix()).is_some_and(|rest| self.is_checked(rest.as_bytes()))
    }

    // Whether the characters behind the prefix have the right checksum.
    fn is_checked(self, rest: &[u8]) -> bool {
        let decoded = BASE64.decode(rest).ok();
        decoded.is_some_and(|bytes| match bytes.split_at_checked(RANDOM) {
            Some((random, checksum)) => checksum == self.checksum(random),
            None => false,
        })
    }
}

impl SecretHash {
    /// Hashes a secret as it was presented.
    pub fn of(secret: &Secret) -> Self {
        Self(Sha256::digest(secret.expose()).into())
    }

    /// The digest in lower-case hexadecimal digits, as the catalog stores it.
    pub fn to_hex(self) -> String {
        hex(&self.0)
    }
}

impl Presented {
    /// Recognizes a credential of bhcr by its secret and by its user name, if one came. `None` if
    /// neither belongs to bhcr: only then may the credential be sent upstream.
    ///
    /// # Errors
    /// [`Unusable`] if it is meant for bhcr and cannot be valid.
    pub fn recognize(user: Option<&str>, secret: &Secret) -> Option<Result<Self, Unusable>> {
        let text = secret.expose();
        if text.starts_with(OPERATOR_PREFIX) {
            Some(Ok(Self::Operator(SecretHash::of(secret))))
        } else if Kind::Key.accepts(text) {
            Some(Ok(Self::Key(SecretHash::of(secret))))
        } else if Kind::Client.accepts(text) {
            Some(client(user, secret))
        } else {
            let is_meant = user.is_some_and(is_user_of_bhcr) || resembles(text);
            is_meant.then_some(Err(Unusable::Mistyped))
        }
    }
}

/// Whether only credentials of bhcr come with this user name.
pub fn is_user_of_bhcr(user: &str) -> bool {
    user == KEY_USER || user.starts_with(CLIENT_USER)
}

/// Whether a text contains the operator's secret, with its prefix in any case.
pub fn contains_operator(text: &str, operator: &Secret) -> bool {
    let rest = operator.expose().strip_prefix(OPERATOR_PREFIX);
    rest.is_some_and(|rest| text.contains(rest))
}

fn client(user: Option<&str>, secret: &Secret) -> Result<Presented, Unusable> {
    let id = user.and_then(|user| ClientId::parse(user).ok()).ok_or(Unusable::NeedsClientId)?;
    Ok(Presented::Client(id, SecretHash::of(secret)))
}

// Whether a text begins with the prefix of a secret, or has a secret with a right checksum
// anywhere.
fn resembles(text: &str) -> bool {
    let text = text.as_bytes();
    let begins = [OPERATOR_PREFIX, Kind::Key.prefix(), Kind::Client.prefix()];
    if begins.into_iter().any(|prefix| has_prefix(text, prefix)) {
        return true;
    }
    let found = (1..text.len()).filter_map(|at| {
        let kind = Kind::ALL.into_iter().find(|kind| has_prefix(&text[at..], kind.prefix()))?;
        Some((kind, text[at..].get(PREFIX..LENGTH)))
    });
    let mut looks = found.enumerate();
    looks.any(|(at, (kind, rest))| at >= MAX_LOOKS || rest.is_some_and(|it| kind.is_checked(it)))
}

fn has_prefix(text: &[u8], prefix: &str) -> bool {
    text.get(..PREFIX).is_some_and(|it| it.eq_ignore_ascii_case(prefix.as_bytes()))
}
