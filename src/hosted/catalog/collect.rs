//! Collection: what nothing uses any more goes to the trash.
//!
//! Candidates are all that it looks at: a link when it was written or lost a manifest that used
//! it, an object when it lost a link. So a page costs the same in a small account and in a large
//! one. A page is one batch, and the database runs batches one after the other: a push is either
//! seen by a page, or finds what the page took gone, gets `MANIFEST_BLOB_UNKNOWN` and uploads
//! again.

use super::of_account;
use crate::account::name::Account;
use crate::services::database::{Database, DatabaseError, Value};

/// As many candidates as one batch looks at.
pub const PAGE: u64 = 500;
/// How long a link may be without a manifest that uses it, in seconds: a day.
pub const DAY: u64 = 24 * 60 * 60;
/// How long everything is spared even where collection is wanted now, in seconds: 15 minutes, for
/// pushes that are under way.
pub const GRACE: u64 = 15 * 60;

/// Whom collection spares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Haste {
    /// Links fall after a day.
    Usual,
    /// Links fall after the grace.
    Now,
}

/// What a page came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// How many candidates it looked at; where it is [`PAGE`] there may be more.
    pub looked_at: u64,
    /// How many of them it took: links, or objects whose key is in the trash now.
    pub taken: u64,
}

macro_rules! pick {
    ($kind:literal) => {
        concat!(
            "update candidates set picked = 1 where account = ?1 and kind = '",
            $kind,
            "' and (image, digest) in (select image, digest from candidates \
             where account = ?1 and kind = '",
            $kind,
            "' and picked = 0 and since <= unixepoch() - ?2 order by since limit ?3)"
        )
    };
}

macro_rules! drop_picked {
    ($kind:literal) => {
        concat!("delete from candidates where account = ?1 and kind = '", $kind, "' and picked = 1")
    };
}

/// The picked digests that no image links.
macro_rules! unused {
    () => {
        "(select c.digest from candidates as c \
         where c.account = ?1 and c.kind = 'object' and c.picked = 1 and not exists \
         (select 1 from links as l where l.account = ?1 and l.digest = c.digest))"
    };
}

/// Lets links fall that no manifest of their image uses, 500 candidates at most. What they linked
/// becomes a candidate in its turn.
///
/// # Errors
/// [`DatabaseError`].
pub async fn drop_links<D: Database>(
    database: &D,
    account: &Account,
    haste: Haste,
) -> Result<Collected, DatabaseError> {
    const QUEUE: &str = "insert into candidates (account, kind, image, digest, since) \
        select ?1, 'object', '', digest, min(since) from candidates \
        where account = ?1 and kind = 'link' and picked = 1 group by digest \
        on conflict do nothing";
    const DROP: &str = "delete from links where account = ?1 and (image, digest) in \
        (select c.image, c.digest from candidates as c \
        where c.account = ?1 and c.kind = 'link' and c.picked = 1 and not exists \
        (select 1 from manifest_references as r \
        where r.account = ?1 and r.image = c.image and r.target = c.digest))";
    let age = match haste {
        Haste::Usual => DAY,
        Haste::Now => GRACE,
    };
    let statements =
        [(pick!("link"), Some(age)), (QUEUE, None), (DROP, None), (drop_picked!("link"), None)];
    page(database, account, statements).await
}

/// Marks objects that no image links: they are not live any more, and their keys go to the trash,
/// 500 candidates at most.
///
/// # Errors
/// [`DatabaseError`].
pub async fn mark<D: Database>(
    database: &D,
    account: &Account,
) -> Result<Collected, DatabaseError> {
    const TRASH: &str = concat!(
        "insert into trash (account, key, due) \
         select ?1, o.key, unixepoch() + 604800 from objects as o \
         where o.account = ?1 and o.live = 1 and o.digest in ",
        unused!(),
        " on conflict do nothing"
    );
    const MARK: &str = concat!(
        "update objects set live = 0 where account = ?1 and live = 1 and digest in ",
        unused!()
    );
    let statements = [
        (pick!("object"), Some(GRACE)),
        (TRASH, None),
        (MARK, None),
        (drop_picked!("object"), None),
    ];
    page(database, account, statements).await
}

// The first statement picks, by age; the third takes.
async fn page<D: Database>(
    database: &D,
    account: &Account,
    statements: [(&'static str, Option<u64>); 4],
) -> Result<Collected, DatabaseError> {
    let batch = statements.map(|(sql, age)| match age {
        Some(age) => of_account(account, sql, [Value::from(age), PAGE.into()]),
        None => of_account(account, sql, []),
    });
    let outcomes = database.batch(batch.into()).await?;
    let changes = |at: usize| outcomes.get(at).map_or(0, |outcome| outcome.changes);
    Ok(Collected { looked_at: changes(0), taken: changes(2) })
}
