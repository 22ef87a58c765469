//! Deletion of tags, manifests and blobs. What is perhaps unused after that becomes a candidate of
//! collection.

use super::{guard, of_image, rows, taken, text};
use crate::account::caller::Caller;
use crate::account::name::ImageName;
use crate::account::rights::Action;
use crate::oci::digest::Digest;
use crate::oci::reference::Tag;
use crate::services::database::{Database, DatabaseError, Outcome, Statement};

/// Why nothing is deleted. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemovalError {
    /// It is not here.
    #[error("it is not here")]
    Unknown,
    /// The manifest with this digest needs it: an index that lists the manifest, or a manifest
    /// that refers to the blob.
    #[error("the manifest {0} needs it")]
    Needed(Digest),
    /// The caller may not delete, or not any more.
    #[error("the caller may not delete")]
    Refused,
    /// The database failed.
    #[error(transparent)]
    Database(DatabaseError),
}

/// Deletes a tag. The manifest stays until somebody deletes it.
///
/// # Errors
/// [`RemovalError`], but never `Needed`.
pub async fn tag<D: Database>(
    database: &D,
    image: &ImageName,
    caller: &Caller,
    tag: &Tag,
) -> Result<(), RemovalError> {
    const DELETE: &str = "delete from tags where account = ?1 and image = ?2 and tag = ?3";
    let batch = vec![may(image, caller), of_image(image, DELETE, [tag.as_str().into()])];
    match database.batch(batch).await {
        Ok(outcomes) => deleted(&outcomes),
        Err(DatabaseError::Rejected) => Err(RemovalError::Refused),
        Err(error) => Err(RemovalError::Database(error)),
    }
}

/// Deletes a manifest with its tags and references, unless an index lists it. Its referrers stay.
///
/// # Errors
/// [`RemovalError`].
pub async fn manifest<D: Database>(
    database: &D,
    image: &ImageName,
    caller: &Caller,
    digest: &Digest,
) -> Result<(), RemovalError> {
    const LISTED: &str = "insert into guard select null where exists (\
        select 1 from manifest_references where account = ?1 and image = ?2 and target = ?3 \
        and kind = 'child')";
    const LISTER: &str = "select manifest from manifest_references where account = ?1 \
        and image = ?2 and target = ?3 and kind = 'child' limit 1";
    const QUEUE: &str = "insert into candidates (account, kind, image, digest, since) \
        select distinct ?1, 'link', ?2, r.target, unixepoch() from manifest_references as r \
        join links as l on l.account = ?1 and l.image = ?2 and l.digest = r.target \
        where r.account = ?1 and r.image = ?2 and r.manifest = ?3 \
        on conflict do update set since = excluded.since";
    const TRASH: &str = "insert into trash (account, key, due) \
        select ?1, key, unixepoch() + 604800 from manifests \
        where account = ?1 and image = ?2 and digest = ?3 and key is not null \
        on conflict do nothing";
    const TAGS: &str = "delete from tags indexed by tags_by_digest \
        where account = ?1 and image = ?2 and digest = ?3";
    const REFERENCES: &str =
        "delete from manifest_references where account = ?1 and image = ?2 and manifest = ?3";
    const DELETE: &str = "delete from manifests where account = ?1 and image = ?2 and digest = ?3";
    let statements = [LISTED, QUEUE, TRASH, TAGS, REFERENCES, DELETE];
    remove(database, image, caller, digest, &statements, LISTER).await
}

/// Deletes a blob of the image, unless a manifest of it refers to the blob. Other images keep it.
///
/// # Errors
/// [`RemovalError`].
pub async fn blob<D: Database>(
    database: &D,
    image: &ImageName,
    caller: &Caller,
    digest: &Digest,
) -> Result<(), RemovalError> {
    const USED: &str = "insert into guard select null where exists (\
        select 1 from manifest_references where account = ?1 and image = ?2 and target = ?3)";
    const USER: &str = "select manifest from manifest_references where account = ?1 \
        and image = ?2 and target = ?3 limit 1";
    const QUEUE: &str = "insert into candidates (account, kind, image, digest, since) \
        select ?1, 'object', '', digest, unixepoch() from links \
        where account = ?1 and image = ?2 and digest = ?3 \
        on conflict do update set since = excluded.since";
    const DELETE: &str = "delete from links where account = ?1 and image = ?2 and digest = ?3";
    remove(database, image, caller, digest, &[USED, QUEUE, DELETE], USER).await
}

async fn remove<D: Database>(
    database: &D,
    image: &ImageName,
    caller: &Caller,
    digest: &Digest,
    statements: &[&'static str],
    needed_by: &'static str,
) -> Result<(), RemovalError> {
    let of_digest = |sql: &&'static str| of_image(image, sql, [text(digest)]);
    let batch = std::iter::once(may(image, caller)).chain(statements.iter().map(of_digest));
    match database.batch(batch.collect()).await {
        Ok(outcomes) => deleted(&outcomes),
        Err(DatabaseError::Rejected) => {
            let needed_by = of_image(image, needed_by, [text(digest)]);
            Err(why_not(database, image, caller, needed_by).await)
        }
        Err(error) => Err(RemovalError::Database(error)),
    }
}

// Only who may delete learns what needs it.
async fn why_not<D: Database>(
    database: &D,
    image: &ImageName,
    caller: &Caller,
    needed_by: Statement,
) -> RemovalError {
    let may = guard::whether(image.account(), image.repository(), caller, Action::Delete);
    let told = database.batch(vec![may, needed_by]).await.and_then(|outcomes| {
        let [may, needed_by] = taken(outcomes)?;
        let manifest = needed_by.rows.into_iter().next();
        let manifest = manifest.map(|mut row| rows::digest(&mut row, "manifest")).transpose()?;
        Ok((!may.rows.is_empty(), manifest))
    });
    match told {
        Ok((true, Some(manifest))) => RemovalError::Needed(manifest),
        // What needed it is gone since; the caller may ask again.
        Ok((true, None)) => RemovalError::Unknown,
        Ok((false, _)) => RemovalError::Refused,
        Err(error) => RemovalError::Database(error),
    }
}

fn may(image: &ImageName, caller: &Caller) -> Statement {
    guard::may(image.account(), image.repository(), caller, Action::Delete)
}

fn deleted(outcomes: &[Outcome]) -> Result<(), RemovalError> {
    match outcomes.last() {
        Some(Outcome { changes: 0, .. }) | None => Err(RemovalError::Unknown),
        Some(_) => Ok(()),
    }
}
