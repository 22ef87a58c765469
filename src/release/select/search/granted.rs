//! Which places the caller may pull now. Rights are asked for at each search: a selected image or
//! index may have become private since.

use std::borrow::Cow;
use std::iter;

use super::{Means, Search};
use crate::answer::Failure;
use crate::balena::location::Location;
use crate::release::access;
use crate::release::index::{self, Index};
use crate::release::select::content::Content;
use crate::release::select::places::Tagged;
use crate::release::select::stage::Place;
use crate::services::{Incoming, Services};

impl<'s, S: Services, I: Incoming> Search<'s, S, I> {
    /// The places of those that the caller may pull. `is_listed` says that the content belongs to
    /// them. Otherwise it may belong to them, and their manifests are read.
    ///
    /// # Errors
    /// [`Failure`] if upstream failed or refused the credential, or if the client is over its limit.
    pub(super) async fn found(
        &self,
        means: &Means<'s>,
        selected: Vec<Tagged>,
        is_listed: bool,
    ) -> Result<Vec<Place<'s>>, Failure> {
        // Somebody may make an app whose manifests are never kept or never searched, because they are
        // long. Each request would ask the registry about all of them, so the limit applies.
        if !(is_listed || selected.is_empty()) {
            self.permission(means).check(&self.exchange.task).await?;
        }
        let (images, indexes): (Vec<_>, Vec<_>) =
            selected.into_iter().partition(|it| it.siblings.is_empty());
        let each = indexes.into_iter().map(|it| vec![it]);
        for together in iter::once(images).chain(each).filter(|it| !it.is_empty()) {
            let is_read = is_listed || together.iter().any(|it| !it.siblings.is_empty());
            let places = self.allowed(means, together).await?;
            let places = if is_read { places } else { self.read(places).await? };
            if !places.is_empty() {
                return Ok(places);
            }
        }
        Ok(Vec::new())
    }

    // The places in some images, or in one index, that the caller may pull, by one token. Whoever may
    // pull only some of an index is answered as if the others had never been there: the index of
    // fewer images is another one.
    async fn allowed(
        &self,
        means: &Means<'s>,
        selected: Vec<Tagged>,
    ) -> Result<Vec<Place<'s>>, Failure> {
        let (task, permission) = (&self.exchange.task, self.permission(means));
        let locations: Vec<_> = selected.iter().flat_map(Tagged::locations).collect();
        let token = access::token(task, permission, &locations, means.credential, None).await?;
        let mut places = Vec::new();
        for tagged in selected {
            let mut images = tagged.siblings.clone();
            images.retain(|(_, location)| token.allows(location));
            let index = Index {
                name: self.choice.name,
                images: &images,
                tag_until: 0,
                token: token.token.expose(),
                has_credential: means.credential.is_some(),
            };
            let is_index = tagged.image.digest == Some(self.content.digest());
            let found = match tagged.siblings.is_empty() {
                true if token.allows(&tagged.image.location) => {
                    vec![tagged.image.location.clone()]
                }
                true => Vec::new(),
                false => match self.locations(index, is_index).await {
                    Err(Failure::ManifestUnknown | Failure::Denied(_)) => Vec::new(),
                    found => found?,
                },
            };
            places.extend(found.into_iter().map(|location| Place {
                location,
                token: Cow::Owned(token.token.expose().to_owned()),
                tagged: Some(tagged.clone()),
            }));
        }
        Ok(places)
    }

    /// Where an index is kept once it is written again, or which of its images may have the content.
    ///
    /// # Errors
    /// [`Failure`] if there is none, or if upstream failed.
    pub(super) async fn locations(
        &self,
        index: Index<'_>,
        is_index: bool,
    ) -> Result<Vec<Location>, Failure> {
        Ok(match self.content {
            Content::Manifest(_) if is_index => {
                vec![index::write_again(self.exchange, index).await?]
            }
            Content::Blob(_) if is_index => Vec::new(),
            Content::Manifest(digest) | Content::Blob(digest) => {
                index::holders(self.exchange, index, digest).await?
            }
        })
    }
}
