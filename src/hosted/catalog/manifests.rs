//! Manifests: put in one batch, found by one query.

use super::commit::{self, Stored};
use super::{first, guard, list, of_image, repositories, rows, run, text};
use crate::account::caller::Caller;
use crate::account::name::ImageName;
use crate::account::rights::Action;
use crate::oci::digest::Digest;
use crate::oci::reference::{Reference, Tag};
use crate::services::database::{Database, DatabaseError, Row, Statement, Value};

/// The most digests in one parameter: 5,000 of sha512 have 0.7 MB, and D1 takes 2 MB.
const DIGESTS: usize = 5000;

/// A manifest to be put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewManifest {
    /// The digest of its bytes.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its bytes.
    pub content: NewContent,
    /// Its subject, which need not be here.
    pub subject: Option<Digest>,
    /// Its artifact type, or the media type of its configuration, for lists of referrers.
    pub artifact_type: Option<String>,
    /// Its annotations as a JSON object, for lists of referrers. Together with the content, they
    /// have less than 1.9 MB.
    pub annotations: Option<String>,
    /// The manifests that it lists. Each must be here, as a manifest or as a blob.
    pub children: Vec<Digest>,
    /// The blobs that it needs. Each must be here.
    pub blobs: Vec<Digest>,
    /// The blobs that it names and that need not be here: those with `urls`, and non-distributable
    /// ones.
    pub exempt: Vec<Digest>,
}

/// Where the bytes of a new manifest are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewContent {
    /// Here, 256 kB at most.
    Text(String),
    /// In R2, under a key of this claim.
    Object(Stored),
}

/// Why a manifest is not put. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PutError {
    /// These blobs, or manifests that it lists, are not here.
    #[error("{} blobs or manifests are not here", .0.len())]
    Unknown(Vec<Digest>),
    /// The caller may not push, or not any more.
    #[error("the caller may not push")]
    Refused,
    /// The claim under which the bytes were stored is lost, or has ended.
    #[error("the claim is lost, or has ended")]
    Lost,
    /// The database failed.
    #[error(transparent)]
    Database(DatabaseError),
}

/// A manifest that is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The digest of its bytes.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its bytes.
    pub content: Content,
}

/// Where the bytes of a manifest are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The caller has them, because it named this digest as known.
    Known,
    /// Here.
    Text(String),
    /// In R2, under this key.
    Object(String),
}

/// The columns of manifest `m`, without the bytes if its digest is `?4`.
macro_rules! columns {
    () => {
        "select m.digest, m.media_type, m.size, m.digest is ?4 as known, \
         case when m.digest is ?4 then null else m.content end as content, m.key \
         from manifests as m "
    };
}

/// Those of the digests in `?3` that are not live blobs of the image.
macro_rules! missing {
    () => {
        "select needed.value as digest from json_each(?3) as needed where not exists \
         (select 1 from links as l join objects as o \
         on o.account = ?1 and o.digest = l.digest and o.live = 1 \
         where l.account = ?1 and l.image = ?2 and l.digest = needed.value)"
    };
}

/// The same for children, which may also be manifests.
macro_rules! missing_children {
    () => {
        concat!(
            missing!(),
            " and not exists (select 1 from manifests as m \
             where m.account = ?1 and m.image = ?2 and m.digest = needed.value)"
        )
    };
}

/// Puts a manifest and points `tags` at it, in one batch. If something that it needs is not here at
/// that moment, nothing is written. The same call again changes nothing.
///
/// # Errors
/// [`PutError`].
pub async fn put<D: Database>(
    database: &D,
    image: &ImageName,
    caller: &Caller,
    new: &NewManifest,
    tags: &[Tag],
) -> Result<(), PutError> {
    let mut batch = vec![guard::may(image.account(), image.repository(), caller, Action::Push)];
    batch.extend(guards(image, new));
    batch.push(insert(image, new));
    batch.extend(references(image, new));
    batch.push(point(image, &new.digest, tags));
    batch.extend(repositories::ensure(image, &new.digest));
    if let NewContent::Object(stored) = &new.content {
        batch.insert(0, commit::claimed(image, stored));
        batch.extend(commit::end(image, stored, &new.digest));
    }
    match database.batch(batch).await {
        Ok(_) => Ok(()),
        Err(DatabaseError::Rejected) => why_not(database, image, caller, new, tags).await,
        Err(error) => Err(PutError::Database(error)),
    }
}

/// The manifest that a tag or a digest means here, by one query. If its digest is `known`, its
/// bytes are not read.
///
/// # Errors
/// [`DatabaseError`].
pub async fn find<D: Database>(
    database: &D,
    image: &ImageName,
    reference: &Reference,
    known: Option<&Digest>,
) -> Result<Option<Manifest>, DatabaseError> {
    const BY_DIGEST: &str =
        concat!(columns!(), "where m.account = ?1 and m.image = ?2 and m.digest = ?3");
    const BY_TAG: &str = concat!(
        columns!(),
        "join tags as t on t.account = ?1 and t.image = ?2 and t.digest = m.digest \
         where m.account = ?1 and m.image = ?2 and t.tag = ?3"
    );
    let (sql, reference) = match reference {
        Reference::Tag(tag) => (BY_TAG, Value::from(tag.as_str())),
        Reference::Digest(digest) => (BY_DIGEST, text(digest)),
    };
    let find = of_image(image, sql, [reference, known.map(text).into()]);
    first(database, find).await?.map(manifest).transpose()
}

fn guards(image: &ImageName, new: &NewManifest) -> Vec<Statement> {
    const BLOBS: &str = concat!("insert into guard select null where exists (", missing!(), ")");
    const CHILDREN: &str =
        concat!("insert into guard select null where exists (", missing_children!(), ")");
    about_needs(image, new, BLOBS, CHILDREN)
}

fn about_needs(
    image: &ImageName,
    new: &NewManifest,
    of_blobs: &'static str,
    of_children: &'static str,
) -> Vec<Statement> {
    let about = |sql, digests: &[Digest]| of_image(image, sql, [list(digests)]);
    let blobs = new.blobs.chunks(DIGESTS).map(|digests| about(of_blobs, digests));
    let children = new.children.chunks(DIGESTS).map(|digests| about(of_children, digests));
    blobs.chain(children).collect()
}

fn insert(image: &ImageName, new: &NewManifest) -> Statement {
    const INSERT: &str = "insert into manifests (account, image, digest, media_type, size, \
        content, key, subject, artifact_type, annotations, created) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, unixepoch()) \
        on conflict (account, image, digest) do nothing";
    let (content, key) = match &new.content {
        NewContent::Text(content) => (content.as_str().into(), Value::Null),
        NewContent::Object(stored) => (Value::Null, stored.key.as_str().into()),
    };
    let facts = [text(new.digest), new.media_type.as_str().into(), new.size.into(), content, key];
    let optional = |value: &Option<String>| Value::from(value.as_deref());
    let [subject, kind, notes] =
        [new.subject.map(text).into(), optional(&new.artifact_type), optional(&new.annotations)];
    let [digest, media_type, size, content, key] = facts;
    let values = [digest, media_type, size, content, key, subject, kind, notes];
    of_image(image, INSERT, values)
}

fn references(image: &ImageName, new: &NewManifest) -> Vec<Statement> {
    const REFER: &str = "insert into manifest_references (account, image, manifest, target, kind) \
        select ?1, ?2, ?3, value, ?4 from json_each(?5) where true on conflict do nothing";
    let kinds = [("child", &new.children), ("blob", &new.blobs), ("exempt", &new.exempt)];
    let refer = |kind: &str, digests: &[Digest]| {
        of_image(image, REFER, [text(new.digest), kind.into(), list(digests)])
    };
    let of_kind = |(kind, digests): (&'static str, &Vec<Digest>)| {
        digests.chunks(DIGESTS).map(|digests| refer(kind, digests)).collect::<Vec<_>>()
    };
    kinds.into_iter().flat_map(of_kind).collect()
}

fn point(image: &ImageName, digest: &Digest, tags: &[Tag]) -> Statement {
    const POINT: &str = "insert into tags (account, image, tag, digest, updated) \
        select ?1, ?2, value, ?3, unixepoch() from json_each(?4) where true \
        on conflict (account, image, tag) do update \
        set digest = excluded.digest, updated = excluded.updated where digest <> excluded.digest";
    of_image(image, POINT, [text(digest), list(tags.iter().map(Tag::as_str))])
}

async fn why_not<D: Database>(
    database: &D,
    image: &ImageName,
    caller: &Caller,
    new: &NewManifest,
    tags: &[Tag],
) -> Result<(), PutError> {
    let may = guard::whether(image.account(), image.repository(), caller, Action::Push);
    let batch =
        std::iter::once(may).chain(about_needs(image, new, missing!(), missing_children!()));
    let outcomes = database.batch(batch.collect()).await.map_err(PutError::Database)?;
    let mut rows = outcomes.into_iter().map(|outcome| outcome.rows);
    if rows.next().is_none_or(|may| may.is_empty()) {
        return Err(PutError::Refused);
    }
    let missing = rows.flatten().map(|mut row| rows::digest(&mut row, "digest"));
    let missing: Vec<_> = missing.collect::<Result<_, _>>().map_err(PutError::Database)?;
    match &new.content {
        _ if !missing.is_empty() => Err(PutError::Unknown(missing)),
        NewContent::Object(stored) if is_done(database, image, new, stored, tags).await? => Ok(()),
        NewContent::Object(_) => Err(PutError::Lost),
        // What was missing has come since then. It is enough that the client tries again.
        NewContent::Text(_) => Err(PutError::Unknown(Vec::new())),
    }
}

// Whether the batch was run before, and its reply lost.
async fn is_done<D: Database>(
    database: &D,
    image: &ImageName,
    new: &NewManifest,
    stored: &Stored,
    tags: &[Tag],
) -> Result<bool, PutError> {
    const DONE: &str = "select 1 from uploads where account = ?1 and image = ?2 and upload = ?3 \
        and state = 'committed' and digest = ?4 and exists (select 1 from manifests \
        where account = ?1 and image = ?2 and digest = ?4) and not exists \
        (select 1 from json_each(?5) as asked where not exists (select 1 from tags as t \
        where t.account = ?1 and t.image = ?2 and t.tag = asked.value and t.digest = ?4))";
    let tags = list(tags.iter().map(Tag::as_str));
    let done = of_image(image, DONE, [stored.upload.as_str().into(), text(new.digest), tags]);
    Ok(!run(database, done).await.map_err(PutError::Database)?.rows.is_empty())
}

fn manifest(mut row: Row) -> Result<Manifest, DatabaseError> {
    let content = match (row.truth("known")?, row.optional_text("content")?) {
        (true, _) => Content::Known,
        (false, Some(content)) => Content::Text(content),
        (false, None) => Content::Object(row.text("key")?),
    };
    Ok(Manifest {
        digest: rows::digest(&mut row, "digest")?,
        media_type: row.text("media_type")?,
        size: row.number("size")?,
        content,
    })
}
