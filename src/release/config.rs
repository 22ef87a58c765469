//! Configs of images: the platform that an image is for, what it runs, and its labels.
//!
//! A config is a blob of some kilobytes. It is the only blob that bhcr reads itself. It is read up to
//! [`MAX_KEPT`] bytes, checked against its digest, and kept as a manifest is.

use std::sync::Arc;

use http::{Method, StatusCode};

use super::manifest::{MAX_KEPT, Manifest, ManifestPolicy};
use super::pull::{self, Given, Granted};
use crate::answer::Failure;
use crate::exchange::Exchange;
use crate::fault::Fault;
use crate::kept::Kept;
use crate::kept::policy::Policy;
use crate::marks::back_off::Part;
use crate::oci::digest::Digest;
use crate::oci::path::Path;
use crate::services::{Call, Incoming, ReadBody, Reply, Services};
use crate::upstream::attempt::Attempt;
use crate::upstream::registry;

/// Reads the config with this digest.
///
/// # Errors
/// [`Failure`] if the registry or storage does not have it, or failed, or if it is too long.
pub(super) async fn read<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    digest: Digest,
) -> Result<Arc<Manifest>, Failure> {
    let Exchange { task, own, .. } = exchange;
    let policy = ManifestPolicy::of_config(granted.location, digest);
    let policy = match Kept::look_up(task, policy).await.answer() {
        Ok(found) => return Ok(Arc::clone(found.value())),
        Err(kept) => kept.into_policy(),
    };
    let path = Path::Blob(granted.location.repository().clone(), digest);
    let call = pull::call(exchange, granted, Method::GET, &path, &[]);
    let reply = fetch(exchange, Part::Registry, &call).await?;
    let reply = match pull::given(exchange, granted, reply)? {
        Given::Content(reply) => reply,
        Given::Nothing => return Err(Failure::BlobUnknown),
        Given::Redirect(reply) => {
            let config = &task.deployment.config;
            let url = registry::redirect_target(config, own, &reply)?;
            let call = registry::storage_call(config, url);
            fetch(exchange, Part::Storage, &call).await?
        }
    };
    match reply.body {
        ReadBody::Whole(body) if reply.status == StatusCode::OK => {
            let config = Manifest::of_config(digest, &body).map_err(Fault::from)?;
            Ok(policy.keep(task, config))
        }
        ReadBody::Whole(_) => Err(Fault::Status(reply.status).into()),
        ReadBody::Longer(_) => Err(Fault::BodyTooLarge { limit: MAX_KEPT }.into()),
    }
}

async fn fetch<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    part: Part,
    call: &Call,
) -> Result<Reply<ReadBody<S::Body>>, Fault> {
    let attempt = Attempt { part, call, has_fallback: false };
    attempt.send_and_read(&exchange.task, MAX_KEPT).await
}
