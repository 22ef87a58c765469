//! The trash: keys to be deleted from R2 as soon as they are due.
//!
//! A key waits for seven days, because the database can be restored to any moment of the last seven
//! days, and what it then refers to must still be there.

use super::{all_of_account, list, of_account, run};
use crate::account::name::Account;
use crate::hosted::upload::id::UploadId;
use crate::services::database::{Database, DatabaseError, Statement};

/// At most `limit` keys that are due; R2 deletes 1,000 at once. None of them belongs to a live
/// object or a manifest.
///
/// # Errors
/// [`DatabaseError`].
pub async fn due<D: Database>(
    database: &D,
    account: &Account,
    limit: u64,
) -> Result<Vec<String>, DatabaseError> {
    const DUE: &str = "select key from trash where account = ?1 and due <= unixepoch() \
        and not exists (select 1 from objects as o \
        where o.account = ?1 and o.key = trash.key and o.live = 1) \
        and not exists (select 1 from manifests as m where m.account = ?1 and m.key = trash.key) \
        order by due limit ?2";
    let due = run(database, of_account(account, DUE, [limit.into()])).await?;
    due.read(|mut row| row.text("key"))
}

/// Forgets keys that were due and have been deleted from R2.
///
/// # Errors
/// [`DatabaseError`].
pub async fn purged<D: Database>(
    database: &D,
    account: &Account,
    keys: &[String],
) -> Result<(), DatabaseError> {
    const OBJECTS: &str = "delete from objects indexed by objects_by_key \
        where account = ?1 and key in (select value from json_each(?2)) and live = 0";
    const KEYS: &str = "delete from trash where account = ?1 \
        and (account, key) in (select ?1, value from json_each(?2)) and +due <= unixepoch()";
    let batch = all_of_account(account, &[OBJECTS, KEYS], &[list(keys)]);
    database.batch(batch).await.map(drop)
}

/// Puts the keys under which an upload may have stored bytes into the trash, except those that an
/// object or a manifest has. Forgets the upload's parts.
pub(super) fn keys_of_upload(account: &Account, upload: &UploadId) -> Vec<Statement> {
    const TRASH: &str = "with recursive named (key, base, version) as \
        (select key, key, version from uploads where account = ?1 and upload = ?2 and version > 0 \
        union all select base || '.' || version, base, version - 1 from named where version > 0) \
        insert into trash (account, key, due) \
        select ?1, key, unixepoch() + 604800 from named \
        where not exists (select 1 from objects as o where o.account = ?1 and o.key = named.key) \
        and not exists (select 1 from manifests as m where m.account = ?1 and m.key = named.key) \
        on conflict do nothing";
    const PARTS: &str = "delete from parts where account = ?1 and upload = ?2";
    all_of_account(account, &[TRASH, PARTS], &[upload.as_str().into()])
}
