//! What callers of the management API send.

mod grants;

use self::grants::grants;
use super::fields::{Fields, InvalidBody};
use crate::account::name::Account;
use crate::account::rights::ClientGrant;
use crate::refusal::manage::InvalidField;
use crate::time;

pub use self::grants::MAX_GRANTS;

/// The most bytes that a body has: enough for [`MAX_GRANTS`] grants.
pub const MAX_BODY: usize = 64 * 1024;
/// The most characters of a name that people give an account, a key or a client.
pub const MAX_LABEL: usize = 100;
/// The most characters of a cursor.
pub const MAX_CURSOR: usize = 1024;

/// An account to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// What people call it.
    pub name: String,
    /// The account's own name; `None` to have one made.
    pub id: Option<Account>,
}

/// An access key to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// What people call it.
    pub name: String,
    /// When it ends, in seconds since 1970.
    pub expires: Option<u64>,
}

/// A client to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewClient {
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub grants: Vec<ClientGrant>,
    /// When it ends, in seconds since 1970.
    pub expires: Option<u64>,
}

/// What to change about a client. `None` changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientChange {
    /// What it may do from now on.
    pub grants: Option<Vec<ClientGrant>>,
    /// When it ends, in seconds since 1970; `Some(None)` for never.
    pub expires: Option<Option<u64>>,
}

/// What to change about a repository. It is created if it does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryChange {
    /// Whether everybody may pull from it; `None` changes nothing.
    pub public: Option<bool>,
}

/// A page of collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collect {
    /// Whether links that nothing uses are removed after minutes and not after a day.
    pub now: bool,
    /// Where the last page ended.
    pub cursor: Option<String>,
}

/// A page of checking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Where the last page ended.
    pub cursor: Option<String>,
}

impl NewAccount {
    /// Reads a body.
    ///
    /// # Errors
    /// [`InvalidBody`], by the first field that is wrong.
    pub fn read(body: &[u8]) -> Result<Self, InvalidBody> {
        let mut fields = Fields::of_body(body)?;
        let name = label(&mut fields)?;
        let id = match fields.optional_text("id")? {
            None => None,
            Some(id) => Some(Account::parse(&id).map_err(|_| {
                let form = "must be acc- and 5 to 12 lower-case letters and digits, or 32 \
                    lower-case hexadecimal digits";
                fields.problem("id", form)
            })?),
        };
        fields.finish()?;
        Ok(Self { name, id })
    }
}

impl NewKey {
    /// Reads a body. An end must lie after `now` (seconds since 1970).
    ///
    /// # Errors
    /// [`InvalidBody`], by the first field that is wrong.
    pub fn read(body: &[u8], now: u64) -> Result<Self, InvalidBody> {
        let mut fields = Fields::of_body(body)?;
        let name = label(&mut fields)?;
        let expires = expires(&mut fields, now)?;
        fields.finish()?;
        Ok(Self { name, expires })
    }
}

impl NewClient {
    /// Reads a body. An end must lie after `now` (seconds since 1970).
    ///
    /// # Errors
    /// [`InvalidBody`], by the first field that is wrong.
    pub fn read(body: &[u8], now: u64) -> Result<Self, InvalidBody> {
        let mut fields = Fields::of_body(body)?;
        let name = label(&mut fields)?;
        let grants = grants(&mut fields)?.ok_or_else(|| fields.problem("grants", "is required"))?;
        let expires = expires(&mut fields, now)?;
        fields.finish()?;
        Ok(Self { name, grants, expires })
    }
}

impl ClientChange {
    /// Reads a body. An end must lie after `now` (seconds since 1970); `null` removes it.
    ///
    /// # Errors
    /// [`InvalidBody`], by the first field that is wrong.
    pub fn read(body: &[u8], now: u64) -> Result<Self, InvalidBody> {
        let mut fields = Fields::of_body(body)?;
        let grants = grants(&mut fields)?;
        let never = fields.is_null("expires");
        let expires = if never { Some(None) } else { expires(&mut fields, now)?.map(Some) };
        fields.finish()?;
        Ok(Self { grants, expires })
    }
}

impl RepositoryChange {
    /// Reads a body.
    ///
    /// # Errors
    /// [`InvalidBody`], by the first field that is wrong.
    pub fn read(body: &[u8]) -> Result<Self, InvalidBody> {
        let mut fields = Fields::of_body(body)?;
        let public = fields.optional_flag("public")?;
        fields.finish()?;
        Ok(Self { public })
    }
}

impl Collect {
    /// Reads a body.
    ///
    /// # Errors
    /// [`InvalidBody`], by the first field that is wrong.
    pub fn read(body: &[u8]) -> Result<Self, InvalidBody> {
        let mut fields = Fields::of_body(body)?;
        let now = fields.optional_flag("now")?.unwrap_or(false);
        let cursor = cursor(&mut fields)?;
        fields.finish()?;
        Ok(Self { now, cursor })
    }
}

impl Check {
    /// Reads a body.
    ///
    /// # Errors
    /// [`InvalidBody`], by the first field that is wrong.
    pub fn read(body: &[u8]) -> Result<Self, InvalidBody> {
        let mut fields = Fields::of_body(body)?;
        let cursor = cursor(&mut fields)?;
        fields.finish()?;
        Ok(Self { cursor })
    }
}

fn label(fields: &mut Fields) -> Result<String, InvalidField> {
    let name = fields.text("name")?;
    let length = name.chars().count();
    if (1..=MAX_LABEL).contains(&length) && !name.chars().any(char::is_control) {
        return Ok(name);
    }
    let problem =
        format!("must have 1 to {MAX_LABEL} characters, none of them a control character");
    Err(fields.problem("name", problem))
}

fn expires(fields: &mut Fields, now: u64) -> Result<Option<u64>, InvalidField> {
    let Some(text) = fields.optional_text("expires")? else { return Ok(None) };
    let end = time::parse(&text).ok_or_else(|| {
        fields.problem("expires", "must be a time in UTC such as 2027-01-31T12:00:00Z")
    })?;
    if end <= now {
        return Err(fields.problem("expires", "must lie in the future"));
    }
    Ok(Some(end))
}

fn cursor(fields: &mut Fields) -> Result<Option<String>, InvalidField> {
    let cursor = fields.optional_text("cursor")?;
    if cursor.as_ref().is_some_and(|cursor| cursor.len() > MAX_CURSOR) {
        return Err(fields.problem("cursor", "must be the cursor of an earlier page"));
    }
    Ok(cursor)
}
