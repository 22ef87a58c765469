//! The commit of an upload: what was stored in R2 becomes a blob of an image.

use super::{blobs, guard, of_account, of_image, repositories, rows, taken, text, trash};
use crate::account::caller::Caller;
use crate::account::name::ImageName;
use crate::account::rights::Action;
use crate::hosted::upload::id::UploadId;
use crate::oci::digest::Digest;
use crate::services::database::{Database, DatabaseError, Row, Statement};

/// What a claim stored in R2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The upload.
    pub upload: UploadId,
    /// The version that was claimed.
    pub version: u64,
    /// The key of the bytes: the upload's own, or that of a tail.
    pub key: String,
    /// How many bytes there are.
    pub size: u64,
}

/// Why nothing was committed. Nothing was written, and what is in R2 stays there: another claim
/// may need it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The caller may not push, or not any more.
    #[error("the caller may not push")]
    Refused,
    /// Another claim came after this one.
    #[error("another claim came after this one")]
    Lost,
    /// The upload expired, was cancelled, committed as something else, or is not of this image.
    #[error("the upload has ended")]
    Ended,
    /// The database failed.
    #[error(transparent)]
    Database(DatabaseError),
}

/// Makes what was stored a blob of the image, in one batch. The batch succeeds only if the upload
/// is claimed as this version, open and not expired, and the caller may still push. If the account
/// already has the blob, the new key goes to the trash. If the reply was lost, the same call again
/// finds the work done.
///
/// # Errors
/// [`CommitError`].
pub async fn commit<D: Database>(
    database: &D,
    image: &ImageName,
    stored: &Stored,
    digest: &Digest,
    caller: &Caller,
) -> Result<(), CommitError> {
    const OBJECT: &str = "insert into objects (account, digest, key, size, live, created) \
        values (?1, ?2, ?3, ?4, 1, unixepoch()) \
        on conflict (account, digest) do update set key = excluded.key, size = excluded.size, \
        live = 1, created = excluded.created where live = 0";
    const LINK: &str = "insert into links (account, image, digest, created) \
        values (?1, ?2, ?3, unixepoch()) on conflict do nothing";
    let object = [text(digest), stored.key.as_str().into(), stored.size.into()];
    let mut batch = vec![
        guard::may(image.account(), image.repository(), caller, Action::Push),
        claimed(image, stored),
        of_account(image.account(), OBJECT, object),
        of_image(image, LINK, [text(digest)]),
        blobs::queue(image, digest),
    ];
    batch.extend(repositories::ensure(image, digest));
    batch.extend(end(image, stored, digest));
    match database.batch(batch).await {
        Ok(_) => Ok(()),
        Err(DatabaseError::Rejected) => {
            is_done(database, image, &stored.upload, digest, caller).await
        }
        Err(error) => Err(CommitError::Database(error)),
    }
}

/// The guard of a commit: the upload's own row is there, claimed as this version, open and not
/// expired.
pub(super) fn claimed(image: &ImageName, stored: &Stored) -> Statement {
    const CLAIMED: &str = "insert into guard select null where not exists \
        (select 1 from uploads where account = ?1 and image = ?2 and upload = ?3 and version = ?4 \
        and state = 'open' and expires > unixepoch())";
    of_image(image, CLAIMED, [stored.upload.as_str().into(), stored.version.into()])
}

/// Ends a committed upload. All keys under which it may have stored bytes go to the trash, except
/// those that an object or a manifest has now.
pub(super) fn end(image: &ImageName, stored: &Stored, digest: &Digest) -> Vec<Statement> {
    const END: &str = "update uploads set state = 'committed', digest = ?4 \
        where account = ?1 and image = ?2 and upload = ?3";
    let mut batch = trash::keys_of_upload(image.account(), &stored.upload);
    batch.push(of_image(image, END, [stored.upload.as_str().into(), text(digest)]));
    batch
}

/// Whether an upload was committed as this digest, the image has the blob still, and the caller
/// may push.
///
/// # Errors
/// [`CommitError`] if one of these is not so.
pub async fn is_done<D: Database>(
    database: &D,
    image: &ImageName,
    upload: &UploadId,
    digest: &Digest,
    caller: &Caller,
) -> Result<(), CommitError> {
    const STATE: &str = "select state, digest, expires <= unixepoch() as expired \
        from uploads where account = ?1 and image = ?2 and upload = ?3";
    let batch = vec![
        guard::whether(image.account(), image.repository(), caller, Action::Push),
        blobs::found(image, digest),
        of_image(image, STATE, [upload.as_str().into()]),
    ];
    let outcomes = database.batch(batch).await.and_then(taken);
    let [may, found, row] = outcomes.map_err(CommitError::Database)?;
    match row.rows.into_iter().next() {
        _ if may.rows.is_empty() => Err(CommitError::Refused),
        None => Err(CommitError::Ended),
        Some(row) => done(row, digest, !found.rows.is_empty()),
    }
}

fn done(mut row: Row, digest: &Digest, is_here: bool) -> Result<(), CommitError> {
    let parsed = rows::optional_digest(&mut row, "digest").map_err(CommitError::Database)?;
    let expired = row.truth("expired").map_err(CommitError::Database)?;
    if row.is_text("state", "committed") && parsed.as_ref() == Some(digest) && is_here {
        Ok(())
    } else if row.is_text("state", "open") && !expired {
        Err(CommitError::Lost)
    } else {
        Err(CommitError::Ended)
    }
}
