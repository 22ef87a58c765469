//! The callers of an account: its access keys and its clients.

use super::accounts::grant;
use super::{all_of_account, of_account, rows, taken};
use crate::account::caller::Caller;
use crate::account::credential::SecretHash;
use crate::account::id::ClientId;
use crate::account::name::Account;
use crate::account::rights::{Actions, ClientGrant, Target};
use crate::services::database::{Database, DatabaseError, Outcome, Row, Statement, Value};

const KEYS: &str = "key-";
const CLIENTS: &str = "cli-";
const THERE: &str = "select 1 from credentials where account = ?1 and id = ?2";

/// A caller that is to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCaller {
    /// Its identifier.
    pub caller: Caller,
    /// The hash of its secret.
    pub secret: SecretHash,
    /// What the owner calls it.
    pub name: String,
    /// When it ends, in seconds since 1970, if it does.
    pub expires: Option<u64>,
    /// What a client may do. An access key may do everything, whatever this says.
    pub grants: Vec<ClientGrant>,
}

/// A caller, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerRow {
    /// Its identifier.
    pub caller: Caller,
    /// What the owner calls it.
    pub name: String,
    /// When it was created, in seconds since 1970.
    pub created: u64,
    /// When it ends, in seconds since 1970, if it does.
    pub expires: Option<u64>,
    /// What it may do.
    pub grants: Vec<ClientGrant>,
}

/// Which callers are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Access keys.
    Keys,
    /// Clients.
    Clients,
}

impl NewCaller {
    /// Inserts the caller into an account that is not deleted, once.
    pub(super) fn inserts(&self, account: &Account) -> [Statement; 2] {
        const CALLER: &str = "insert into credentials \
            (account, id, secret, name, created, expires) \
            select ?1, ?2, ?3, ?4, unixepoch(), ?5 from accounts \
            where account = ?1 and closed is null on conflict (secret) do nothing";
        let id = Value::from(self.caller.id());
        let secret = self.secret.to_hex().into();
        let values = [id, secret, self.name.as_str().into(), self.expires.into()];
        let everything = [ClientGrant { target: Target::All, actions: Actions::ALL }];
        let grants = match self.caller {
            Caller::Owner(_) => &everything[..],
            Caller::Client(_) => &self.grants,
        };
        [of_account(account, CALLER, values), insert_grants(account, self.caller.id(), grants)]
    }
}

/// Creates a caller. Returns whether the account exists. The same call again changes nothing.
///
/// # Errors
/// [`DatabaseError`]; `Rejected` if another caller has this identifier.
pub async fn create<D: Database>(
    database: &D,
    account: &Account,
    new: &NewCaller,
) -> Result<bool, DatabaseError> {
    let there = of_account(account, THERE, [new.caller.id().into()]);
    let batch = new.inserts(account).into_iter().chain([there]).collect();
    let outcomes = database.batch(batch).await?;
    Ok(outcomes.last().is_some_and(|there| !there.rows.is_empty()))
}

/// The callers of an account in the order of their identifiers, without secrets: at most `limit`,
/// and only those after `after`.
///
/// # Errors
/// [`DatabaseError`].
pub async fn page<D: Database>(
    database: &D,
    account: &Account,
    kind: Kind,
    after: Option<&Caller>,
    limit: u64,
) -> Result<Vec<CallerRow>, DatabaseError> {
    const PAGE: &str = "select id, name, created, expires from credentials \
        where account = ?1 and id > ?2 and id < ?3 order by id limit ?4";
    const GRANTS: &str = "select g.id, g.repository, g.actions from (select id from credentials \
        where account = ?1 and id > ?2 and id < ?3 order by id limit ?4) as page \
        join grants as g on g.account = ?1 and g.id = page.id";
    let (first, end) = match kind {
        Kind::Keys => (KEYS, "key."),
        Kind::Clients => (CLIENTS, "cli."),
    };
    let first = after.map_or(first, Caller::id);
    let values = [first.into(), end.into(), limit.into()];
    let batch = all_of_account(account, &[PAGE, GRANTS], &values);
    with_grants(database.batch(batch).await?)
}

/// A caller, without its secret.
///
/// # Errors
/// [`DatabaseError`].
pub async fn find<D: Database>(
    database: &D,
    account: &Account,
    caller: &Caller,
) -> Result<Option<CallerRow>, DatabaseError> {
    const FIND: &str =
        "select id, name, created, expires from credentials where account = ?1 and id = ?2";
    const GRANTS: &str =
        "select id, repository, actions from grants where account = ?1 and id = ?2";
    let batch = all_of_account(account, &[FIND, GRANTS], &[caller.id().into()]);
    Ok(with_grants(database.batch(batch).await?)?.pop())
}

/// Gives a client other grants, another end, or both. `None` changes nothing, also if another call
/// changes that at the same time. Returns whether the client exists.
///
/// # Errors
/// [`DatabaseError`].
pub async fn change<D: Database>(
    database: &D,
    account: &Account,
    client: &ClientId,
    grants: Option<&[ClientGrant]>,
    expires: Option<Option<u64>>,
) -> Result<bool, DatabaseError> {
    const EXPIRES: &str = "update credentials set expires = ?3 where account = ?1 and id = ?2";
    const CLEAR: &str = "delete from grants where account = ?1 and id = ?2";
    let id = client.as_str();
    let mut batch = vec![of_account(account, THERE, [id.into()])];
    if let Some(expires) = expires {
        batch.push(of_account(account, EXPIRES, [id.into(), expires.into()]));
    }
    if let Some(grants) = grants {
        batch.push(of_account(account, CLEAR, [id.into()]));
        batch.push(insert_grants(account, id, grants));
    }
    let outcomes = database.batch(batch).await?;
    Ok(outcomes.first().is_some_and(|there| !there.rows.is_empty()))
}

/// Revokes a caller: the database rejects what it commits after this. Returns whether the caller
/// existed.
///
/// # Errors
/// [`DatabaseError`].
pub async fn revoke<D: Database>(
    database: &D,
    account: &Account,
    caller: &Caller,
) -> Result<bool, DatabaseError> {
    const REVOKE: &str = "delete from credentials where account = ?1 and id = ?2";
    const GRANTS: &str = "delete from grants where account = ?1 and id = ?2";
    let batch = all_of_account(account, &[REVOKE, GRANTS], &[caller.id().into()]);
    let outcomes = database.batch(batch).await?;
    Ok(outcomes.first().is_some_and(|revoked| revoked.changes > 0))
}

/// Inserts the grants of an existing caller. Two grants for the same repository become one.
fn insert_grants(account: &Account, id: &str, grants: &[ClientGrant]) -> Statement {
    const GRANTS: &str = "insert into grants (account, id, repository, actions) \
        select ?1, ?2, value ->> 0, value ->> 1 from json_each(?3) \
        where exists (select 1 from credentials where account = ?1 and id = ?2) \
        on conflict do update set actions = actions | excluded.actions";
    let pairs: Vec<_> =
        grants.iter().map(|grant| (grant.target.as_str(), grant.actions.bits())).collect();
    let pairs = serde_json::to_string(&pairs).expect("texts and numbers always serialize");
    of_account(account, GRANTS, [id.into(), pairs.into()])
}

fn with_grants(outcomes: Vec<Outcome>) -> Result<Vec<CallerRow>, DatabaseError> {
    let [callers, mut grants] = taken(outcomes)?;
    callers.read(|row| caller_row(row, &mut grants.rows))
}

fn caller_row(mut row: Row, all: &mut Vec<Row>) -> Result<CallerRow, DatabaseError> {
    let caller = rows::caller(&mut row, "id")?;
    let own = all.extract_if(.., |grant| grant.is_text("id", caller.id()));
    Ok(CallerRow {
        grants: own.map(grant).collect::<Result<_, _>>()?,
        caller,
        name: row.text("name")?,
        created: row.number("created")?,
        expires: row.optional_number("expires")?,
    })
}
