//! What a name means by itself: the image of a release, or the index of siblings.

use std::borrow::Cow;

use crate::answer::Failure;
use crate::balena::location::Location;
use crate::exchange::Exchange;
use crate::oci::name::Name;
use crate::release::index::{self, Index, Written};
use crate::release::manifest;
use crate::release::pull::Granted;
use crate::services::{Incoming, Services};
use crate::session::{Meaning, Pull};
use crate::upstream::api::images::StoredImage;

/// What a name means, and the right to pull it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'a> {
    /// The image of a release.
    Release(Granted<'a>),
    /// The index of siblings.
    Index(Index<'a>),
}

impl<'a> Target<'a> {
    /// The target under `name` that a token gives the right to.
    pub(crate) fn new(name: &'a Name, pull: Pull<'a>) -> Self {
        let Pull { meaning, tag_until, token, has_credential } = pull;
        match meaning {
            Meaning::Release(location) => {
                Self::Release(Granted { name, location, tag_until, token, reads: None })
            }
            Meaning::Index(images) => {
                Self::Index(Index { name, images, tag_until, token, has_credential })
            }
        }
    }

    /// Until when a tag means it, in seconds since 1970.
    pub(super) fn tag_until(&self) -> u64 {
        match self {
            Self::Release(granted) => granted.tag_until,
            Self::Index(index) => index.tag_until,
        }
    }

    /// The upstream token for it.
    pub(super) fn token(&self) -> &'a str {
        match self {
            Self::Release(granted) => granted.token,
            Self::Index(index) => index.token,
        }
    }

    /// Where its images are stored, and where its index is kept, if it has one.
    pub(super) fn locations(&self) -> Vec<Cow<'a, Location>> {
        match self {
            Self::Release(granted) => vec![Cow::Borrowed(granted.location)],
            Self::Index(index) => {
                let images = index.images.iter().map(|(_, location)| Cow::Borrowed(location));
                images.chain([Cow::Owned(index.location())]).collect()
            }
        }
    }

    /// The manifest that a tag means, and where it is kept.
    ///
    /// # Errors
    /// [`Failure`] if there is none, or if upstream failed.
    pub(super) async fn by_tag<S: Services, I: Incoming>(
        self,
        exchange: &Exchange<'_, S, I>,
    ) -> Result<Written<S::Body>, Failure> {
        match self {
            Self::Index(index) => index::by_tag(exchange, index).await,
            Self::Release(granted) => {
                let served = manifest::by_tag(exchange, granted).await?;
                let (location, digest) = (granted.location.clone(), served.digest());
                Ok(Written { served, tagged: StoredImage { location, digest }.into() })
            }
        }
    }
}
