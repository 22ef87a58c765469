//! Collection: what nothing uses any more goes to the trash.
//!
//! It only looks at candidates. A link becomes one when it is written or loses a manifest that used
//! it, and an object when it loses a link. So a page costs the same in a small account and in a
//! large one. A page is one batch, and the database runs batches one after the other. A page sees
//! every push before it. A push after it does not find what the page took: the client gets
//! `MANIFEST_BLOB_UNKNOWN`, and uploads that again.

use super::of_account;
use crate::account::name::Account;
use crate::services::database::{Database, DatabaseError, Value};

/// How many candidates one batch looks at.
pub const PAGE: u64 = 500;
/// How long a link may be without a manifest that uses it, in seconds: a day.
pub const DAY: u64 = 24 * 60 * 60;
/// How long every candidate is spared, in seconds, even if collection is asked to hurry: 15
/// minutes, for pushes that are under way.
pub const GRACE: u64 = 15 * 60;

/// How long collection spares links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Haste {
    /// For a day ([`DAY`]).
    Usual,
    /// For the grace ([`GRACE`]).
    Now,
}

/// The result of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// How many candidates it looked at. If this is [`PAGE`], there may be more.
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

/// Removes links that no manifest of their image uses, of at most [`PAGE`] candidates. Their
/// objects become candidates.
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

/// Marks objects that no image links, of at most [`PAGE`] candidates: they are not live any more,
/// and their keys go to the trash.
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

// The first statement picks candidates by age, and the third takes them.
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
