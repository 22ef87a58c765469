//! What a caller may do with a repository now. It is asked again when the rights in a token are
//! older than `RIGHTS_SECONDS`.

use super::{of_account, rows};
use crate::account::caller::Caller;
use crate::account::name::{Account, Repository};
use crate::account::rights::{Action, Actions};
use crate::services::database::{Database, DatabaseError, Outcome, Statement};

/// What may be done with a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// What the caller's grants allow, and what anybody may do.
    pub actions: Actions,
    /// Whether anybody may pull.
    pub public: bool,
}

/// A caller and a repository.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The account.
    pub account: &'a Account,
    /// The repository.
    pub repository: &'a Repository,
    /// The caller; `None` for an anonymous one.
    pub caller: Option<&'a Caller>,
}

/// What a caller may do with a repository; without a caller, what anybody may do. A repository that
/// does not exist is not public; grants may name it.
///
/// # Errors
/// [`DatabaseError`].
pub async fn read<D: Database>(
    database: &D,
    account: &Account,
    repository: &Repository,
    caller: Option<&Caller>,
) -> Result<Access, DatabaseError> {
    let read = read_all(database, &[Question { account, repository, caller }]).await?;
    read.into_iter().next().ok_or_else(|| DatabaseError::Failed("no outcome".to_owned()))
}

/// As [`read`], for several questions in one batch. The answers are in the order of the questions.
///
/// # Errors
/// [`DatabaseError`].
pub async fn read_all<D: Database>(
    database: &D,
    questions: &[Question<'_>],
) -> Result<Vec<Access>, DatabaseError> {
    let outcomes = database.batch(questions.iter().map(statement).collect()).await?;
    outcomes.into_iter().map(access).collect()
}

fn statement(question: &Question<'_>) -> Statement {
    const READ: &str = "select coalesce(max(actions & 1) + max(actions & 2) + max(actions & 4), 0) \
        as actions, exists (select 1 from repositories \
        where account = ?1 and repository = ?2 and public = 1) as public \
        from rights where account = ?1 and id = ?3 and repository in ('*', ?2)";
    let Question { account, repository, caller } = question;
    let id = caller.map_or("", Caller::id);
    of_account(account, READ, [repository.as_str().into(), id.into()])
}

fn access(outcome: Outcome) -> Result<Access, DatabaseError> {
    let Some(row) = outcome.rows.into_iter().next() else {
        return Ok(Access { actions: Actions::NONE, public: false });
    };
    let (granted, public) = (rows::actions(&row, "actions")?, row.truth("public")?);
    let anybody = if public { [Action::Pull].into_iter().collect() } else { Actions::NONE };
    Ok(Access { actions: granted.union(anybody), public })
}
