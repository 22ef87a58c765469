//! The images of an application: one OData query finds the one with a digest, or those of the newest
//! releases.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Caller, Unserved, get, tree};
use crate::balena::location::Location;
use crate::balena::reference::Slug;
use crate::config::Config;
use crate::json::{self, WrongField};
use crate::oci::digest::Digest;
use crate::secret::Secret;
use crate::services::{Call, Reply};

/// The most images that a call asks for: the target's, and ten more.
pub const MOST: usize = 11;

/// An image, and the digest of its manifest if the API knows it. The API has the digest from
/// whoever made the release, so the digest is no proof: it only says where to look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredImage {
    /// Where the image is stored.
    pub location: Location,
    /// The digest of its manifest.
    pub digest: Option<Digest>,
}

/// The call that asks for the images of the application's releases that `credential` may see: the
/// one whose manifest has this digest, or those of the newest releases. Releases of several images
/// are left out, because no name without a service means one of them.
pub fn images_call(
    config: &Config,
    slug: &Slug,
    digest: Option<Digest>,
    credential: Option<&Secret>,
) -> Call {
    let which = digest.map(|digest| format!("content_hash eq '{digest}' and "));
    let query = format!(
        "$top={MOST}&$select=is_stored_at__image_location,content_hash\
         &$filter={}status eq 'success' and release_image/any(i:i/is_part_of__release/any(\
         r:r/status eq 'success' and r/release_image/$count eq 1 \
         and r/belongs_to__application/any(a:a/slug eq '{}')))&$orderby=id desc",
        which.unwrap_or_default(),
        slug.as_str()
    );
    // As in `releases_call`, only spaces have to be encoded.
    get(config, format!("/v7/image?{}", query.replace(' ', "%20")), credential)
}

/// Reads the answer to an [`images_call`]. An image that is not on the registry is left out.
///
/// # Errors
/// [`Unserved`] if the API refused the caller, failed, or sent something else than images.
pub fn read_images(
    config: &Config,
    reply: &Reply<Vec<u8>>,
    caller: Caller,
) -> Result<Vec<StoredImage>, Unserved> {
    caller.served(reply)?;
    let answer = tree(&reply.body)?;
    let mut images = Vec::new();
    for row in json::list(&answer, "d")?.iter().take(MOST) {
        images.extend(stored(config, row)?);
    }
    Ok(images)
}

fn stored(config: &Config, row: &Value) -> Result<Option<StoredImage>, WrongField> {
    let location = json::optional_text(row, "is_stored_at__image_location")?.unwrap_or_default();
    let digest = json::optional_text(row, "content_hash")?;
    let digest = digest.and_then(|text| Digest::parse(text).ok());
    let location = Location::parse(location, &config.registry_hosts).ok();
    Ok(location.map(|location| StoredImage { location, digest }))
}
