//! Deletion of tags, manifests and blobs (OCI distribution specification 1.1, end-9 and end-10).

use http::StatusCode;

use super::catalog::removal::{self, RemovalError};
use super::host::Host;
use crate::account::caller::Caller;
use crate::account::name::ImageName;
use crate::account::rights::Action;
use crate::answer::Answer;
use crate::oci::digest::Digest;
use crate::oci::reference::Reference;
use crate::refusal::Refusal;
use crate::services::Services;

/// Deletes a tag, or a manifest with all of its tags.
///
/// # Errors
/// [`Refusal`] if it is not there, or an index lists it.
pub(crate) async fn manifest<S: Services>(
    host: &Host<'_, S>,
    image: &ImageName,
    caller: &Caller,
    reference: &Reference,
) -> Result<Answer<S::Body>, Box<Refusal>> {
    let removed = match reference {
        Reference::Tag(tag) => removal::tag(host.database, image, caller, tag).await,
        Reference::Digest(digest) => removal::manifest(host.database, image, caller, digest).await,
    };
    accepted(removed, image, Refusal::ManifestUnknown, true)
}

/// Deletes a blob of the image.
///
/// # Errors
/// [`Refusal`] if it is not there, or a manifest needs it.
pub(crate) async fn blob<S: Services>(
    host: &Host<'_, S>,
    image: &ImageName,
    caller: &Caller,
    digest: &Digest,
) -> Result<Answer<S::Body>, Box<Refusal>> {
    let removed = removal::blob(host.database, image, caller, digest).await;
    accepted(removed, image, Refusal::BlobUnknown, false)
}

fn accepted<B>(
    removed: Result<(), RemovalError>,
    image: &ImageName,
    unknown: Refusal,
    listed: bool,
) -> Result<Answer<B>, Box<Refusal>> {
    match removed {
        Ok(()) => Ok(Answer::empty(StatusCode::ACCEPTED)),
        Err(RemovalError::Unknown) => Err(unknown.into()),
        Err(RemovalError::Needed(by)) => Err(Refusal::InUse { by: by.into(), listed }.into()),
        Err(RemovalError::Refused) => Err(Refusal::Forbidden(Action::Delete, image.clone()).into()),
        Err(RemovalError::Database(error)) => Err(error.into()),
    }
}
