//! The rows of an upload: its own, and those of its parts.

use super::{Progress, UploadError};
use crate::account::name::ImageName;
use crate::hosted::catalog::{of_account, of_image, rows};
use crate::hosted::upload::id::UploadId;
use crate::refusal::upload::Ended;
use crate::services::database::{DatabaseError, Outcome, Row, Statement, Value};
use crate::services::objects::Part;

/// Reads the rows of an upload, for [`open`].
pub(super) fn select(image: &ImageName, upload: &UploadId) -> [Statement; 2] {
    const ROW: &str = "select state, version, position, multipart, tail, digest, \
        expires <= unixepoch() as expired from uploads \
        where account = ?1 and image = ?2 and upload = ?3";
    const PARTS: &str =
        "select number, etag from parts where account = ?1 and upload = ?2 order by number";
    let upload = || [Value::from(upload.as_str())];
    [of_image(image, ROW, upload()), of_account(image.account(), PARTS, upload())]
}

/// The version of the newest claim, and the progress of an upload that is open.
pub(super) fn open(row: Outcome, parts: Outcome) -> Result<(u64, Progress), UploadError> {
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
        parts: parts.read(part)?,
    };
    Ok((row.number("version")?, progress))
}

/// How an upload ended that is not open.
pub(super) fn ended(row: &mut Row) -> Result<Ended, DatabaseError> {
    if row.is_text("state", "cancelled") {
        return Ok(Ended::Cancelled);
    }
    rows::digest(row, "digest").map(|digest| Ended::Committed(digest.into()))
}

fn part(mut row: Row) -> Result<Part, DatabaseError> {
    let number = u16::try_from(row.number("number")?);
    let number = number.map_err(|_| DatabaseError::Failed("a part's number".to_owned()))?;
    Ok(Part { number, etag: row.text("etag")? })
}
