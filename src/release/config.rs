//! Configs of images. A config is a blob of some kilobytes, and the only blob that bhcr reads itself.
//! It is read up to [`MAX_READ`] bytes and checked against its digest. Only what is used of it is
//! kept, in the way of a manifest. An index has up to seven images, and their whole configs would push
//! everything else out of the isolate's memory.

use std::sync::Arc;

use http::{Method, StatusCode};

use super::manifest::{Manifest, ManifestPolicy};
use super::pull::{self, Given, Granted};
use crate::answer::Failure;
use crate::exchange::Exchange;
use crate::fault::{BadManifest, Fault};
use crate::kept::Kept;
use crate::kept::policy::Policy;
use crate::marks::back_off::Part;
use crate::oci::digest::Digest;
use crate::oci::path::Path;
use crate::services::{Call, Incoming, ReadBody, Reply, Services};
use crate::upstream::attempt::Attempt;
use crate::upstream::registry;

/// The longest config that is read, in bytes.
const MAX_READ: usize = 128 * 1024;

/// What is used of a config.
#[derive(Clone, Copy)]
pub(super) struct Excerpt {
    /// The beginning of the keys under which it is kept.
    pub(super) kind: &'static str,
    /// Takes it from the config's text.
    pub(super) of: fn(&str) -> String,
}

/// Reads the config with this digest. Answers an excerpt of it.
///
/// # Errors
/// [`Failure`] if the registry or storage does not have it, or failed, if it is too long, or if the
/// client is over its limit.
pub(super) async fn read<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    digest: Digest,
    excerpt: Excerpt,
) -> Result<Arc<str>, Failure> {
    let policy = ManifestPolicy::of_excerpt(excerpt.kind, granted.location, digest);
    let policy = match Kept::look_up(&exchange.task, policy).await.answer() {
        Ok(found) => return Ok(Arc::clone(&found.value().text)),
        Err(kept) => kept.into_policy(),
    };
    let body = whole(exchange, granted, digest).await?;
    let config = str::from_utf8(&body).map_err(|_| Fault::from(BadManifest::NotText))?;
    if !digest.is_of(&body) {
        return Err(Fault::from(BadManifest::OtherDigest).into());
    }
    let text = Arc::<str>::from((excerpt.of)(config));
    // What was escaped may be longer than the config.
    if text.len() <= MAX_READ {
        let text = Arc::clone(&text);
        policy.keep(&exchange.task, Manifest { digest, media_type: String::new(), text });
    }
    Ok(text)
}

async fn whole<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    digest: Digest,
) -> Result<Vec<u8>, Failure> {
    granted.may_be_read(exchange).await?;
    let path = Path::Blob(granted.location.repository().clone(), digest);
    let call = pull::call(exchange, granted, Method::GET, &path, &[]);
    let reply = fetch(exchange, Part::Registry, &call).await?;
    let reply = match pull::given(exchange, granted, reply)? {
        Given::Content(reply) => reply,
        Given::Nothing => return Err(Failure::BlobUnknown),
        Given::Redirect(reply) => {
            let config = &exchange.task.deployment.config;
            let url = registry::redirect_target(config, exchange.own, &reply)?;
            let call = registry::storage_call(config, url);
            fetch(exchange, Part::Storage, &call).await?
        }
    };
    match reply.body {
        ReadBody::Whole(body) if reply.status == StatusCode::OK => Ok(body),
        ReadBody::Whole(_) => Err(Fault::Status(reply.status).into()),
        ReadBody::Longer(_) => Err(Fault::BodyTooLarge { limit: MAX_READ }.into()),
    }
}

async fn fetch<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    part: Part,
    call: &Call,
) -> Result<Reply<ReadBody<S::Body>>, Fault> {
    let attempt = Attempt { part, call, has_fallback: false };
    attempt.send_and_read(&exchange.task, MAX_READ).await
}
