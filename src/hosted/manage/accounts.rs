//! Accounts.

use super::input::NewAccount;
use super::output::{AccountMade, AccountShown, list as listed};
use super::serve::{Managing, Outcome};
use crate::account::caller::Caller;
use crate::account::credential::{Kind, SecretHash};
use crate::account::id::KeyId;
use crate::account::name::Account;
use crate::hosted::catalog::accounts::{self, AccountRow, CloseError, CreateError};
use crate::hosted::catalog::callers::NewCaller;
use crate::refusal::Refusal;
use crate::refusal::manage::ManageRefusal;
use crate::services::Services;
use crate::time;
use http::StatusCode;

use super::PAGE;

const FIRST_KEY: &str = "the account's first key";

pub(super) async fn list<S: Services>(managing: &Managing<'_, S>) -> Result<Outcome, Box<Refusal>> {
    let after = managing.cursor.and_then(|cursor| Account::parse(cursor).ok());
    let rows = accounts::page(managing.host.database, after.as_ref(), false, PAGE).await?;
    let full = rows.len() as u64 == PAGE;
    let cursor = rows.last().filter(|_| full).map(|last| last.account.to_string());
    let shown: Vec<_> = rows.into_iter().map(AccountShown::from).collect();
    Ok(Outcome::Json(StatusCode::OK, listed("accounts", &shown, cursor)))
}

pub(super) async fn create<S: Services>(
    managing: &Managing<'_, S>,
) -> Result<Outcome, Box<Refusal>> {
    let NewAccount { name, id } = NewAccount::read(managing.body)?;
    let account = id.unwrap_or_else(Account::random);
    let secret = Kind::Key.random_secret();
    let key = NewCaller {
        caller: Caller::Owner(KeyId::random()),
        secret: SecretHash::of(&secret),
        name: FIRST_KEY.to_owned(),
        expires: None,
        grants: Vec::new(),
    };
    match accounts::create(managing.host.database, &account, &name, &key).await {
        Ok(()) => {
            let made = AccountMade { account: account.as_str(), key: secret.expose() };
            Ok(Outcome::created(&made))
        }
        Err(CreateError::Taken) => Err(ManageRefusal::Taken.into()),
        Err(CreateError::Database(error)) => Err(error.into()),
    }
}

pub(super) async fn show<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
) -> Result<Outcome, Box<Refusal>> {
    let found = accounts::find(managing.host.database, account).await?;
    let found = found.ok_or(ManageRefusal::NotFound("account"))?;
    Ok(Outcome::ok(&AccountShown::from(found)))
}

pub(super) async fn delete<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
) -> Result<Outcome, Box<Refusal>> {
    match accounts::close(managing.host.database, account).await {
        Ok(()) => Ok(Outcome::Done),
        Err(CloseError::Unknown) => Err(ManageRefusal::NotFound("account").into()),
        Err(CloseError::NotEmpty) => Err(ManageRefusal::NotEmpty.into()),
        Err(CloseError::Database(error)) => Err(error.into()),
    }
}

impl From<AccountRow> for AccountShown {
    fn from(row: AccountRow) -> Self {
        Self { account: row.account.to_string(), name: row.name, created: time::text(row.created) }
    }
}
