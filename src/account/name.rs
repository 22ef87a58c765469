//! Names of hosted images.
//!
//! Grammar:
//!
//! ```text
//! hosted     = account "/" path          ; a name of OCI's grammar, 255 characters at most
//! account    = "acc-" 5*12( a-z / 0-9 ) / 32( 0-9 / a-f )
//! path       = repository *( "/" component )
//! repository = component                 ; component as in `oci::name`
//! ```
//!
//! The first part of a name alone decides whether it is hosted. Grants and settings apply to a
//! repository and to all images below it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::oci::digest::is_lower_hex;
use crate::oci::name::Name;

/// The account that owns repositories. No statement, key or mount reaches from one account into
/// another.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Account(Box<str>);

/// A repository within an account: what grants and settings apply to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Repository(Box<str>);

/// The whole name of a hosted image, as the client says it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageName {
    name: Box<str>,
    account: Account,
    repository: Repository,
}

/// The text is not an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an account")]
pub struct InvalidAccount;

/// The text is not a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a repository")]
pub struct InvalidRepository;

/// The text is not the name of a hosted image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidImageName {
    /// Its first part is not an account, so it is not hosted.
    #[error("not the name of a hosted image")]
    NotHosted,
    /// Its first part is an account, but nothing follows, or the name is outside OCI's grammar.
    #[error("a hosted name without a repository, or with an impossible one")]
    Path,
}

impl Account {
    /// Parses a whole account.
    ///
    /// # Errors
    /// [`InvalidAccount`] for anything outside the grammar above.
    pub fn parse(text: &str) -> Result<Self, InvalidAccount> {
        if is_account(text) { Ok(Self(text.into())) } else { Err(InvalidAccount) }
    }

    /// The account as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Repository {
    /// Parses a repository: one component of a name.
    ///
    /// # Errors
    /// [`InvalidRepository`] for anything outside the grammar above.
    pub fn parse(text: &str) -> Result<Self, InvalidRepository> {
        let is_component = !text.contains('/') && Name::is_valid(text);
        if is_component { Ok(Self(text.into())) } else { Err(InvalidRepository) }
    }

    /// The repository as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ImageName {
    /// Parses a whole name.
    ///
    /// # Errors
    /// [`InvalidImageName`], by the first part that is wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidImageName> {
        let (account, path) = text.split_once('/').unwrap_or((text, ""));
        let account = Account::parse(account).map_err(|_| InvalidImageName::NotHosted)?;
        if !Name::is_valid(text) {
            return Err(InvalidImageName::Path);
        }
        let first = path.split('/').next().unwrap_or_default();
        let repository = Repository::parse(first).map_err(|_| InvalidImageName::Path)?;
        Ok(Self { name: text.into(), account, repository })
    }

    /// The account that owns it.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The repository that it belongs to.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// What follows the account: the repository, and the path below it.
    pub fn path(&self) -> &str {
        &self.name[self.account.as_str().len() + 1..]
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

impl TryFrom<String> for Account {
    type Error = InvalidAccount;

    fn try_from(text: String) -> Result<Self, InvalidAccount> {
        Self::parse(&text)
    }
}

impl From<Account> for String {
    fn from(it: Account) -> Self {
        it.0.into()
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Whether the first part of `name` is an account, so that the name is hosted and not a release.
pub fn is_hosted(name: &str) -> bool {
    is_account(name.split('/').next().unwrap_or_default())
}

fn is_account(text: &str) -> bool {
    match text.strip_prefix("acc-") {
        Some(rest) => is_short_id(rest),
        None => text.len() == 32 && text.bytes().all(is_lower_hex),
    }
}

/// Whether `text` is 5 to 12 lower-case letters and digits: what follows the prefix of an id.
pub(super) fn is_short_id(text: &str) -> bool {
    (5..=12).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}
