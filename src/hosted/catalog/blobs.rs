//! Blobs of an image: its links, and the objects behind them.

use super::collect::GRACE;
use super::{first, of_image, text};
use crate::account::name::ImageName;
use crate::oci::digest::Digest;
use crate::services::database::{Database, DatabaseError, Row, Statement};

/// A blob, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its key in R2.
    pub key: String,
    /// Its length in bytes.
    pub size: u64,
}

/// A blob that this image has.
///
/// # Errors
/// [`DatabaseError`].
pub async fn find<D: Database>(
    database: &D,
    image: &ImageName,
    digest: &Digest,
) -> Result<Option<Blob>, DatabaseError> {
    first(database, found(image, digest)).await?.map(blob).transpose()
}

/// As [`find`], for a caller that may push and will rely on the blob. If no manifest uses the blob
/// yet, collection spares it for about as long as a blob that was just uploaded: for at least two
/// thirds of the grace, if collection is asked to hurry. The same batch writes this, but at most
/// once in a third of the grace.
///
/// # Errors
/// [`DatabaseError`].
pub async fn find_and_touch<D: Database>(
    database: &D,
    image: &ImageName,
    digest: &Digest,
) -> Result<Option<Blob>, DatabaseError> {
    const TOUCH: &str = "update candidates set since = unixepoch() where account = ?1 \
        and kind = 'link' and image = ?2 and digest = ?3 and since <= unixepoch() - ?4";
    let touch = of_image(image, TOUCH, [text(digest), (GRACE / 3).into()]);
    let mut outcomes = database.batch(vec![found(image, digest), touch]).await?;
    outcomes.swap_remove(0).rows.pop().map(blob).transpose()
}

/// Selects one row if the image has the blob.
pub(super) fn found(image: &ImageName, digest: &Digest) -> Statement {
    const FIND: &str = "select o.key, o.size from links as l \
        join objects as o on o.account = l.account and o.digest = l.digest and o.live = 1 \
        where l.account = ?1 and l.image = ?2 and l.digest = ?3";
    of_image(image, FIND, [text(digest)])
}

/// Makes an existing link a candidate of collection, because it may be unused.
pub(super) fn queue(image: &ImageName, digest: &Digest) -> Statement {
    const QUEUE: &str = "insert into candidates (account, kind, image, digest, since) \
        select ?1, 'link', ?2, ?3, unixepoch() from links \
        where account = ?1 and image = ?2 and digest = ?3 \
        on conflict do update set since = excluded.since";
    of_image(image, QUEUE, [text(digest)])
}

fn blob(mut row: Row) -> Result<Blob, DatabaseError> {
    Ok(Blob { key: row.text("key")?, size: row.number("size")? })
}
