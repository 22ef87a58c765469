//! Manifests: a tag is the release's one image, a digest is itself.
//!
//! What the registry gave is kept by location and digest, and served from there under a grant for
//! the location. Its bytes are checked against the digest before they are kept or served, and once
//! more when they come out of the cache.

use std::sync::Arc;

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::place::Place;
use super::pull::{self, Given, Granted};
use crate::answer::{Answer, Failure};
use crate::balena::location::Location;
use crate::deployment::Deployment;
use crate::exchange::Exchange;
use crate::levels::{Entry, Levels};
use crate::oci::digest::Digest;
use crate::oci::path::Path;
use crate::oci::reference::Reference;
use crate::services::{Incoming, Reply, Services};
use crate::trace::Source;
use crate::upstream::silence::{self, Part};
use crate::upstream::{Fault, attempt};

// The only tag in a release's repository upstream.
const UPSTREAM_TAG: &str = "latest";
// The most bytes of a manifest, which are the most that a registry takes in.
const MAX_MANIFEST: usize = 4 << 20;
// How long the cache may have one, in seconds: it cannot change.
const CACHE_SECONDS: u64 = 86_400;

/// A manifest whose bytes are those of its digest.
#[derive(Serialize, Deserialize)]
pub(crate) struct Manifest {
    digest: Digest,
    media_type: String,
    /// The bytes: JSON, which is UTF-8 (RFC 8259, section 8.1).
    text: Arc<str>,
}

impl Entry for Manifest {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.media_type.len() + self.text.len()
    }
}

/// Serves a manifest.
///
/// # Errors
/// [`Failure`] where it is not there, or upstream could not serve.
pub(crate) async fn serve<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    reference: Reference,
) -> Result<Answer<S::Body>, Failure> {
    let manifest = match reference {
        Reference::Digest(digest) => by_digest(exchange, granted, digest).await?,
        Reference::Tag(tag) if tag.is_attachment() => return Err(Failure::ManifestUnknown),
        Reference::Tag(_) => by_tag(exchange, granted).await?,
    };
    Ok(answer(exchange.incoming, &manifest))
}

async fn by_digest<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    digest: Digest,
) -> Result<Arc<Manifest>, Failure> {
    match kept(exchange, granted.location, digest).await {
        Some((manifest, source)) => {
            exchange.trace.content(source);
            Ok(manifest)
        }
        None => fetch(exchange, granted, Reference::Digest(digest), None).await,
    }
}

async fn by_tag<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
) -> Result<Arc<Manifest>, Failure> {
    let Exchange { deployment, services, trace, .. } = exchange;
    let place = Place::new(deployment, *services, granted.location);
    let known = place.tag().await;
    let digest = known.as_ref().map(|tag| tag.digest);
    let kept = match digest {
        Some(digest) => kept(exchange, granted.location, digest).await,
        None => None,
    };
    if let Some((manifest, source)) = &kept
        && known.is_some_and(|tag| tag.is_fresh)
    {
        trace.content(*source);
        return Ok(Arc::clone(manifest));
    }
    let tag = Reference::parse(UPSTREAM_TAG).expect("it is a tag");
    let had = kept.as_ref().map(|(manifest, _)| manifest);
    match (fetch(exchange, granted, tag, had).await, kept) {
        (Ok(manifest), _) => {
            place.learn_tag(manifest.digest);
            Ok(manifest)
        }
        (Err(Failure::Upstream(fault)), Some((manifest, _))) => {
            trace.problem(format!("a tag kept beyond its time: the registry {fault}"));
            trace.content(Source::Stale);
            Ok(manifest)
        }
        (Err(failure), kept) => {
            // The registry has spoken: what it said before does not answer an outage after it.
            if kept.is_some() && failure == Failure::ManifestUnknown {
                place.refused();
            }
            Err(failure)
        }
    }
}

async fn kept<S: Services, I>(
    exchange: &Exchange<'_, S, I>,
    location: &Location,
    digest: Digest,
) -> Option<(Arc<Manifest>, Source)> {
    let Exchange { deployment, services, .. } = exchange;
    let key = key(location, digest);
    if let Some(manifest) = deployment.memory.get(&key) {
        return Some((manifest, Source::Memory));
    }
    let levels = Levels::local(deployment, *services);
    let stored: Manifest = levels.read(&key).await.ok().flatten()?;
    let is_true = |it: &Manifest| it.digest == digest && digest.is_of(it.text.as_bytes());
    let manifest = Arc::new(Some(stored).filter(is_true)?);
    levels.remember(&key, &manifest);
    Some((manifest, Source::Cache))
}

// Always with GET: a client that asks for the head comes back for the rest. What we `had` the
// registry need not send again.
async fn fetch<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    reference: Reference,
    had: Option<&Arc<Manifest>>,
) -> Result<Arc<Manifest>, Failure> {
    let Exchange { deployment, services, trace, .. } = exchange;
    if had.is_some() {
        silence::check(deployment, *services, Part::Registry)?;
    }
    let path = Path::Manifest(granted.location.repository().clone(), reference.clone());
    let mut call = pull::call(exchange, granted, Method::GET, &path, &[]);
    call.headers.extend(had.map(|had| ("if-none-match", had.etag())));
    let reply = attempt::send_and_read(*services, trace, &call, MAX_MANIFEST).await;
    silence::learn(deployment, *services, Part::Registry, &reply);
    trace.content(Source::Registry);
    match pull::given(exchange, granted, reply.map_err(Fault::from)?)? {
        Given::Content(reply) if reply.status == StatusCode::NOT_MODIFIED => {
            let unasked = || Fault::Broken("answered 304 to no condition".to_owned());
            Ok(had.map(Arc::clone).ok_or_else(unasked)?)
        }
        Given::Content(reply) => {
            Ok(verified(deployment, *services, granted.location, reference, reply)?)
        }
        Given::Nothing => Err(Failure::ManifestUnknown),
        Given::Redirect(_) => Err(Fault::Broken("redirected a manifest".to_owned()).into()),
    }
}

fn verified<S: Services>(
    deployment: &Deployment,
    services: &S,
    location: &Location,
    reference: Reference,
    reply: Reply<Vec<u8>>,
) -> Result<Arc<Manifest>, Fault> {
    let broken = |what: &str| Fault::Broken(format!("gave a manifest {what}"));
    let header = |name| reply.header(name).map(str::to_owned);
    let told = header("docker-content-digest").unwrap_or_default();
    let digest = match reference {
        Reference::Digest(digest) => digest,
        Reference::Tag(_) => Digest::parse(&told).map_err(|_| broken("without a digest"))?,
    };
    let media_type = header("content-type").ok_or_else(|| broken("without a type"))?;
    let text = str::from_utf8(&reply.body).map_err(|_| broken("that is no text"))?;

    let key = key(location, digest);
    let known = deployment.memory.get::<Manifest>(&key);
    // The same bytes were checked before.
    if let Some(known) = known.filter(|it| *it.text == *text && it.media_type == media_type) {
        return Ok(known);
    }
    if !digest.is_of(text.as_bytes()) {
        return Err(broken("that is not of its digest"));
    }
    let manifest = Manifest { digest, media_type, text: text.into() };
    let manifest = Arc::new(manifest);
    Levels::local(deployment, services).keep(&key, &manifest, CACHE_SECONDS);
    Ok(manifest)
}

fn answer<I: Incoming, B>(incoming: &I, manifest: &Manifest) -> Answer<B> {
    let etag = manifest.etag();
    let is_known = incoming.header("if-none-match").is_some_and(|known| matches(&known, &etag));
    let answer = match incoming.method() {
        _ if is_known => Answer::content(StatusCode::NOT_MODIFIED),
        Method::HEAD => {
            let length = manifest.text.len().to_string();
            Answer::content(StatusCode::OK)
                .with("content-type", &*manifest.media_type)
                .with("content-length", length)
        }
        _ => Answer::content(StatusCode::OK)
            .with("content-type", &*manifest.media_type)
            .carrying(Arc::clone(&manifest.text)),
    };
    answer.with("docker-content-digest", manifest.digest.to_string()).with("etag", etag)
}

// `If-None-Match` (RFC 9110, section 13.1.2), whose comparison is weak.
fn matches(known: &str, etag: &str) -> bool {
    let tags = known.split(',').map(str::trim);
    tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag)).any(|tag| tag == etag || tag == "*")
}

fn key(location: &Location, digest: Digest) -> String {
    format!("manifest/1/{location}/{digest}")
}

impl Manifest {
    fn etag(&self) -> String {
        format!("\"{}\"", self.digest)
    }
}
