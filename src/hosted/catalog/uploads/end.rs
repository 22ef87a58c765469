//! How uploads end without a blob: they are cancelled, or their sessions expire.

use super::row::ended;
use super::{Session, UploadError, claimed, create};
use crate::account::name::Account;
use crate::hosted::catalog::{of_account, of_image, rows, run, trash};
use crate::hosted::upload::id::{UploadId, begun};
use crate::refusal::upload::Ended;
use crate::services::database::{Database, DatabaseError, Row};

/// What a cancelled upload leaves in R2. Its keys are in the trash already; R2 keeps the parts of
/// a multipart upload until that is aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// The upload.
    pub upload: UploadId,
    /// The key of its multipart upload.
    pub key: String,
    /// R2's own identifier of the multipart upload, if one was begun.
    pub multipart: Option<String>,
}

/// Cancels an upload, also one that stored nothing yet. Its keys go to the trash. With a version,
/// it cancels only if that is the newest claim. The same call again has the same result.
///
/// # Errors
/// [`UploadError`].
pub async fn cancel<D: Database>(
    database: &D,
    session: Session<'_>,
    version: Option<u64>,
) -> Result<Leftover, UploadError> {
    const CANCEL: &str = "update uploads set state = 'cancelled' \
        where account = ?1 and image = ?2 and upload = ?3 and state = 'open'";
    const ROW: &str = "select upload, key, multipart, state, digest from uploads \
        where account = ?1 and image = ?2 and upload = ?3";
    let upload = || [session.upload.as_str().into()];
    let mut batch: Vec<_> = version.map(|version| claimed(session, version)).into_iter().collect();
    batch.push(create(session));
    batch.push(of_image(session.image, CANCEL, upload()));
    batch.extend(trash::keys_of_upload(session.image.account(), session.upload));
    batch.push(of_image(session.image, ROW, upload()));
    let outcomes = match database.batch(batch).await {
        Err(DatabaseError::Rejected) => return Err(UploadError::Lost),
        outcomes => outcomes?,
    };
    let row = outcomes.into_iter().next_back().and_then(|mut last| last.rows.pop());
    let mut row = row.ok_or(UploadError::Ended(Ended::Expired))?;
    if row.is_text("state", "committed") {
        return Err(UploadError::Ended(ended(&mut row)?));
    }
    Ok(leftover(row)?)
}

/// At most `limit` uploads whose session is over. The caller aborts what is left of them in R2, and
/// then calls [`forget`].
///
/// # Errors
/// [`DatabaseError`].
pub async fn expired<D: Database>(
    database: &D,
    account: &Account,
    limit: u64,
) -> Result<Vec<Leftover>, DatabaseError> {
    const EXPIRED: &str = "select upload, key, multipart from uploads \
        where account = ?1 and expires <= unixepoch() order by expires limit ?2";
    let found = run(database, of_account(account, EXPIRED, [limit.into()])).await?;
    found.read(leftover)
}

/// Forgets an upload whose session is over. Its keys wait in the trash for seven days, so that
/// bytes that are still on their way to R2 are deleted as well.
///
/// # Errors
/// [`DatabaseError`]; `Rejected` if the session is not over.
pub async fn forget<D: Database>(
    database: &D,
    account: &Account,
    upload: &UploadId,
) -> Result<(), DatabaseError> {
    const OVER: &str = "insert into guard select null where exists (select 1 from uploads \
        where account = ?1 and upload = ?2 and expires > unixepoch())";
    const FORGET: &str = "delete from uploads where account = ?1 and upload = ?2";
    let of_upload = |sql| of_account(account, sql, [upload.as_str().into()]);
    let mut batch = vec![of_upload(OVER)];
    batch.extend(trash::keys_of_upload(account, upload));
    batch.push(of_upload(FORGET));
    database.batch(batch).await.map(drop)
}

fn leftover(mut row: Row) -> Result<Leftover, DatabaseError> {
    let (upload, key) = (rows::upload(&mut row, "upload")?, row.text("key")?);
    let Some(marked) = row.optional_text("multipart")? else {
        return Ok(Leftover { upload, key, multipart: None });
    };
    let (key, id) = begun(&key, &marked);
    Ok(Leftover { upload, key, multipart: Some(id.to_owned()) })
}
