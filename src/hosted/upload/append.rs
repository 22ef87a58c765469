//! PATCH: more bytes of a blob.

use super::chunk::Chunk;
use super::claimed::Claimed;
use super::session::UploadSession;
use super::{AppendError, Target, status};
use crate::services::Services;
use crate::services::objects::{Arrival, NoBuffer, Objects};

/// Stores what a request brings, and gives the session by which the upload goes on. A body that came
/// whole costs one batch: what was not recorded of it is in the session. A chunk with a
/// `Content-Range` is recorded, because the conformance suite sends such a chunk again by the
/// location that it had before, and wants to be told how far the upload is.
///
/// The work has to outlive a client that goes away ([`super::outlive`]): then what came until that
/// moment is recorded, and buffers are given back.
///
/// # Errors
/// [`AppendError`]. Where a body broke off or came too slowly, whole parts of it are stored.
pub async fn append<S: Services>(
    target: Target<'_, S>,
    chunk: Chunk<S::Body>,
) -> Result<UploadSession, AppendError> {
    let (announced, start, is_one_of_several) =
        (chunk.announced()?, chunk.start(), chunk.range.is_some());
    // A claim for nothing would cost a key in the trash.
    if announced == Some(0) {
        return status::received(target).await;
    }
    // Before anything is read or written: without a buffer the client has to come again.
    let intake = take_in(target, chunk.body, announced, start.unwrap_or(0) == 0)?;
    let mut claimed = Claimed::claim(target, start, announced).await?;
    claimed.fill(intake).await?;
    if is_one_of_several {
        claimed.record().await?;
        return Ok(target.session.having(claimed.progress.offset));
    }
    Ok(claimed.session())
}

/// Takes a body in; its digest is made on the way if it may be the whole blob.
pub(super) fn take_in<S: Services>(
    target: Target<'_, S>,
    body: S::Body,
    length: Option<u64>,
    begins: bool,
) -> Result<<S::Objects as Objects>::Intake, AppendError> {
    let algorithm = begins.then_some(target.session.algorithm());
    let arrival = Arrival { owner: target.image.account().as_str(), length, algorithm };
    let taken = target.hosting.objects.take_in(body, arrival);
    taken.map_err(|NoBuffer| AppendError::Busy)
}
