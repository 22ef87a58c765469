//! Checks an account, page by page. First the catalog: every tag must have its manifest, every
//! manifest its blobs, and every object its data in R2, of the right size. Then the keys in R2:
//! those that the catalog does not know are reported. The check deletes nothing, because an older
//! database may have been restored, and then somebody may still need such data.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use futures_util::FutureExt;
use serde::{Deserialize, Serialize};

use super::catalog::check::{self, Expected, Problem};
use crate::account::name::Account;
use crate::refusal::Refusal;
use crate::services::database::Database;
use crate::services::objects::{Objects, ObjectsError};
use crate::together::together;

// How many objects R2 is asked for at once. A Worker has six connections.
const AT_ONCE: usize = 6;

/// Where a walk continues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cursor {
    /// In the catalog.
    Catalog(check::Cursor),
    /// In R2, after this page of its list.
    Objects(Option<String>),
}

/// The text is not a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor")]
pub struct InvalidCursor;

/// A page of a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// What is wrong, one sentence each.
    pub problems: Vec<String>,
    /// Where the walk continues; `None` at its end.
    pub next: Option<Cursor>,
}

impl Cursor {
    /// Reads a cursor as it is written, or begins a walk.
    ///
    /// # Errors
    /// [`InvalidCursor`].
    pub fn parse(text: Option<&str>) -> Result<Self, InvalidCursor> {
        let Some(text) = text else { return Ok(Self::Catalog(check::Cursor::start())) };
        let bytes = BASE64.decode(text).map_err(|_| InvalidCursor)?;
        postcard::from_bytes(&bytes).map_err(|_| InvalidCursor)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = postcard::to_allocvec(self).expect("a cursor always serializes");
        f.write_str(&BASE64.encode(bytes))
    }
}

/// Walks a page, from the cursor on.
///
/// # Errors
/// [`Refusal::Database`], [`Refusal::Objects`].
pub async fn page<D: Database, O: Objects>(
    database: &D,
    objects: &O,
    account: &Account,
    cursor: Cursor,
) -> Result<Page, Box<Refusal>> {
    match cursor {
        Cursor::Catalog(cursor) => in_catalog(database, objects, account, &cursor).await,
        Cursor::Objects(cursor) => in_objects(database, objects, account, cursor).await,
    }
}

async fn in_catalog<D: Database, O: Objects>(
    database: &D,
    objects: &O,
    account: &Account,
    cursor: &check::Cursor,
) -> Result<Page, Box<Refusal>> {
    let page = check::page(database, account, cursor).await?;
    let mut problems: Vec<_> = page.problems.iter().map(sentence).collect();
    for some in page.expected.chunks(AT_ONCE) {
        let compared = some.iter().map(|it| compare(objects, it).boxed_local());
        for problem in together(compared).await {
            problems.extend(problem?);
        }
    }
    let next = page.next.map_or(Cursor::Objects(None), Cursor::Catalog);
    Ok(Page { problems, next: Some(next) })
}

async fn in_objects<D: Database, O: Objects>(
    database: &D,
    objects: &O,
    account: &Account,
    cursor: Option<String>,
) -> Result<Page, Box<Refusal>> {
    let prefix = format!("b/{account}/");
    let listed = objects.list(&prefix, cursor.as_deref()).await?;
    let keys: Vec<_> = listed.objects.into_iter().map(|object| object.key).collect();
    let mut unknown = match keys.is_empty() {
        true => Vec::new(),
        false => check::unknown_keys(database, account, &keys).await?,
    };
    // Collection deletes a key from R2 first, and has the catalog forget it then: what it purged
    // since the list is not there any more.
    if !unknown.is_empty() {
        let left = objects.list(&prefix, cursor.as_deref()).await?.objects;
        unknown.retain(|key| left.iter().any(|object| object.key == *key));
    }
    let told = |key| format!("the object {key} is in R2 and not in the catalog");
    let problems = unknown.into_iter().map(told).collect();
    let next = listed.cursor.map(|cursor| Cursor::Objects(Some(cursor)));
    Ok(Page { problems, next })
}

async fn compare<O: Objects>(
    objects: &O,
    expected: &Expected,
) -> Result<Option<String>, ObjectsError> {
    let Expected { digest, key, size } = expected;
    Ok(match objects.size(key).await? {
        Some(found) if found == *size => None,
        Some(found) => Some(format!("the data of {digest} has {found} bytes instead of {size}")),
        None => Some(format!("the data of {digest} is missing")),
    })
}

fn sentence(problem: &Problem) -> String {
    match problem {
        Problem::TagWithoutManifest(image, tag, digest) => {
            format!("{image}:{} means {digest}, which is missing", tag.as_str())
        }
        Problem::ManifestWithout(image, manifest, needed) => {
            format!("{image}@{manifest} needs {needed}, which is missing")
        }
        Problem::LinkWithoutObject(image, digest) => {
            format!("{image} has the blob {digest}, whose object is missing")
        }
    }
}
