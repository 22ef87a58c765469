//! Accounts, for the operator, and the way from a secret to its account.

use super::callers::NewCaller;
use super::{all_of_account, first, of_account, rows, run};
use crate::account::caller::Caller;
use crate::account::credential::SecretHash;
use crate::account::name::Account;
use crate::account::rights::{Actions, ClientGrant, Target};
use crate::services::database::{Database, DatabaseError, Row, Statement};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// The account.
    pub account: Account,
    /// What its owner calls it.
    pub name: String,
    /// The binding of the database that has its data.
    pub database: String,
    /// When it was created, in seconds since 1970.
    pub created: u64,
}

/// Why an account is not created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateError {
    /// An account has this name, or a deleted one whose data is not purged yet.
    #[error("the account's name is taken")]
    Taken,
    /// The database failed.
    #[error(transparent)]
    Database(DatabaseError),
}

/// Why an account is not deleted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloseError {
    /// There is no such account.
    #[error("there is no such account")]
    Unknown,
    /// It has repositories.
    #[error("the account has repositories")]
    NotEmpty,
    /// The database failed.
    #[error(transparent)]
    Database(DatabaseError),
}

/// The holder of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub account: Account,
    /// The key or client.
    pub caller: Caller,
    /// When the secret ends, in seconds since 1970, if it does.
    pub expires: Option<u64>,
    /// Whether it has ended.
    pub expired: bool,
    /// What it may do.
    pub grants: Vec<ClientGrant>,
}

/// Creates an account with its first access key.
///
/// # Errors
/// [`CreateError::Taken`] if another account has the name. The same call again succeeds.
pub async fn create<D: Database>(
    database: &D,
    account: &Account,
    name: &str,
    key: &NewCaller,
) -> Result<(), CreateError> {
    const INSERT: &str = "insert into accounts (account, name, created) \
        values (?1, ?2, unixepoch())";
    const OURS: &str = "select 1 from credentials where secret = ?2 and account = ?1";
    let mut batch = vec![of_account(account, INSERT, [name.into()])];
    batch.extend(key.inserts(account));
    match database.batch(batch).await {
        Ok(_) => Ok(()),
        Err(DatabaseError::Rejected) => {
            let ours = of_account(account, OURS, [key.secret.to_hex().into()]);
            let found = first(database, ours).await.map_err(CreateError::Database)?;
            found.map(drop).ok_or(CreateError::Taken)
        }
        Err(error) => Err(CreateError::Database(error)),
    }
}

/// An account that is not deleted.
///
/// # Errors
/// [`DatabaseError`].
pub async fn find<D: Database>(
    database: &D,
    account: &Account,
) -> Result<Option<AccountRow>, DatabaseError> {
    const FIND: &str = "select account, name, database, created from accounts \
        where account = ?1 and closed is null";
    first(database, of_account(account, FIND, [])).await?.map(account_row).transpose()
}

/// Accounts in order: at most `limit`, and only those after `after`. With `closed`, deleted
/// accounts whose data is not purged yet are among them, because collection has to visit them.
///
/// # Errors
/// [`DatabaseError`].
pub async fn page<D: Database>(
    database: &D,
    after: Option<&Account>,
    closed: bool,
    limit: u64,
) -> Result<Vec<AccountRow>, DatabaseError> {
    const PAGE: &str = "select account, name, database, created from accounts \
        where account > ?1 and (closed is null or ?2) order by account limit ?3";
    let after = after.map_or("", Account::as_str);
    let page = Statement::new(PAGE, [after.into(), closed.into(), limit.into()]);
    run(database, page).await?.read(account_row)
}

/// Deletes an account without repositories: its callers at once, and its row when nothing of its
/// data is left ([`forget_closed`]).
///
/// # Errors
/// [`CloseError`].
pub async fn close<D: Database>(database: &D, account: &Account) -> Result<(), CloseError> {
    const EMPTY: &str = "insert into guard select null where exists \
        (select 1 from repositories where account = ?1)";
    const CLOSE: &str =
        "update accounts set closed = unixepoch() where account = ?1 and closed is null";
    const CREDENTIALS: &str = "delete from credentials where account = ?1";
    const GRANTS: &str = "delete from grants where account = ?1";
    let batch = all_of_account(account, &[EMPTY, CLOSE, CREDENTIALS, GRANTS], &[]);
    match database.batch(batch).await {
        Ok(outcomes) if outcomes[1].changes == 0 => Err(CloseError::Unknown),
        Ok(_) => Ok(()),
        Err(DatabaseError::Rejected) => Err(CloseError::NotEmpty),
        Err(error) => Err(CloseError::Database(error)),
    }
}

/// Removes the row of a deleted account once nothing of its data is left, so that its name can be
/// taken again. Returns whether it did.
///
/// # Errors
/// [`DatabaseError`].
pub async fn forget_closed<D: Database>(
    database: &D,
    account: &Account,
) -> Result<bool, DatabaseError> {
    const FORGET: &str = "delete from accounts where account = ?1 and closed is not null \
        and not exists (select 1 from objects where account = ?1) \
        and not exists (select 1 from uploads where account = ?1) \
        and not exists (select 1 from candidates where account = ?1) \
        and not exists (select 1 from trash where account = ?1)";
    Ok(run(database, of_account(account, FORGET, [])).await?.changes > 0)
}

/// Finds whose secret it is, and what the holder may do. `None` if nobody has it.
///
/// # Errors
/// [`DatabaseError`].
pub async fn identify<D: Database>(
    database: &D,
    secret: SecretHash,
) -> Result<Option<Identity>, DatabaseError> {
    const WHO: &str = "select account, id, expires, \
        expires is not null and expires <= unixepoch() as expired \
        from credentials where secret = ?1";
    const GRANTS: &str = "select g.repository, g.actions from credentials as c \
        join grants as g on g.account = c.account and g.id = c.id where c.secret = ?1";
    let batch = [WHO, GRANTS].map(|sql| Statement::new(sql, [secret.to_hex().into()]));
    let mut outcomes = database.batch(batch.into()).await?.into_iter();
    let mut next = || outcomes.next().unwrap_or_default();
    let Some(mut who) = next().rows.into_iter().next() else { return Ok(None) };
    Ok(Some(Identity {
        account: rows::account(&mut who, "account")?,
        caller: rows::caller(&mut who, "id")?,
        expires: who.optional_number("expires")?,
        expired: who.truth("expired")?,
        grants: next().read(grant)?,
    }))
}

/// A grant, read from its row.
pub(super) fn grant(mut row: Row) -> Result<ClientGrant, DatabaseError> {
    let actions: Actions = rows::actions(&row, "actions")?;
    let all = row.is_text("repository", Target::ALL);
    let target =
        if all { Target::All } else { Target::One(rows::repository(&mut row, "repository")?) };
    Ok(ClientGrant { target, actions })
}

fn account_row(mut row: Row) -> Result<AccountRow, DatabaseError> {
    Ok(AccountRow {
        account: rows::account(&mut row, "account")?,
        name: row.text("name")?,
        database: row.text("database")?,
        created: row.number("created")?,
    })
}
