//! The catalog: everything that must be consistent about hosted repositories, in SQL.
//!
//! Each module has typed functions over any [`Database`]. Together they promise:
//!
//! - Every statement about an account's data has the account as its first parameter and filters by
//!   it. Two accounts with the same data never touch each other's rows.
//! - A batch is one transaction. A rule that must hold at that moment is a `guard` in the batch.
//!   If a guard rejects a batch, the reason is read afterwards.
//! - A batch whose reply was lost can be run again: it finds the work done.
//! - Time is the database's, `unixepoch()`, so that no two isolates disagree.
//! - An object that a link refers to is live. A tag's manifest is there, and so are its blobs.
//! - A key in R2 belongs to an object, a manifest, an upload or the trash. It enters the trash
//!   when it leaves the others, and never comes back.

pub mod access;
pub mod accounts;
pub mod blobs;
pub mod callers;
pub mod check;
pub mod collect;
pub mod commit;
pub mod contents;
mod guard;
pub mod manifests;
pub mod mount;
pub mod places;
pub mod referrers;
pub mod removal;
pub mod repositories;
mod rows;
mod size;
pub mod tags;
pub mod trash;
pub mod uploads;

use std::fmt;

use crate::account::name::{Account, ImageName};
use crate::services::database::{Database, DatabaseError, Outcome, Row, Statement, Value};

/// A statement with the account as its first parameter.
fn of_account<const N: usize>(
    account: &Account,
    sql: &'static str,
    values: [Value; N],
) -> Statement {
    preceded(sql, [account.as_str().into()].into(), values.into())
}

/// A statement with the account as its first parameter, and the image as its second.
fn of_image<const N: usize>(image: &ImageName, sql: &'static str, values: [Value; N]) -> Statement {
    preceded(sql, [image.account().as_str().into(), image.path().into()].into(), values.into())
}

// One function for all lengths, because the compiler would copy it for each of them.
#[inline(never)]
fn preceded(sql: &'static str, mut first: Vec<Value>, mut values: Vec<Value>) -> Statement {
    first.append(&mut values);
    Statement { sql, values: first }
}

/// Several statements about an account with the same parameters after the account.
fn all_of_account(
    account: &Account,
    statements: &[&'static str],
    values: &[Value],
) -> Vec<Statement> {
    let of = |sql: &&'static str| preceded(sql, [account.as_str().into()].into(), values.to_vec());
    statements.iter().map(of).collect()
}

/// The outcome of one statement alone.
async fn run<D: Database>(database: &D, statement: Statement) -> Result<Outcome, DatabaseError> {
    let outcomes = database.batch(vec![statement]).await?;
    outcomes.into_iter().next().ok_or_else(|| DatabaseError::Failed("no outcome".to_owned()))
}

/// The first row of one statement alone.
async fn first<D: Database>(
    database: &D,
    statement: Statement,
) -> Result<Option<Row>, DatabaseError> {
    Ok(run(database, statement).await?.rows.into_iter().next())
}

/// The outcomes of a batch of `N` statements.
fn taken<const N: usize>(outcomes: Vec<Outcome>) -> Result<[Outcome; N], DatabaseError> {
    let told = outcomes.len();
    let wrong = |_| DatabaseError::Failed(format!("{told} outcomes of {N} statements"));
    outcomes.try_into().map_err(wrong)
}

/// A value that is stored as text.
fn text(value: impl fmt::Display) -> Value {
    Value::Text(value.to_string())
}

/// Several texts as one parameter, for `json_each`.
fn list<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> Value {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    Value::Text(serde_json::to_string(&items).expect("texts always serialize"))
}
