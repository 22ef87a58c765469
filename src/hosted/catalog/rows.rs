//! Reads the types of bhcr from rows. Rows of the catalog always parse, so one that does not is a
//! fault.

use crate::account::id::{ClientId, KeyId};
use crate::account::name::{Account, ImageName, Repository};
use crate::account::rights::Actions;
use crate::hosted::upload::id::UploadId;
use crate::oci::digest::Digest;
use crate::oci::reference::Tag;
use crate::services::database::{DatabaseError, Row};

use crate::account::caller::Caller;

pub(super) fn digest(row: &mut Row, column: &str) -> Result<Digest, DatabaseError> {
    parsed(column, Digest::parse(&row.text(column)?))
}

pub(super) fn optional_digest(
    row: &mut Row,
    column: &str,
) -> Result<Option<Digest>, DatabaseError> {
    let text = row.optional_text(column)?;
    text.map(|text| parsed(column, Digest::parse(&text))).transpose()
}

pub(super) fn tag(row: &mut Row, column: &str) -> Result<Tag, DatabaseError> {
    parsed(column, Tag::parse(&row.text(column)?))
}

pub(super) fn account(row: &mut Row, column: &str) -> Result<Account, DatabaseError> {
    parsed(column, Account::parse(&row.text(column)?))
}

pub(super) fn repository(row: &mut Row, column: &str) -> Result<Repository, DatabaseError> {
    parsed(column, Repository::parse(&row.text(column)?))
}

/// An image. Rows have its name without the account.
pub(super) fn image(
    row: &mut Row,
    column: &str,
    account: &Account,
) -> Result<ImageName, DatabaseError> {
    parsed(column, ImageName::parse(&format!("{account}/{}", row.text(column)?)))
}

pub(super) fn caller(row: &mut Row, column: &str) -> Result<Caller, DatabaseError> {
    let id = row.text(column)?;
    match KeyId::parse(&id) {
        Ok(key) => Ok(Caller::Owner(key)),
        Err(_) => parsed(column, ClientId::parse(&id)).map(Caller::Client),
    }
}

pub(super) fn upload(row: &mut Row, column: &str) -> Result<UploadId, DatabaseError> {
    parsed(column, UploadId::parse(&row.text(column)?))
}

pub(super) fn actions(row: &Row, column: &str) -> Result<Actions, DatabaseError> {
    let bits = u8::try_from(row.number(column)?).ok();
    parsed(column, bits.and_then(Actions::from_bits).ok_or(()))
}

fn parsed<T, E>(column: &str, result: Result<T, E>) -> Result<T, DatabaseError> {
    result.map_err(|_| DatabaseError::Failed(format!("column {column} does not parse")))
}
