//! Manifests: a tag means the release's one image, and a digest means itself.
//!
//! A manifest of up to [`MAX_KEPT`] bytes is kept by location and digest, and served under a grant
//! for that location. Its bytes are checked against the digest before it is kept or served, and
//! again when it is read from the cache. A longer manifest is passed through as a stream. If it
//! were kept, an attacker could push everything else out of the isolate's memory with a few large
//! manifests.

mod kept;

use std::sync::Arc;

use http::{Method, StatusCode};

pub(super) use self::kept::{Manifest, ManifestPolicy};
use super::place::{self, tag};
use super::pull::{self, Given, Granted};
use crate::answer::{Answer, Failure};
use crate::balena::location::Location;
use crate::exchange::{Exchange, Task};
use crate::fault::{BadManifest, Fault, Nonsense};
use crate::kept::Kept;
use crate::kept::policy::Policy;
use crate::marks::back_off::Part;
use crate::oci::challenge::TokenError;
use crate::oci::digest::Digest;
use crate::oci::path::Path;
use crate::oci::reference::{Reference, Tag};
use crate::services::{Incoming, ReadBody, Reply, Services};
use crate::trace::Source;
use crate::upstream::attempt::Attempt;

/// The longest manifest that is kept, in bytes.
pub const MAX_KEPT: usize = 256 * 1024;

// The only tag in a release's repository upstream.
const UPSTREAM_TAG: &str = "latest";

/// A manifest on its way to the client.
pub(super) enum Served<B> {
    /// All of it.
    Whole(Arc<Manifest>),
    /// A manifest that is too long to be kept.
    Long(Reply<B>),
}

impl<B> Served<B> {
    /// The manifest's digest. If the manifest is too long to be kept, the registry told the digest
    /// and nobody has checked it. `None` if the registry told none.
    pub(super) fn digest(&self) -> Option<Digest> {
        match self {
            Self::Whole(manifest) => Some(manifest.digest),
            Self::Long(reply) => told_digest(reply),
        }
    }

    /// The answer with it.
    pub(super) fn answer(self, incoming: &impl Incoming) -> Answer<B> {
        match self {
            Self::Whole(manifest) => answer(incoming, &manifest),
            Self::Long(reply) => answer_long(incoming, reply),
        }
    }
}

/// The manifest with this digest, if the isolate's memory has it.
pub(super) fn recall<S: Services>(
    task: &Task<'_, S>,
    location: &Location,
    digest: Digest,
) -> Option<Arc<Manifest>> {
    ManifestPolicy::new(location, digest).recall(task)
}

/// The answer with the manifest that has this digest, if the isolate's memory has it.
pub(super) fn recalled<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    location: &Location,
    digest: Digest,
) -> Option<Answer<S::Body>> {
    let manifest = recall(&exchange.task, location, digest)?;
    exchange.task.trace.content(Source::Memory);
    Some(answer(exchange.incoming, &manifest))
}

/// Keeps a manifest at a location, unless the isolate's memory has it.
pub(super) fn keep<S: Services>(
    task: &Task<'_, S>,
    location: &Location,
    manifest: Manifest,
) -> Arc<Manifest> {
    let policy = ManifestPolicy::new(location, manifest.digest);
    policy.recall(task).unwrap_or_else(|| policy.keep(task, manifest))
}

/// The manifest with this digest, if it is kept.
pub(super) async fn kept<S: Services>(
    task: &Task<'_, S>,
    location: &Location,
    digest: Digest,
) -> Option<Arc<Manifest>> {
    let found = Kept::look_up(task, ManifestPolicy::new(location, digest)).await.answer().ok()?;
    Some(Arc::clone(found.value()))
}

/// Finds the manifest with a digest.
///
/// # Errors
/// [`Failure`] if the registry does not have it, or if upstream failed.
pub(super) async fn by_digest<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    digest: Digest,
) -> Result<Served<S::Body>, Failure> {
    let Exchange { task, .. } = exchange;
    let policy = ManifestPolicy::new(granted.location, digest);
    match Kept::look_up(task, policy).await.answer() {
        Ok(found) => {
            task.trace.content(found.source());
            Ok(Served::Whole(Arc::clone(found.value())))
        }
        Err(_) => fetch(exchange, granted, Reference::Digest(digest), None).await,
    }
}

/// The manifest with this digest, from what is kept or else from the registry. Without a digest, the
/// manifest that the location's tag means in the registry. `None` if it is too long to be kept.
///
/// # Errors
/// [`Failure`] if the registry does not have it, or if upstream failed.
pub(super) async fn read<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    digest: Option<Digest>,
) -> Result<Option<Arc<Manifest>>, Failure> {
    if let Some(digest) = digest
        && let Some(kept) = kept(&exchange.task, granted.location, digest).await
    {
        return Ok(Some(kept));
    }
    let reference = digest.map_or_else(upstream_tag, Reference::Digest);
    Ok(match fetch(exchange, granted, reference, None).await? {
        Served::Whole(manifest) => Some(manifest),
        Served::Long(_) => None,
    })
}

/// Finds the manifest that the location's tag means.
///
/// # Errors
/// [`Failure`] if the registry does not have it, or if upstream failed.
pub(super) async fn by_tag<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
) -> Result<Served<S::Body>, Failure> {
    let Exchange { task, .. } = exchange;
    // This error makes the client ask for a new token, which says what the name means now. The
    // other one would end a build: BuildKit gives up when `insufficient_scope` is repeated.
    if granted.tag_until <= task.services.now() {
        let error = Some(TokenError::Invalid);
        return Err(Failure::Unauthenticated { name: Some(granted.name.clone()), error });
    }
    let known = tag::look_up(task, granted.location).await;
    let manifest = match known.usable() {
        Some(tag) => {
            let policy = ManifestPolicy::new(granted.location, tag.digest);
            Kept::look_up(task, policy).await.answer().ok()
        }
        None => None,
    };
    if let Some(found) = &manifest
        && known.answers()
    {
        task.trace.content(found.source());
        return Ok(Served::Whole(Arc::clone(found.value())));
    }
    let had = manifest.as_ref().map(|found| found.value());
    match (fetch(exchange, granted, upstream_tag(), had).await, manifest) {
        (Ok(Served::Whole(manifest)), _) => {
            let tag = tag::Tag { digest: manifest.digest, told_at: task.services.now() };
            known.settle(task, Ok(tag))?.keep(task);
            Ok(Served::Whole(manifest))
        }
        (Err(Failure::Upstream(fault)), Some(manifest)) => {
            let found = known.settle(task, Err(fault))?;
            task.trace.content(found.source());
            Ok(Served::Whole(Arc::clone(manifest.value())))
        }
        // The registry has answered, so its older answer must not be used in a later outage.
        (Err(Failure::ManifestUnknown), Some(_)) => {
            place::refused(task, granted.location);
            Err(Failure::ManifestUnknown)
        }
        (other, _) => other,
    }
}

// Always with GET, because a client that sends HEAD sends GET next. If the manifest is the one that
// we `had`, the registry answers 304 without a body.
async fn fetch<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    reference: Reference,
    had: Option<&Arc<Manifest>>,
) -> Result<Served<S::Body>, Failure> {
    let Exchange { task, .. } = exchange;
    // The registry does not have what bhcr has written.
    if granted.location.is_of_several() {
        return Err(Failure::ManifestUnknown);
    }
    let path = Path::Manifest(granted.location.repository().clone(), reference.clone());
    let mut call = pull::call(exchange, granted, Method::GET, &path, &[]);
    call.headers.extend(had.map(|had| ("if-none-match", kept::etag(&had.digest.to_string()))));
    let attempt = Attempt { part: Part::Registry, call: &call, has_fallback: had.is_some() };
    granted.may_be_read(exchange).await?;
    let reply = attempt.send_and_read(task, MAX_KEPT).await;
    task.trace.content(Source::Registry);
    let Reply { status, headers, body } = match pull::given(exchange, granted, reply?)? {
        Given::Content(reply) => reply,
        Given::Nothing => return Err(Failure::ManifestUnknown),
        Given::Redirect(_) => return Err(Fault::from(BadManifest::Redirected).into()),
    };
    if status == StatusCode::NOT_MODIFIED {
        let had = had.ok_or(Fault::from(Nonsense::UnaskedNotModified))?;
        return Ok(Served::Whole(Arc::clone(had)));
    }
    match body {
        ReadBody::Longer(body) => Ok(Served::Long(Reply { status, headers, body })),
        ReadBody::Whole(body) => {
            let reply = Reply { status, headers, body };
            let manifest = verified(exchange, granted, reference, &reply).map_err(Fault::from)?;
            Ok(Served::Whole(manifest))
        }
    }
}

fn upstream_tag() -> Reference {
    Reference::Tag(Tag::parse(UPSTREAM_TAG).expect("the word follows the grammar of tags"))
}

fn verified<S: Services, I>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    reference: Reference,
    reply: &Reply<Vec<u8>>,
) -> Result<Arc<Manifest>, BadManifest> {
    let digest = match reference {
        Reference::Digest(digest) => digest,
        Reference::Tag(_) => told_digest(reply).ok_or(BadManifest::NoDigest)?,
    };
    let policy = ManifestPolicy::new(granted.location, digest);
    Ok(policy.keep(&exchange.task, Manifest::read(digest, reply)?))
}

fn told_digest<B>(reply: &Reply<B>) -> Option<Digest> {
    reply.header("docker-content-digest").and_then(|text| Digest::parse(text).ok())
}

fn answer<I: Incoming, B>(incoming: &I, manifest: &Manifest) -> Answer<B> {
    let (digest, media_type) = (manifest.digest.to_string(), || manifest.media_type.clone());
    let etag = kept::etag(&digest);
    let is_known = incoming.header("if-none-match").is_some_and(|known| matches(&known, &etag));
    let answer = match incoming.method() {
        _ if is_known => Answer::content(StatusCode::NOT_MODIFIED),
        Method::HEAD => {
            let length = manifest.text.len().to_string();
            Answer::content(StatusCode::OK)
                .with("content-type", media_type())
                .with("content-length", length)
        }
        _ => Answer::content(StatusCode::OK)
            .with("content-type", media_type())
            .carrying(Arc::clone(&manifest.text)),
    };
    answer.with("docker-content-digest", digest).with("etag", etag)
}

// For a HEAD, the body is dropped unread, which ends the registry's answer.
fn answer_long<I: Incoming, B>(incoming: &I, reply: Reply<B>) -> Answer<B> {
    match incoming.method() {
        Method::HEAD => Answer::relayed_head(reply),
        _ => Answer::relayed(reply),
    }
}

// `If-None-Match` (RFC 9110, section 13.1.2) compares weakly.
fn matches(known: &str, etag: &str) -> bool {
    let tags = known.split(',').map(str::trim);
    tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag)).any(|tag| tag == etag || tag == "*")
}
