//! Manifests: read and written (OCI distribution specification 1.1, end-3 and end-7).
//!
//! Every request asks the catalog whether the manifest is there, so that a pull sees every push and
//! deletion before it. The bytes of a digest never change, so the isolate remembers those that the
//! catalog has, and the catalog only sends what the isolate does not remember. Larger manifests are
//! objects in R2 and are handed through: three of them would fill the isolate's memory, which also
//! has the tokens and rights of all accounts.

pub(super) mod put;

use std::sync::Arc;

use http::{Method, StatusCode};

use super::catalog::manifests::{self, Content, Manifest as Found};
use super::host::Host;
use crate::account::name::ImageName;
use crate::answer::Answer;
use crate::oci::condition;
use crate::oci::digest::Digest;
use crate::oci::reference::Reference;
use crate::refusal::Refusal;
use crate::services::objects::Objects;
use crate::services::{Incoming, Services};

// A user wrote the manifest, so a browser must not run what is in it.
const SANDBOX: (&str, &str) = ("content-security-policy", "sandbox");

/// A manifest's bytes, as the isolate remembers them: JSON, which is UTF-8.
struct Bytes(Arc<str>);

/// The digest that a tag meant last, as the isolate remembers it. It is only used so that the
/// catalog need not send the bytes again.
struct Meant(Digest);

/// Answers GET and HEAD.
///
/// # Errors
/// [`Refusal::ManifestUnknown`], or one of the services failed.
pub(crate) async fn get<S: Services, I: Incoming>(
    host: &Host<'_, S>,
    incoming: &I,
    image: &ImageName,
    reference: &Reference,
) -> Result<Answer<S::Body>, Box<Refusal>> {
    let remembered = recall(host, image, reference);
    let known = remembered.as_ref().map(|(digest, _)| digest);
    let found = manifests::find(host.database, image, reference, known).await?;
    let found = found.ok_or(Refusal::ManifestUnknown)?;
    if matches!(reference, Reference::Tag(_)) {
        let meant = Arc::new(Meant(found.digest));
        host.memory().remember(&tag_key(image, reference), meant, size_of::<Meant>());
    }
    let etag = format!("\"{}\"", found.digest);
    let condition = incoming.header("if-none-match");
    if condition.is_some_and(|known| condition::matches(&known, &etag)) {
        return Ok(described(StatusCode::NOT_MODIFIED, &found, etag));
    }
    let answer =
        described(StatusCode::OK, &found, etag).with("content-type", found.media_type.clone());
    if incoming.method() == Method::HEAD {
        return Ok(answer.with("content-length", found.size.to_string()));
    }
    match (found.content, remembered) {
        (Content::Known, Some((_, bytes))) => Ok(answer.carrying(Arc::clone(&bytes.0))),
        (Content::Text(text), _) => Ok(answer.carrying(remember(host, image, &found.digest, text))),
        (Content::Object(key), _) => {
            let body = host.objects.read(&key, None).await?.ok_or(Refusal::Lost)?;
            Ok(answer.with("content-length", found.size.to_string()).handing(body))
        }
        (Content::Known, None) => Err(Refusal::Lost.into()),
    }
}

// The bytes that the reference most likely means, if the isolate remembers them.
fn recall<S: Services>(
    host: &Host<'_, S>,
    image: &ImageName,
    reference: &Reference,
) -> Option<(Digest, Arc<Bytes>)> {
    let memory = host.memory();
    let digest = match reference {
        Reference::Digest(digest) => *digest,
        Reference::Tag(_) => memory.recall::<Meant>(&tag_key(image, reference))?.0,
    };
    Some((digest, memory.recall::<Bytes>(&bytes_key(image, &digest))?))
}

fn described<B>(status: StatusCode, found: &Found, etag: String) -> Answer<B> {
    Answer::content(status)
        .with("docker-content-digest", found.digest.to_string())
        .with("etag", etag)
        .with(SANDBOX.0, SANDBOX.1)
}

fn remember<S: Services>(
    host: &Host<'_, S>,
    image: &ImageName,
    digest: &Digest,
    text: String,
) -> Arc<str> {
    let text = Arc::<str>::from(text);
    let bytes = Arc::new(Bytes(Arc::clone(&text)));
    host.memory().remember(&bytes_key(image, digest), bytes, text.len());
    text
}

fn tag_key(image: &ImageName, reference: &Reference) -> String {
    format!("hosted/tag/{image}/{reference}")
}

// Bytes are shared within an account, and never between accounts.
fn bytes_key(image: &ImageName, digest: &Digest) -> String {
    format!("hosted/manifest/{}/{digest}", image.account())
}
