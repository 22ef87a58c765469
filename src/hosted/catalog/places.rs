//! How far collection has come in its walk over all accounts, so that another Worker can continue.

use super::{first, rows, run};
use crate::account::name::Account;
use crate::services::database::{Database, DatabaseError, Statement};

const COLLECTION: &str = "collection";

/// The account that collection came to last. `None` before its first visit.
///
/// # Errors
/// [`DatabaseError`].
pub async fn last<D: Database>(database: &D) -> Result<Option<Account>, DatabaseError> {
    const LAST: &str = "select account from places where walk = ?1";
    let row = first(database, Statement::new(LAST, [COLLECTION.into()])).await?;
    row.map(|mut row| rows::account(&mut row, "account")).transpose()
}

/// Notes that collection has come to an account.
///
/// # Errors
/// [`DatabaseError`].
pub async fn come_to<D: Database>(database: &D, account: &Account) -> Result<(), DatabaseError> {
    const COME_TO: &str = "insert into places (walk, account, at) values (?1, ?2, unixepoch()) \
        on conflict do update set account = excluded.account, at = excluded.at";
    let values = [COLLECTION.into(), account.as_str().into()];
    run(database, Statement::new(COME_TO, values)).await.map(drop)
}

/// Whether collection has come to no account within the last `seconds`.
///
/// # Errors
/// [`DatabaseError`].
pub async fn is_overdue<D: Database>(database: &D, seconds: u64) -> Result<bool, DatabaseError> {
    const CAME: &str = "select account from places where walk = ?1 and at > unixepoch() - ?2";
    let row = first(database, Statement::new(CAME, [COLLECTION.into(), seconds.into()])).await?;
    Ok(row.is_none())
}
