//! Access keys of an account.

use http::StatusCode;

use super::PAGE;
use super::input::NewKey;
use super::output::{KeyMade, KeyShown, list as listed};
use super::serve::{Managing, Outcome};
use crate::account::caller::Caller;
use crate::account::credential::{Kind, SecretHash};
use crate::account::id::KeyId;
use crate::account::name::Account;
use crate::hosted::catalog::callers::{self, CallerRow, Kind as Listed, NewCaller};
use crate::refusal::Refusal;
use crate::refusal::manage::ManageRefusal;
use crate::services::Services;
use crate::time;

pub(super) async fn list<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
) -> Result<Outcome, Box<Refusal>> {
    let after = managing.cursor.and_then(|cursor| KeyId::parse(cursor).ok()).map(Caller::Owner);
    let database = managing.host.database;
    let rows = callers::page(database, account, Listed::Keys, after.as_ref(), PAGE).await?;
    let full = rows.len() as u64 == PAGE;
    let cursor = rows.last().filter(|_| full).map(|last| last.caller.id().to_owned());
    let shown: Vec<_> = rows.into_iter().map(KeyShown::from).collect();
    Ok(Outcome::Json(StatusCode::OK, listed("keys", &shown, cursor)))
}

pub(super) async fn create<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
) -> Result<Outcome, Box<Refusal>> {
    let NewKey { name, expires } = NewKey::read(managing.body, managing.host.now())?;
    let (id, secret) = (KeyId::random(), Kind::Key.random_secret());
    let made = KeyMade { id: id.as_str(), key: secret.expose() };
    let answer = Outcome::created(&made);
    let key = NewCaller {
        secret: SecretHash::of(&secret),
        caller: Caller::Owner(id),
        name,
        expires,
        grants: Vec::new(),
    };
    match callers::create(managing.host.database, account, &key).await? {
        true => Ok(answer),
        false => Err(ManageRefusal::NotFound("account").into()),
    }
}

pub(super) async fn delete<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
    id: KeyId,
) -> Result<Outcome, Box<Refusal>> {
    match callers::revoke(managing.host.database, account, &Caller::Owner(id)).await? {
        true => Ok(Outcome::Done),
        false => Err(ManageRefusal::NotFound("access key").into()),
    }
}

impl From<CallerRow> for KeyShown {
    fn from(row: CallerRow) -> Self {
        Self {
            id: row.caller.id().to_owned(),
            name: row.name,
            created: time::text(row.created),
            expires: row.expires.map(time::text),
        }
    }
}
