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

/// The same for a caller that may push, who will rely on the blob: if no manifest uses it yet,
/// collection spares it from now on for about as long as one that was just uploaded, and where it
/// is wanted now for two thirds of the grace at least. Written in the same batch, once in a third of
/// the grace at most.
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

/// One row where the image has the blob.
pub(super) fn found(image: &ImageName, digest: &Digest) -> Statement {
    const FIND: &str = "select o.key, o.size from links as l \
        join objects as o on o.account = l.account and o.digest = l.digest and o.live = 1 \
        where l.account = ?1 and l.image = ?2 and l.digest = ?3";
    of_image(image, FIND, [text(digest)])
}

/// Queues a link that is there, because nothing may use it.
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
