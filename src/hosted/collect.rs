//! Collection: what nothing uses goes to the trash, and what waited there long enough is deleted.
//!
//! The catalog decides what goes, in batches that pushes are serialized with. Here keys are
//! deleted from R2, and by key only.

use super::catalog::collect::{self, Collected, Haste};
use super::catalog::{accounts, trash, uploads};
use super::name::Account;
use crate::services::database::{Database, DatabaseError};
use crate::services::objects::{MAX_DELETE, Multipart, Objects};

// As many uploads whose session is over as one page forgets; each costs R2 a call.
const UPLOADS: u64 = 20;
// As many accounts as one visit lists, and as many pages as it turns over all of them.
const ACCOUNTS: u64 = 100;
const PAGES: usize = 100;

/// What a page of collection came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// What could not be done, one sentence each. The next page tries again.
    pub problems: Vec<String>,
    /// Whether there is more to do now.
    pub more: bool,
}

/// Collects a page of an account.
///
/// # Errors
/// [`DatabaseError`].
pub async fn page<D: Database, O: Objects>(
    database: &D,
    objects: &O,
    account: &Account,
    haste: Haste,
) -> Result<Page, DatabaseError> {
    let mut page = Page::default();
    forget_uploads(database, objects, account, &mut page).await?;
    let links = collect::drop_links(database, account, haste).await?;
    let marked = collect::mark(database, account).await?;
    page.more |= [links, marked].iter().any(Collected::is_full);
    purge(database, objects, account, &mut page).await?;
    Ok(page)
}

/// Visits all accounts, as many pages as one visit turns. Those who come late are reached another
/// time, since each visit begins elsewhere. Answers what went wrong.
pub async fn visit<D: Database, O: Objects>(database: &D, objects: &O) -> Vec<String> {
    let (mut problems, mut pages) = (Vec::new(), PAGES);
    let begin = Account::random();
    for after in [Some(begin), None] {
        if let Err(error) = walk(database, objects, after, &mut pages, &mut problems).await {
            problems.push(format!("collection: the database failed: {error:?}"));
            break;
        }
    }
    problems
}

async fn walk<D: Database, O: Objects>(
    database: &D,
    objects: &O,
    mut after: Option<Account>,
    pages: &mut usize,
    problems: &mut Vec<String>,
) -> Result<(), DatabaseError> {
    while *pages > 0 {
        let accounts = accounts::page(database, after.as_ref(), true, ACCOUNTS).await?;
        let Some(last) = accounts.last().map(|it| it.account.clone()) else { break };
        for row in accounts {
            let more = &mut true;
            while *more && *pages > 0 {
                *pages -= 1;
                let page = page(database, objects, &row.account, Haste::Usual).await?;
                *more = page.more && page.problems.is_empty();
                problems
                    .extend(page.problems.into_iter().map(|it| format!("{}: {it}", row.account)));
            }
            accounts::forget_closed(database, &row.account).await?;
        }
        after = Some(last);
    }
    Ok(())
}

// What R2 keeps of uploads that nobody completed is aborted first, and forgotten then.
async fn forget_uploads<D: Database, O: Objects>(
    database: &D,
    objects: &O,
    account: &Account,
    page: &mut Page,
) -> Result<(), DatabaseError> {
    let expired = uploads::expired(database, account, UPLOADS).await?;
    page.more |= expired.len() as u64 == UPLOADS;
    for leftover in expired {
        if let Some(id) = &leftover.multipart
            && let Err(error) = objects.abort(Multipart { key: &leftover.key, id }).await
        {
            page.problems.push(format!("an upload could not be aborted: {}", error.message));
            continue;
        }
        uploads::forget(database, account, &leftover.upload).await?;
    }
    Ok(())
}

async fn purge<D: Database, O: Objects>(
    database: &D,
    objects: &O,
    account: &Account,
    page: &mut Page,
) -> Result<(), DatabaseError> {
    let keys = trash::due(database, account, MAX_DELETE as u64).await?;
    if keys.is_empty() {
        return Ok(());
    }
    page.more |= keys.len() == MAX_DELETE;
    if let Err(error) = objects.delete(&keys).await {
        page.problems.push(format!("{} keys could not be deleted: {}", keys.len(), error.message));
        return Ok(());
    }
    trash::purged(database, account, &keys).await
}

impl Collected {
    fn is_full(&self) -> bool {
        self.looked_at == collect::PAGE
    }
}
