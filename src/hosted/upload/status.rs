//! GET and DELETE of an upload.

use super::id::begun;
use super::session::UploadSession;
use super::{AppendError, Target};
use crate::hosted::catalog::uploads;
use crate::services::Services;

/// The session by which the upload goes on, and how many bytes it has: what is recorded, or all
/// that the session says, unless another claim has come as far.
///
/// # Errors
/// [`AppendError::Ended`], or a failure.
pub async fn received<S: Services>(target: Target<'_, S>) -> Result<UploadSession, AppendError> {
    let session = target.session;
    let found = uploads::find(target.hosting.database, target.image, session.id()).await?;
    let Some(newest) = found else { return Ok(session.having(0)) };
    match session.unrecorded() {
        Some(unrecorded) if unrecorded.is_news(&newest) => Ok(session.clone()),
        Some(_) | None => Ok(session.having(newest.progress.offset)),
    }
}

/// Cancels an upload, so that no later request revives it.
///
/// # Errors
/// [`AppendError::Ended`] where it was committed or its time is over, or a failure.
pub async fn cancel<S: Services>(target: Target<'_, S>) -> Result<(), AppendError> {
    let left = uploads::cancel(target.hosting.database, target.row(), None).await?;
    let key = target.session.id().key(target.image.account());
    let unrecorded = target.session.unrecorded().and_then(|it| it.progress.multipart);
    let unrecorded = unrecorded.as_deref().map(|marked| begun(key.as_str(), marked));
    super::abort(target, left, unrecorded).await
}
