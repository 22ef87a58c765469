//! Collection: what nothing uses goes to the trash, and what waited there long enough is deleted.
//!
//! The catalog decides what is collected, in batches, and the database runs these and the batches
//! of pushes one after the other. This module then deletes keys from R2, and only those that the
//! catalog names.

use super::catalog::accounts::{self, AccountRow};
use super::catalog::collect::{self, Collected, Haste};
use super::catalog::{places, trash, uploads};
use crate::account::name::Account;
use crate::services::database::{Database, DatabaseError};
use crate::services::objects::{MAX_DELETE, Multipart, Objects};

// The most uploads that one page forgets. Each costs a call to R2.
const UPLOADS: u64 = 20;
// How many accounts are listed at once, and how many pages one visit collects from all of them.
const ACCOUNTS: u64 = 100;
const PAGES: usize = 100;

/// The result of a page of collection.
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

/// Collects from one account after the other, until all were visited or the visit has used up its
/// pages. The next visit continues after the last account, so that every account has its turn.
/// Returns what went wrong.
pub async fn visit<D: Database, O: Objects>(database: &D, objects: &O) -> Vec<String> {
    let mut visit = Visit { database, objects, pages: PAGES, problems: Vec::new() };
    if let Err(error) = visit.all().await {
        visit.problems.push(format!("collection: {error}"));
    }
    visit.problems
}

struct Visit<'a, D, O> {
    database: &'a D,
    objects: &'a O,
    /// How many pages are left.
    pages: usize,
    problems: Vec<String>,
}

impl<D: Database, O: Objects> Visit<'_, D, O> {
    async fn all(&mut self) -> Result<(), DatabaseError> {
        let began = places::last(self.database).await?;
        self.walk(began.clone(), None).await?;
        match began {
            Some(began) => self.walk(None, Some(&began)).await,
            None => Ok(()),
        }
    }

    // The accounts after `after`, up to `last`.
    async fn walk(
        &mut self,
        mut after: Option<Account>,
        last: Option<&Account>,
    ) -> Result<(), DatabaseError> {
        loop {
            let rows = accounts::page(self.database, after.as_ref(), true, ACCOUNTS).await?;
            let is_end = rows.is_empty();
            for AccountRow { account, .. } in rows {
                if self.pages == 0 || last.is_some_and(|last| account > *last) {
                    return Ok(());
                }
                self.account(&account).await?;
                after = Some(account);
            }
            if is_end {
                return Ok(());
            }
        }
    }

    // The place is written first. So if an account brings the Worker down, the next visit begins
    // after it. A failure of one account does not end the walk, so that the others still have their
    // turn.
    async fn account(&mut self, account: &Account) -> Result<(), DatabaseError> {
        places::come_to(self.database, account).await?;
        let problems = self.pages_of(account).await.unwrap_or_else(|error| vec![error.to_string()]);
        self.problems.extend(problems.into_iter().map(|it| format!("{account}: {it}")));
        Ok(())
    }

    async fn pages_of(&mut self, account: &Account) -> Result<Vec<String>, DatabaseError> {
        let mut turned = Page { more: true, ..Page::default() };
        while turned.more && turned.problems.is_empty() && self.pages > 0 {
            self.pages -= 1;
            turned = page(self.database, self.objects, account, Haste::Usual).await?;
        }
        accounts::forget_closed(self.database, account).await?;
        Ok(turned.problems)
    }
}

// Uploads that nobody completed are first aborted in R2, and then forgotten in the catalog.
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
