//! Collection and checking, a page at a time.

use super::input::{Check, Collect};
use super::output::Problems;
use super::serve::{Managing, Outcome};
use crate::account::name::Account;
use crate::hosted::catalog::collect::Haste;
use crate::hosted::check::{self, InvalidCursor};
use crate::hosted::collect;
use crate::refusal::Refusal;
use crate::refusal::manage::{InvalidField, ManageRefusal};
use crate::services::Services;

// The cursor of a collection. It names no place, because the next page collects whatever is left.
const MORE: &str = "more";

pub(super) async fn collect<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
) -> Result<Outcome, Box<Refusal>> {
    let Collect { now, cursor } = Collect::read(managing.body)?;
    if cursor.is_some_and(|cursor| cursor != MORE) {
        return Err(wrong_cursor());
    }
    let haste = if now { Haste::Now } else { Haste::Usual };
    let host = managing.host;
    let page = collect::page(host.database, host.objects, account, haste).await?;
    let cursor = page.more.then(|| MORE.to_owned());
    Ok(Outcome::ok(&Problems { problems: page.problems, cursor }))
}

pub(super) async fn check<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
) -> Result<Outcome, Box<Refusal>> {
    let Check { cursor } = Check::read(managing.body)?;
    let cursor = check::Cursor::parse(cursor.as_deref());
    let cursor = cursor.map_err(|InvalidCursor| wrong_cursor())?;
    let host = managing.host;
    let page = check::page(host.database, host.objects, account, cursor).await?;
    let cursor = page.next.map(|next| next.to_string());
    Ok(Outcome::ok(&Problems { problems: page.problems, cursor }))
}

fn wrong_cursor() -> Box<Refusal> {
    let problem = "must be the cursor of an earlier page";
    ManageRefusal::Field(InvalidField::new("cursor", problem)).into()
}
