//! From a request about a hosted image to its answer.

use super::host::Host;
use super::judge;
use super::uploading::Uploading;
use super::{manifest, pulling, referrers, removal, tags};
use crate::account::name::ImageName;
use crate::account::rights::Action;
use crate::account::rights::Rights;
use crate::answer::Answer;
use crate::exchange::Exchange;
use crate::oci::name::Name;
use crate::refusal::Refusal;
use crate::route::hosted::Request;
use crate::services::{Incoming, Services};

/// Answers a request. `held` are the rights that came with it.
///
/// # Errors
/// [`Refusal`].
pub(crate) async fn serve<S: Services, I: Incoming<Body = S::Body>>(
    exchange: &Exchange<'_, S, I>,
    host: &Host<'_, S>,
    (name, image): (&Name, &ImageName),
    request: Request<'_>,
    held: Rights,
) -> Result<Answer<S::Body>, Box<Refusal>> {
    let (action, incoming) = (request.action(), exchange.incoming);
    let rights = judge::current(host, image, held, action).await?;
    rights.require(action, image)?;
    let uploading = || {
        let caller = rights.writer(Action::Push, image)?;
        Ok::<_, Box<Refusal>>(Uploading { host, incoming, name, image, caller })
    };
    match request {
        Request::ReadManifest(reference) => manifest::get(host, incoming, image, &reference).await,
        Request::WriteManifest(reference, query) => {
            let caller = rights.writer(action, image)?;
            let named = (name, image);
            manifest::put::put(host, incoming, named, caller, (&reference, query)).await
        }
        Request::DeleteManifest(reference) => {
            let caller = rights.writer(action, image)?;
            removal::manifest(host, image, caller, &reference).await
        }
        Request::ReadBlob(digest) => pulling::blob(host, incoming, image, digest, &rights).await,
        Request::DeleteBlob(digest) => {
            removal::blob(host, image, rights.writer(action, image)?, &digest).await
        }
        Request::BeginUpload(query) => uploading()?.begin(query).await,
        Request::Upload { session, step, query } => uploading()?.go_on(&session, step, query).await,
        Request::Tags(query) => tags::list(host, name, image, query).await,
        Request::Referrers(digest, query) => {
            referrers::list(host, name, image, &digest, query).await
        }
    }
}
