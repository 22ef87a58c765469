//! GET and DELETE of an upload.

use super::{AppendError, Target};
use crate::hosted::catalog::uploads;
use crate::services::Services;

/// How many bytes the upload has.
///
/// # Errors
/// [`AppendError::Ended`], or a failure.
pub async fn received<S: Services>(target: Target<'_, S>) -> Result<u64, AppendError> {
    let found = uploads::find(target.hosting.database, target.image, target.session.id()).await?;
    Ok(found.map_or(0, |claim| claim.progress.offset))
}

/// Cancels an upload, so that no later request revives it.
///
/// # Errors
/// [`AppendError::Ended`] where it was committed or its time is over, or a failure.
pub async fn cancel<S: Services>(target: Target<'_, S>) -> Result<(), AppendError> {
    let left = uploads::cancel(target.hosting.database, target.row(), None).await?;
    super::abort(target, left).await
}
