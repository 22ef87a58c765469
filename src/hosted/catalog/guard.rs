//! Guards: rules that must hold at the moment of a batch.
//!
//! `insert into guard select null where exists(<what must not be>)` inserts nothing if the rule
//! holds. Otherwise it violates NOT NULL, and the database rolls the whole batch back.

use super::of_account;
use crate::account::caller::Caller;
use crate::account::name::{Account, Repository};
use crate::account::rights::Action;
use crate::services::database::Statement;

/// The caller is not revoked, has not expired, and may do this with the repository.
pub(super) fn may(
    account: &Account,
    repository: &Repository,
    caller: &Caller,
    action: Action,
) -> Statement {
    right(
        "insert into guard select null where not exists (select 1 from rights \
        where account = ?1 and id = ?2 and repository in ('*', ?3) and actions & ?4)",
        account,
        repository,
        caller,
        action,
    )
}

/// Selects one row if [`may`] would pass, and none if it would reject.
pub(super) fn whether(
    account: &Account,
    repository: &Repository,
    caller: &Caller,
    action: Action,
) -> Statement {
    right(
        "select 1 from rights where account = ?1 and id = ?2 \
        and repository in ('*', ?3) and actions & ?4 limit 1",
        account,
        repository,
        caller,
        action,
    )
}

fn right(
    sql: &'static str,
    account: &Account,
    repository: &Repository,
    caller: &Caller,
    action: Action,
) -> Statement {
    let bit = [action].into_iter().collect::<crate::account::rights::Actions>().bits();
    let values = [caller.id().into(), repository.as_str().into(), u64::from(bit).into()];
    of_account(account, sql, values)
}
