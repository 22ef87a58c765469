//! The index of the images of siblings. bhcr writes it: it is stored nowhere, and the same images
//! give the same bytes in every isolate. So bhcr finds an index by its digest by writing it again.

mod missed;
mod platform;

use std::sync::Arc;

use futures_util::FutureExt;
use serde_json::Value;

use super::manifest::{self, Manifest, Served};
use super::permission::Reads;
use super::pull::Granted;
use super::select::Tagged;
use crate::answer::Failure;
use crate::balena::architecture::Architecture;
use crate::balena::location::Location;
use crate::exchange::Exchange;
use crate::json;
use crate::oci::digest::{Algorithm, Digest};
use crate::oci::manifest::MediaType;
use crate::oci::name::Name;
use crate::services::{Incoming, Services};
use crate::together::together;
use crate::upstream::api::images::StoredImage;

// The most manifests that are taken from a sibling's image, if that image is an index itself.
const MOST_OF_EACH: usize = 16;
// The part of an image that the location's tag means.
const MANIFEST: &str = "manifest";

/// The right to pull the images of siblings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Index<'a> {
    /// The name in the client's request.
    pub(crate) name: &'a Name,
    /// Where the images are stored.
    pub(crate) images: &'a [(Architecture, Location)],
    /// Until when a tag means these images, in seconds since 1970.
    pub(crate) tag_until: u64,
    /// The upstream token for the locations.
    pub(crate) token: &'a str,
    /// Whether upstream accepted a credential for it.
    pub(crate) has_credential: bool,
}

/// The manifest that a tag means, and where it is kept.
pub(super) struct Written<B> {
    pub(super) served: Served<B>,
    pub(super) tagged: Tagged,
}

impl<'a> Index<'a> {
    /// Where the index is kept. Each set of images has a place of its own, so whoever may pull only
    /// some of them looks elsewhere.
    pub(super) fn location(&self) -> Location {
        Location::of_several(self.images.iter().map(|(_, location)| location))
    }
}

/// Writes the index that a tag means.
///
/// # Errors
/// [`Failure`] if the registry has none of the images, or if upstream failed.
pub(super) async fn by_tag<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    index: Index<'_>,
) -> Result<Written<S::Body>, Failure> {
    let images = images(exchange, index, Step::Described).await?;
    write(exchange, index, &images)
}

/// The locations that may have the manifest or the blob with this digest.
///
/// # Errors
/// [`Failure`] if upstream failed or refuses all the images.
pub(super) async fn holders<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    index: Index<'_>,
    digest: Digest,
) -> Result<Vec<Location>, Failure> {
    // A digest means itself for as long as the token lives.
    let index = Index { tag_until: u64::MAX, ..index };
    let read = match images(exchange, index, Step::Read).await {
        Err(Failure::ManifestUnknown) => Vec::new(),
        read => read?,
    };
    let may_have = read.iter().filter(|it| it.manifest.lists(digest) != Some(false));
    Ok(may_have.map(|it| it.location.clone()).collect())
}

/// Writes the index for a client that may have asked for its digest. Answers where it is kept.
///
/// # Errors
/// [`Failure`] as with [`by_tag`].
pub(super) async fn write_again<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    index: Index<'_>,
) -> Result<Location, Failure> {
    // A digest means itself for as long as the token lives.
    by_tag(exchange, Index { tag_until: u64::MAX, ..index }).await?;
    Ok(index.location())
}

/// How much is found out about the images.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Their manifests.
    Read,
    /// Also what the index says of them.
    Described,
}

/// An image under the index.
struct Image<'a> {
    location: &'a Location,
    manifest: Arc<Manifest>,
    /// The descriptors of its manifests, in JSON.
    described: Vec<String>,
}

// The images of the siblings. An image is left out if the registry does not have it or does not give
// it, or if its manifest is too long to be searched.
async fn images<'a, S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    index: Index<'a>,
    step: Step,
) -> Result<Vec<Image<'a>>, Failure> {
    let read = index.images.iter().map(|image| read(exchange, index, image, step).boxed_local());
    let (mut images, mut without) = (Vec::new(), Failure::ManifestUnknown);
    for read in together(read).await {
        match read {
            Ok(image) => images.extend(image),
            Err(failure @ Failure::Denied(_)) => without = failure,
            Err(other) => return Err(other),
        }
    }
    if images.is_empty() { Err(without) } else { Ok(images) }
}

async fn read<'a, S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    index: Index<'a>,
    (architecture, location): &'a (Architecture, Location),
    step: Step,
) -> Result<Option<Image<'a>>, Failure> {
    let Index { name, tag_until, token, has_credential, .. } = index;
    let reads = Reads::default();
    let reads = (!has_credential).then_some(&reads);
    let granted = Granted { name, location, tag_until, token, reads };
    if missed::is_noted(&exchange.task, location, MANIFEST) {
        return Ok(None);
    }
    let manifest = match manifest::by_tag(exchange, granted).await {
        Ok(Served::Whole(manifest)) if manifest.is_short() => manifest,
        Ok(Served::Whole(_) | Served::Long(_)) | Err(Failure::ManifestUnknown) => {
            missed::note(&exchange.task, location, MANIFEST);
            return Ok(None);
        }
        Err(failure) => return Err(failure),
    };
    let described = match step {
        Step::Read => Vec::new(),
        Step::Described => described(exchange, granted, *architecture, &manifest).await?,
    };
    Ok(Some(Image { location, manifest, described }))
}

// What the index says of a sibling's image: its manifest with its platform, or the manifests that it
// lists, if it is an index itself.
async fn described<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    sibling: Architecture,
    manifest: &Manifest,
) -> Result<Vec<String>, Failure> {
    let Ok(parts) = json::tree(manifest.text.as_bytes()) else { return Ok(Vec::new()) };
    if parts["config"].is_null() {
        return Ok(listed(&parts, sibling));
    }
    let Some(config) = digest(&parts["config"]) else { return Ok(Vec::new()) };
    let platform = platform::of(exchange, granted, config).await?;
    let Manifest { media_type, digest, text } = manifest;
    let described = platform.and_then(|platform| {
        descriptor(media_type, *digest, text.len() as u64, &platform::written(&platform, sibling))
    });
    Ok(described.into_iter().collect())
}

// The manifests that an index lists, described.
fn listed(index: &Value, sibling: Architecture) -> Vec<String> {
    let manifests = json::optional_list(index, "manifests").unwrap_or_default().iter();
    let described = manifests.take(MOST_OF_EACH).filter_map(|it| {
        let platform = platform::written(&platform::text(&it["platform"])?, sibling);
        let size = json::number(it, "size").ok()?;
        descriptor(it["mediaType"].as_str()?, digest(it)?, size, &platform)
    });
    described.collect()
}

fn digest(descriptor: &Value) -> Option<Digest> {
    Digest::parse(descriptor["digest"].as_str()?).ok()
}

fn descriptor(media_type: &str, digest: Digest, size: u64, platform: &str) -> Option<String> {
    let media_type = MediaType::parse(media_type)?;
    Some(format!(
        r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{size},"platform":{platform}}}"#
    ))
}

// Writes the index, and keeps it.
fn write<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    index: Index<'_>,
    images: &[Image<'_>],
) -> Result<Written<S::Body>, Failure> {
    let described: Vec<_> = images.iter().flat_map(|it| it.described.iter().cloned()).collect();
    if described.is_empty() {
        return Err(Failure::ManifestUnknown);
    }
    let (media_type, manifests) = (MediaType::OciIndex.as_str(), described.join(","));
    let text =
        format!(r#"{{"schemaVersion":2,"mediaType":"{media_type}","manifests":[{manifests}]}}"#);
    let digest = Algorithm::Sha256.digest(text.as_bytes());
    let whole = Manifest { digest, media_type: media_type.to_owned(), text: text.into() };
    let location = index.location();
    let served = Served::Whole(manifest::keep(&exchange.task, &location, whole));
    let image = StoredImage { location, digest: Some(digest) };
    Ok(Written { served, tagged: Tagged { image, siblings: index.images.to_vec() } })
}
