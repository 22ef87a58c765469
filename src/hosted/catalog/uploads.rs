//! Uploads. The row of an upload is written before its first byte is stored, so that collection
//! knows every key in R2. It stays until the sealed session ends, so that a repeated request does
//! not revive the upload.
//!
//! A request claims an upload before it works on it. A newer claim wins: the request with the older
//! one fails when it records or commits, and what it stored is not used. So a client whose
//! connection broke can continue at once, whatever the isolate that served it still does.
//!
//! What a claim stored last need not be recorded at once. It may come with a later call, which
//! records it first if no other claim has come as far.

mod end;
mod row;

use std::ops::RangeInclusive;

use super::{of_image, taken, text};
use crate::account::name::ImageName;
use crate::hosted::upload::chunk::MAX_BLOB;
use crate::hosted::upload::id::UploadId;
use crate::oci::digest::Digest;
use crate::refusal::upload::Ended;
use crate::services::database::{Database, DatabaseError, Statement, Value};
use crate::services::objects::{PART, Part};

pub use self::end::{Leftover, cancel, expired, forget};

/// The most claims of one upload. Each of them may have stored two objects, and one batch puts the
/// keys of all into the trash.
pub const MAX_CLAIMS: u64 = 10_000;
// The first claim has version 1, and each later one the next but one: every claim has two keys that
// no other claim has, one with its version and one with the number below.
const LAST_VERSION: u64 = 2 * MAX_CLAIMS - 1;

/// A session, as its sealed location says.
#[derive(Clone, Copy, Debug)]
pub struct Session<'a> {
    /// The image.
    pub image: &'a ImageName,
    /// Its identifier.
    pub upload: &'a UploadId,
    /// When it ends, in seconds since 1970.
    pub expires: u64,
}

/// A claimed upload, and what was recorded of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The version of this claim.
    pub version: u64,
    /// How far it is.
    pub progress: Progress,
}

/// How far an upload is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many bytes were stored.
    pub offset: u64,
    /// The multipart upload, if one was begun, as [`begun`](crate::hosted::upload::id::begun) reads
    /// it.
    pub multipart: Option<String>,
    /// The version under which the bytes after the last part are stored, if there are any.
    pub tail: Option<u64>,
    /// The digest of all bytes so far, if they came in one stream.
    pub digest: Option<Digest>,
    /// The parts in order: all of them in a claim, and only the new ones in what is recorded.
    pub parts: Vec<Part>,
}

impl Progress {
    /// Whether these are all parts, so that none need be read.
    pub fn is_whole(&self) -> bool {
        self.parts.len() as u64 == self.offset / PART
    }
}

impl Claim {
    /// Whether what it stored would be recorded beside what is under the newest claim (`news!`).
    pub fn is_news(&self, newest: &Self) -> bool {
        let (own, recorded) = (&self.progress, &newest.progress);
        if self.version == newest.version {
            return own.offset >= recorded.offset;
        }
        let fits = own.is_whole() || own.multipart == recorded.multipart;
        own.offset > recorded.offset && fits
    }
}

/// Why an upload is not claimed at an offset. A request that works on it is not disturbed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// It is at another offset.
    #[error("the upload has {received} bytes")]
    Elsewhere {
        /// How many bytes it has.
        received: u64,
    },
    /// It was claimed [`MAX_CLAIMS`] times.
    #[error("the upload was claimed {MAX_CLAIMS} times")]
    TooMany,
    /// It has ended, or the database failed.
    #[error(transparent)]
    Upload(UploadError),
}

/// Why a call could not use an upload.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// It has ended.
    #[error("the upload has ended")]
    Ended(Ended),
    /// Another claim came after this one.
    #[error("another claim came after this one")]
    Lost,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl<E: Into<UploadError>> From<E> for ClaimError {
    fn from(error: E) -> Self {
        Self::Upload(error.into())
    }
}

/// Claims an upload, and creates its row if these are its first bytes.
///
/// # Errors
/// [`UploadError`]. `Lost` only if it was claimed [`MAX_CLAIMS`] times, because the newest claim
/// wins.
pub async fn claim<D: Database>(database: &D, session: Session<'_>) -> Result<Claim, UploadError> {
    claim_at(database, session, 0..=MAX_BLOB, true, None).await.map_err(|error| match error {
        ClaimError::Upload(error) => error,
        ClaimError::Elsewhere { .. } | ClaimError::TooMany => UploadError::Lost,
    })
}

/// Claims an upload that is at one of `offsets`, and creates its row if these are its first bytes.
/// The claim itself checks the offset, so that a stray request does not take the upload from the
/// one that works on it. A request that brings no bytes claims nothing: it takes what is recorded
/// under the newest claim, if anything is recorded. What is `unrecorded` is recorded first, unless
/// another claim has come as far.
///
/// # Errors
/// [`ClaimError`]. An earlier claim is no error, because the newest wins.
pub async fn claim_at<D: Database>(
    database: &D,
    session: Session<'_>,
    offsets: RangeInclusive<u64>,
    brings_bytes: bool,
    unrecorded: Option<&Claim>,
) -> Result<Claim, ClaimError> {
    const CLAIM: &str = "update uploads set version = version + 1 + (version > 0) \
        where account = ?1 and image = ?2 and upload = ?3 and state = 'open' \
        and expires > unixepoch() and position between ?4 and ?5 and version < ?6 \
        and (?7 or position = 0)";
    let (upload, [first, last]) = (session.upload.as_str(), [*offsets.start(), *offsets.end()]);
    let values =
        [upload.into(), first.into(), last.into(), LAST_VERSION.into(), brings_bytes.into()];
    let mut batch = vec![create(session)];
    batch.extend(unrecorded.into_iter().flat_map(|claim| recording(session, claim)));
    let before = batch.len();
    batch.push(of_image(session.image, CLAIM, values));
    batch.extend(row::select(session.image, session.upload));
    let outcomes = database.batch(batch).await?;
    let [claimed, row, parts] = taken(outcomes.into_iter().skip(before).collect())?;
    let (version, progress) = row::open(row, parts)?;
    match (claimed.changes, progress.offset) {
        (1.., _) => Ok(Claim { version, progress }),
        (0, 1..) if !brings_bytes && offsets.contains(&progress.offset) => {
            Ok(Claim { version, progress })
        }
        (0, received) if !offsets.contains(&received) => Err(ClaimError::Elsewhere { received }),
        (0, _) if version >= LAST_VERSION => Err(ClaimError::TooMany),
        // The session ended during the batch.
        (0, _) => Err(UploadError::Ended(Ended::Expired).into()),
    }
}

/// Records how far a claim has come, with the parts that are new.
///
/// # Errors
/// [`UploadError::Lost`] if the claim is not the newest, or the upload has ended.
pub async fn record<D: Database>(
    database: &D,
    session: Session<'_>,
    claim: &Claim,
) -> Result<(), UploadError> {
    let mut batch = vec![claimed(session, claim.version)];
    batch.extend(recording(session, claim));
    match database.batch(batch).await {
        Ok(_) => Ok(()),
        Err(DatabaseError::Rejected) => Err(UploadError::Lost),
        Err(error) => Err(error.into()),
    }
}

/// How far an upload is. `None` if nothing was stored yet.
///
/// # Errors
/// [`UploadError`], but never `Lost`.
pub async fn find<D: Database>(
    database: &D,
    image: &ImageName,
    upload: &UploadId,
) -> Result<Option<Claim>, UploadError> {
    let [row, parts] = taken(database.batch(row::select(image, upload).into()).await?)?;
    if row.rows.is_empty() {
        return Ok(None);
    }
    row::open(row, parts).map(|(version, progress)| Some(Claim { version, progress }))
}

fn create(session: Session<'_>) -> Statement {
    const CREATE: &str = "insert into uploads \
        (account, image, upload, key, state, version, position, expires) \
        select ?1, ?2, ?3, ?4, 'open', 0, 0, ?5 where ?5 > unixepoch() \
        on conflict (account, upload) do nothing";
    let Session { image, upload, expires } = session;
    let key = upload.key(image.account());
    of_image(image, CREATE, [upload.as_str().into(), key.as_str().into(), expires.into()])
}

// Whether what a claim stored may be recorded: no claim came after it, or none that is as far. Where
// one came, the parts before must be those of the same multipart upload, unless the claim has all.
macro_rules! news {
    () => {
        "account = ?1 and image = ?2 and upload = ?3 and state = 'open' \
        and (version = ?6 and position <= ?4 or position < ?4 and (?7 or multipart is ?5))"
    };
}

// Records how far a claim has come. Where another claim came since then, the digest does not count:
// that one may have replaced parts, and only to read the blob back would show it.
fn recording(session: Session<'_>, claim: &Claim) -> [Statement; 2] {
    const PARTS: &str = concat!(
        "insert into parts (account, upload, number, etag) \
        select ?1, ?3, value ->> 0, value ->> 1 from json_each(?8) \
        where exists (select 1 from uploads where ",
        news!(),
        ") on conflict do update set etag = excluded.etag"
    );
    const RECORD: &str = concat!(
        "update uploads set position = ?4, multipart = ?5, tail = ?8, \
        digest = case when version = ?6 then ?9 end where ",
        news!()
    );
    let Progress { offset, multipart, tail, digest, parts } = &claim.progress;
    let facts = [
        session.upload.as_str().into(),
        (*offset).into(),
        multipart.as_deref().into(),
        claim.version.into(),
        claim.progress.is_whole().into(),
    ];
    let parts: Vec<_> = parts.iter().map(|part| (part.number, &part.etag)).collect();
    let parts = serde_json::to_string(&parts).expect("numbers and texts always serialize");
    let statement = |sql, more: Vec<Value>| {
        let mut statement = of_image(session.image, sql, facts.clone());
        statement.values.extend(more);
        statement
    };
    [
        statement(PARTS, vec![parts.into()]),
        statement(RECORD, vec![(*tail).into(), digest.as_ref().map(text).into()]),
    ]
}

// The guard of a claim: it is the newest, and the upload is open.
fn claimed(session: Session<'_>, version: u64) -> Statement {
    const CLAIMED: &str = "insert into guard select null where not exists \
        (select 1 from uploads where account = ?1 and image = ?2 and upload = ?3 and version = ?4 \
        and state = 'open' and expires > unixepoch())";
    of_image(session.image, CLAIMED, [session.upload.as_str().into(), version.into()])
}
