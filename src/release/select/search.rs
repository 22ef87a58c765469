//! The search for content by its digest. Under a name without a release, the content may be of any
//! release that a tag has selected before, in this isolate or another one.
//!
//! The manifests of the images say what belongs to them. Each stage is bounded, and each place comes
//! with an upstream token that allows its location.

use std::borrow::Cow;
use std::cell::OnceCell;

use futures_util::FutureExt;

use super::Choice;
use super::content::Content;
use super::places::{Images, Places};
use super::stage::{Place, Stage};
use super::target::Target;
use crate::allowance::CLIENT;
use crate::answer::Failure;
use crate::balena::location::Location;
use crate::balena::reference::ReleaseReference;
use crate::exchange::Exchange;
use crate::kept::policy::Policy;
use crate::marks::back_off::Part;
use crate::oci::digest::Digest;
use crate::release::permission::Permission;
use crate::release::place::tag;
use crate::release::{access, index, manifest};
use crate::secret::Secret;
use crate::services::{Incoming, Services};
use crate::together::together;
use crate::upstream::api::images::{self, StoredImage};
use crate::upstream::api::{self, Caller};
use crate::upstream::attempt::Attempt;

/// The search for one content in the name of one caller.
pub(super) struct Search<'s, S, I> {
    exchange: &'s Exchange<'s, S, I>,
    choice: &'s Choice<'s>,
    content: Content,
    /// How to look elsewhere than in the target, if that is possible.
    means: Option<Means<'s>>,
}

struct Means<'s> {
    credential: Option<&'s Secret>,
    places: Places,
    permission: OnceCell<Permission>,
}

impl<'s, S: Services, I: Incoming> Search<'s, S, I> {
    /// A search.
    pub(super) fn new(
        exchange: &'s Exchange<'s, S, I>,
        choice: &'s Choice<'s>,
        content: Content,
    ) -> Self {
        let means = choice.credential().map(|credential| {
            let places = Places::of(&exchange.task, choice.name, credential);
            Means { credential, places, permission: OnceCell::new() }
        });
        Self { exchange, choice, content, means }
    }

    /// The places of a stage.
    ///
    /// # Errors
    /// [`Failure`] if upstream failed or refused the credential, or if the client is over its
    /// limit.
    pub(super) async fn places(&self, stage: Stage) -> Result<Vec<Place<'s>>, Failure> {
        let task = &self.exchange.task;
        let images = match (stage, &self.means) {
            (Stage::Target, _) => return self.target().await,
            (Stage::Index, _) => return self.index().await,
            (_, None) => return Ok(Vec::new()),
            (Stage::Memory, Some(means)) => {
                let images = self.in_memory(means);
                // While the API fails, the content may still be the target's.
                return Ok(self.with_token(means, images).await.unwrap_or_default());
            }
            (Stage::Selected, Some(means)) => means.places.everywhere(task).await,
            // For a name that was not found, the API is not asked: the calls are the same whether
            // the application is private or missing. Behind a name of siblings is no application.
            (Stage::Digest | Stage::Newest, _) if !self.is_application() => Vec::new(),
            (Stage::Digest, Some(means)) => match self.content {
                Content::Manifest(digest) => self.told(means, Some(digest)).await?,
                Content::Blob(_) => Vec::new(),
            },
            (Stage::Newest, Some(means)) => self.told(means, None).await?,
        };
        match &self.means {
            Some(means) => self.within(means, images).await,
            None => Ok(Vec::new()),
        }
    }

    /// Notes that the content was found there.
    pub(super) fn note(&self, place: Place<'_>) {
        let (Some(means), Some(image)) = (&self.means, place.image) else { return };
        // A manifest that belongs to an index is noted itself, because it lists the layers.
        let image = match self.content {
            Content::Manifest(digest) => StoredImage { digest: Some(digest), ..image },
            Content::Blob(_) => image,
        };
        means.places.note(&self.exchange.task, vec![image]);
    }

    async fn target(&self) -> Result<Vec<Place<'s>>, Failure> {
        let Ok(target) = self.choice.target else { return Ok(Vec::new()) };
        let locations = match target {
            Target::Release(_) => target.locations(),
            Target::Index(index) => {
                let holders = index::holders(self.exchange, index, self.content.digest()).await?;
                holders.into_iter().map(Cow::Borrowed).collect()
            }
        };
        let token = Cow::Borrowed(target.token());
        let place = |location| Place { location, token: token.clone(), image: None };
        Ok(locations.into_iter().map(place).collect())
    }

    async fn index(&self) -> Result<Vec<Place<'s>>, Failure> {
        let (Ok(Target::Index(index)), Content::Manifest(_)) = (&self.choice.target, self.content)
        else {
            return Ok(Vec::new());
        };
        match index::write_again(self.exchange, *index).await {
            Ok(location) => Ok(vec![Place {
                location: Cow::Owned(location),
                token: Cow::Borrowed(index.token),
                image: None,
            }]),
            Err(Failure::ManifestUnknown) => Ok(Vec::new()),
            Err(other) => Err(other),
        }
    }

    fn is_application(&self) -> bool {
        matches!(self.choice.target, Ok(Target::Release(_)))
    }

    fn in_memory(&self, means: &Means<'_>) -> Vec<StoredImage> {
        let (task, digest) = (&self.exchange.task, self.content.digest());
        let names = |location: &Location, manifest: Digest| {
            manifest == digest
                || manifest::recall(task, location, manifest).is_some_and(|it| it.names(digest))
        };
        let mut images = means.places.in_memory(task);
        images.retain(|image| {
            !self.choice.is_target(image)
                && image.digest.is_some_and(|manifest| names(&image.location, manifest))
        });
        // Releases share layers. A layer that the target has, too, is served from the target.
        let has = |it: &Cow<'_, Location>| {
            tag::remembered(task, it).is_some_and(|manifest| names(it, manifest))
        };
        let is_of_target =
            || self.choice.target.as_ref().is_ok_and(|target| target.locations().iter().any(has));
        if images.is_empty() || is_of_target() {
            return Vec::new();
        }
        images.truncate(1);
        images
    }

    // Those of the images to which the content belongs, or may belong.
    async fn within(
        &self,
        means: &Means<'s>,
        images: Vec<StoredImage>,
    ) -> Result<Vec<Place<'s>>, Failure> {
        let (mut listed, mut unread) = (Vec::new(), Vec::new());
        let images: Vec<_> = images.into_iter().filter(|image| self.may_have(image)).collect();
        // At once: in a new isolate, each is read from the cache.
        let said = together(images.iter().map(|image| self.lists(image).boxed_local())).await;
        for (image, said) in images.into_iter().zip(said) {
            match said {
                Some(true) => listed.push(image),
                Some(false) => {}
                None => unread.push(image),
            }
        }
        if listed.is_empty() {
            return self.read(means, unread).await;
        }
        self.with_token(means, listed).await
    }

    // The target was searched before. The location of an index has none of the images that it lists.
    fn may_have(&self, image: &StoredImage) -> bool {
        let is_itself = image.digest == Some(self.content.digest());
        !self.choice.is_target(image) && (is_itself || !image.location.is_of_several())
    }

    // Whether the content belongs to the image, if its kept manifest says so.
    async fn lists(&self, image: &StoredImage) -> Option<bool> {
        let (manifest, digest) = (image.digest?, self.content.digest());
        if manifest == digest {
            return Some(true);
        }
        manifest::kept(&self.exchange.task, &image.location, manifest).await?.lists(digest)
    }

    // Reads the images' manifests from the registry.
    async fn read(
        &self,
        means: &Means<'s>,
        images: Vec<StoredImage>,
    ) -> Result<Vec<Place<'s>>, Failure> {
        let places = self.with_token(means, images).await?;
        // Somebody may make an app whose manifests are never kept or never searched, because they are
        // long. Each request would ask the registry about all of them, so the limit applies.
        if !places.is_empty() {
            self.permission(means).check(&self.exchange.task).await?;
        }
        let read = async |place: &Place<'s>| {
            let digest = place.image.as_ref().and_then(|image| image.digest);
            manifest::read(self.exchange, place.granted(self.choice), digest).await
        };
        let manifests = together(places.iter().map(|place| read(place).boxed_local())).await;
        let (mut found, mut fault) = (Vec::new(), None);
        for (place, manifest) in places.into_iter().zip(manifests) {
            match manifest.map(|it| it.and_then(|it| it.lists(self.content.digest()))) {
                Ok(Some(false)) => {}
                Ok(Some(true) | None) => found.push(place),
                Err(failure @ Failure::Upstream(_)) => fault = Some(failure),
                Err(_) => {}
            }
        }
        match fault {
            Some(fault) if found.is_empty() => Err(fault),
            Some(_) | None => Ok(found),
        }
    }

    // The images that the caller may pull, with one token for all of them.
    async fn with_token(
        &self,
        means: &Means<'s>,
        images: Vec<StoredImage>,
    ) -> Result<Vec<Place<'s>>, Failure> {
        if images.is_empty() {
            return Ok(Vec::new());
        }
        let stored = images.iter().filter(|image| !image.location.is_of_several());
        let locations: Vec<_> = stored.map(|image| &image.location).collect();
        let token = match &locations[..] {
            // An index is kept for this caller alone, and upstream does not have it.
            [] => None,
            locations => {
                let (task, permission) = (&self.exchange.task, self.permission(means));
                Some(access::token(task, permission, locations, means.credential, None).await?)
            }
        };
        let allows = |location: &Location| {
            location.is_of_several() || token.as_ref().is_some_and(|token| token.allows(location))
        };
        let text = token.as_ref().map_or("", |token| token.token.expose());
        let place = |image: StoredImage| Place {
            location: Cow::Owned(image.location.clone()),
            token: Cow::Owned(text.to_owned()),
            image: Some(image),
        };
        let allowed = images.into_iter().filter(|image| allows(&image.location));
        Ok(allowed.map(place).collect())
    }

    // It is made when it is first needed, because reading the client's address costs a crossing
    // into JavaScript, and most requests need no permission.
    fn permission<'m>(&self, means: &'m Means<'_>) -> &'m Permission {
        means.permission.get_or_init(|| {
            let client = self.exchange.incoming.header(CLIENT).unwrap_or_default();
            Permission::new(&self.exchange.task, &client, means.credential)
        })
    }

    // What the API tells: the image with this digest, or those of the newest releases.
    async fn told(
        &self,
        means: &Means<'_>,
        digest: Option<Digest>,
    ) -> Result<Vec<StoredImage>, Failure> {
        let task = &self.exchange.task;
        let config = &task.deployment.config;
        let Ok(reference) = ReleaseReference::parse(self.choice.name) else {
            return Ok(Vec::new());
        };
        let policy = means.places.told(digest, config.numbers.lifetimes.target);
        if let Some(images) = policy.recall(task) {
            return Ok(images.images.clone());
        }
        self.permission(means).check(task).await?;
        let slug = &reference.release.slug;
        let call = images::images_call(config, slug, digest, means.credential);
        let attempt = Attempt { part: Part::Releases, call: &call, has_fallback: false };
        let reply = attempt.send_and_read_whole(task, api::MAX_ANSWER).await?;
        let images = images::read_images(config, &reply, Caller::with(means.credential))?;
        policy.keep(task, Images::told_now(task, images.clone()));
        Ok(images)
    }
}
