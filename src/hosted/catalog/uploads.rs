//! Uploads. A row is the intent to store under its keys: it is there before the first byte, and
//! until the sealed session ends, so that a replay revives nothing.
//!
//! Whoever works on an upload claims it first. A newer claim wins: the older one finds out when it
//! records or commits, and what it stored counts for nothing. So a client whose connection broke
//! goes on at once, whatever became of the isolate that served it.

use std::ops::RangeInclusive;

use super::{of_account, of_image, rows, run, taken, text, trash};
use crate::hosted::name::{Account, ImageName};
use crate::hosted::upload::chunk::MAX_BLOB;
use crate::hosted::upload::id::UploadId;
use crate::oci::digest::Digest;
use crate::services::database::{Database, DatabaseError, Outcome, Row, Statement, Value};
use crate::services::objects::Part;

/// The most claims of one upload. Each of them may have stored an object, and one batch puts the
/// keys of all into the trash.
pub const MAX_CLAIMS: u64 = 20_000;

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
    /// R2's own identifier, where a multipart upload was begun.
    pub multipart: Option<String>,
    /// The version under which the bytes after the last part are stored, where there are any.
    pub tail: Option<u64>,
    /// The digest of all bytes so far, where they came in one stream.
    pub digest: Option<Digest>,
    /// The parts: of a claim all of them in order, of what is recorded the new ones.
    pub parts: Vec<Part>,
}

/// Why an upload is not claimed at an offset. Whoever works on it goes on undisturbed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimError {
    /// It has come to another offset.
    Elsewhere {
        /// How many bytes it has.
        received: u64,
    },
    /// It was claimed [`MAX_CLAIMS`] times.
    TooMany,
    /// It has ended, or the database failed.
    Upload(UploadError),
}

/// How an upload ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was cancelled.
    Cancelled,
    /// It is this blob now.
    Committed(Digest),
    /// Its time is over, or it is of another image.
    Expired,
}

/// Why an upload is not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadError {
    /// It has ended.
    Ended(Ended),
    /// Another claim came after this one.
    Lost,
    /// The database failed.
    Database(DatabaseError),
}

/// What a cancelled upload leaves in R2. Its keys are in the trash already; R2 keeps the parts of
/// a multipart upload until that is aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// The upload.
    pub upload: UploadId,
    /// The key of its multipart upload.
    pub key: String,
    /// R2's own identifier of that, where one was begun.
    pub multipart: Option<String>,
}

impl From<DatabaseError> for UploadError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl<E: Into<UploadError>> From<E> for ClaimError {
    fn from(error: E) -> Self {
        Self::Upload(error.into())
    }
}

/// Claims an upload, and creates its row where these are its first bytes.
///
/// # Errors
/// [`UploadError`]; `Lost` only where it was claimed [`MAX_CLAIMS`] times: the newest claim wins.
pub async fn claim<D: Database>(database: &D, session: Session<'_>) -> Result<Claim, UploadError> {
    claim_at(database, session, 0..=MAX_BLOB, true).await.map_err(|error| match error {
        ClaimError::Upload(error) => error,
        ClaimError::Elsewhere { .. } | ClaimError::TooMany => UploadError::Lost,
    })
}

/// Claims an upload that has come to one of `offsets`, and creates its row where these are its first
/// bytes. The offset is part of the claim itself: a stray request must not take the upload from
/// the one that works on it. A request that brings no bytes takes what is recorded as it is, under
/// the claim that there is, if anything is recorded.
///
/// # Errors
/// [`ClaimError`]; an earlier claim is none, since the newest wins.
pub async fn claim_at<D: Database>(
    database: &D,
    session: Session<'_>,
    offsets: RangeInclusive<u64>,
    brings_bytes: bool,
) -> Result<Claim, ClaimError> {
    const CLAIM: &str = "update uploads set version = version + 1 where account = ?1 \
        and image = ?2 and upload = ?3 and state = 'open' and expires > unixepoch() \
        and position between ?4 and ?5 and version < ?6 and (?7 or position = 0)";
    let (upload, [first, last]) = (session.upload.as_str(), [*offsets.start(), *offsets.end()]);
    let values = [upload.into(), first.into(), last.into(), MAX_CLAIMS.into(), brings_bytes.into()];
    let claim = of_image(session.image, CLAIM, values);
    let [row, parts] = read(session.image, session.upload);
    let outcomes = database.batch(vec![create(session), claim, row, parts]).await?;
    let [_, claimed, row, parts] = taken(outcomes)?;
    let (version, progress) = open(row, parts)?;
    match (claimed.changes, progress.offset) {
        (1.., _) => Ok(Claim { version, progress }),
        (0, 1..) if !brings_bytes => Ok(Claim { version, progress }),
        (0, received) if !offsets.contains(&received) => Err(ClaimError::Elsewhere { received }),
        (0, _) if version >= MAX_CLAIMS => Err(ClaimError::TooMany),
        // Its time ended within the batch.
        (0, _) => Err(UploadError::Ended(Ended::Expired).into()),
    }
}

/// Records progress under a claim, with the parts that are new.
///
/// # Errors
/// [`UploadError::Lost`] where the claim is not the newest, or the upload has ended.
pub async fn record<D: Database>(
    database: &D,
    session: Session<'_>,
    version: u64,
    progress: &Progress,
) -> Result<(), UploadError> {
    const RECORD: &str = "update uploads set position = ?4, multipart = ?5, tail = ?6, digest = ?7 \
        where account = ?1 and image = ?2 and upload = ?3";
    const PARTS: &str = "insert into parts (account, upload, number, etag) \
        select ?1, ?2, value ->> 0, value ->> 1 from json_each(?3) where true \
        on conflict do update set etag = excluded.etag";
    let upload = || Value::from(session.upload.as_str());
    let Progress { offset, multipart, tail, digest, parts } = progress;
    let parts: Vec<_> = parts.iter().map(|part| (part.number, &part.etag)).collect();
    let parts = serde_json::to_string(&parts).expect("numbers and texts always serialize");
    let (multipart, digest) = (multipart.as_deref().into(), digest.as_ref().map(text).into());
    let facts = [upload(), (*offset).into(), multipart, (*tail).into(), digest];
    let batch = vec![
        claimed(session, version),
        of_image(session.image, RECORD, facts),
        of_account(session.image.account(), PARTS, [upload(), parts.into()]),
    ];
    match database.batch(batch).await {
        Ok(_) => Ok(()),
        Err(DatabaseError::Rejected) => Err(UploadError::Lost),
        Err(error) => Err(error.into()),
    }
}

/// How far an upload is. `None` where nothing was stored yet.
///
/// # Errors
/// [`UploadError`], but never `Lost`.
pub async fn find<D: Database>(
    database: &D,
    image: &ImageName,
    upload: &UploadId,
) -> Result<Option<Claim>, UploadError> {
    let [row, parts] = taken(database.batch(read(image, upload).into()).await?)?;
    if row.rows.is_empty() {
        return Ok(None);
    }
    open(row, parts).map(|(version, progress)| Some(Claim { version, progress }))
}

/// Cancels an upload, also one that stored nothing yet. Its keys go to the trash. With a version,
/// only where that is the newest claim. The same again gives the same.
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

/// Uploads whose session is over, `limit` at most. Whatever is left of them in R2 is to be
/// aborted, and then the rows are to be forgotten ([`forget`]).
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
    found.rows.into_iter().map(leftover).collect()
}

/// Forgets an upload whose session is over. Its keys go to the trash, in which they wait for seven
/// days: what was still on its way to R2 is deleted then.
///
/// # Errors
/// [`DatabaseError`]; `Rejected` where the session is not over.
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

fn create(session: Session<'_>) -> Statement {
    const CREATE: &str = "insert into uploads \
        (account, image, upload, key, state, version, position, expires) \
        select ?1, ?2, ?3, ?4, 'open', 0, 0, ?5 where ?5 > unixepoch() \
        on conflict (account, upload) do nothing";
    let Session { image, upload, expires } = session;
    let key = upload.key(image.account());
    of_image(image, CREATE, [upload.as_str().into(), key.as_str().into(), expires.into()])
}

// The guard of a claim: it is the newest, and the upload is open.
fn claimed(session: Session<'_>, version: u64) -> Statement {
    const CLAIMED: &str = "insert into guard select null where not exists \
        (select 1 from uploads where account = ?1 and image = ?2 and upload = ?3 and version = ?4 \
        and state = 'open' and expires > unixepoch())";
    of_image(session.image, CLAIMED, [session.upload.as_str().into(), version.into()])
}

fn read(image: &ImageName, upload: &UploadId) -> [Statement; 2] {
    const ROW: &str = "select state, version, position, multipart, tail, digest, \
        expires <= unixepoch() as expired from uploads \
        where account = ?1 and image = ?2 and upload = ?3";
    const PARTS: &str =
        "select number, etag from parts where account = ?1 and upload = ?2 order by number";
    let upload = || [Value::from(upload.as_str())];
    [of_image(image, ROW, upload()), of_account(image.account(), PARTS, upload())]
}

fn open(row: Outcome, parts: Outcome) -> Result<(u64, Progress), UploadError> {
    let expired = UploadError::Ended(Ended::Expired);
    let Some(mut row) = row.rows.into_iter().next() else { return Err(expired) };
    if !row.is_text("state", "open") {
        return Err(UploadError::Ended(ended(&mut row)?));
    }
    if row.truth("expired")? {
        return Err(expired);
    }
    let progress = Progress {
        offset: row.number("position")?,
        multipart: row.optional_text("multipart")?,
        tail: row.optional_number("tail")?,
        digest: rows::optional_digest(&mut row, "digest")?,
        parts: parts.rows.into_iter().map(part).collect::<Result<_, _>>()?,
    };
    Ok((row.number("version")?, progress))
}

fn ended(row: &mut Row) -> Result<Ended, DatabaseError> {
    if row.is_text("state", "cancelled") {
        return Ok(Ended::Cancelled);
    }
    rows::digest(row, "digest").map(Ended::Committed)
}

fn part(mut row: Row) -> Result<Part, DatabaseError> {
    let number = u16::try_from(row.number("number")?);
    let number = number.map_err(|_| DatabaseError::Failed("a part's number".to_owned()))?;
    Ok(Part { number, etag: row.text("etag")? })
}

fn leftover(mut row: Row) -> Result<Leftover, DatabaseError> {
    Ok(Leftover {
        upload: rows::upload(&mut row, "upload")?,
        key: row.text("key")?,
        multipart: row.optional_text("multipart")?,
    })
}
