//! The search for content by its digest. Under a name without a release, the content may be of any
//! release that a tag has selected before, in this isolate or another one.
//!
//! The manifests of the images say what belongs to them. Each stage is bounded, and each place comes
//! with an upstream token that allows its location. An index is written again by the right to all the
//! images in it, and is served by no other.

mod granted;

use std::borrow::Cow;
use std::cell::OnceCell;

use futures_util::FutureExt;

use super::Choice;
use super::content::Content;
use super::places::{Images, Places, Tagged};
use super::stage::{Place, Stage};
use super::target::Target;
use crate::answer::Failure;
use crate::balena::location::Location;
use crate::balena::reference::ReleaseReference;
use crate::exchange::Exchange;
use crate::kept::policy::Policy;
use crate::marks::back_off::Part;
use crate::oci::digest::Digest;
use crate::release::manifest;
use crate::release::permission::Permission;
use crate::release::place::tag;
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
        let selected = match (stage, &self.means) {
            (Stage::Target | Stage::Index, _) => return self.target(stage == Stage::Index).await,
            (_, None) => return Ok(Vec::new()),
            (Stage::Memory, Some(means)) => {
                let selected = self.in_memory(means);
                // While the API fails, the content may still be the target's.
                return Ok(self.found(means, selected, true).await.unwrap_or_default());
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
            Some(means) => self.within(means, selected).await,
            None => Ok(Vec::new()),
        }
    }

    /// Notes that the content was found there.
    pub(super) fn note(&self, place: Place<'_>) {
        let (Some(means), Some(tagged)) = (&self.means, place.tagged) else { return };
        let tagged = match self.content {
            // A manifest that belongs to an index is noted itself, because it lists the layers.
            Content::Manifest(digest) if tagged.siblings.is_empty() => {
                StoredImage { digest: Some(digest), ..tagged.image }.into()
            }
            Content::Manifest(_) | Content::Blob(_) => tagged,
        };
        means.places.note(&self.exchange.task, tagged);
    }

    // The places in the target: of its images, or of the index itself.
    async fn target(&self, is_index: bool) -> Result<Vec<Place<'s>>, Failure> {
        let Ok(target) = &self.choice.target else { return Ok(Vec::new()) };
        let locations = match target {
            Target::Index(index) => self.locations(*index, is_index).await?,
            Target::Release(_) if is_index => Vec::new(),
            Target::Release(granted) => vec![granted.location.clone()],
        };
        let token = Cow::Borrowed(target.token());
        let place = |location| Place { location, token: token.clone(), tagged: None };
        Ok(locations.into_iter().map(place).collect())
    }

    /// Whether the name means an application, and not siblings.
    pub(super) fn is_application(&self) -> bool {
        matches!(self.choice.target, Ok(Target::Release(_)))
    }

    fn in_memory(&self, means: &Means<'_>) -> Vec<Tagged> {
        let (task, digest) = (&self.exchange.task, self.content.digest());
        let names = |location: &Location, manifest: Digest| {
            manifest == digest
                || manifest::recall(task, location, manifest).is_some_and(|it| it.names(digest))
        };
        let has =
            |it: &Location| tag::remembered(task, it).is_some_and(|manifest| names(it, manifest));
        let mut selected = means.places.in_memory(task);
        selected.retain(|Tagged { image, siblings }| {
            !self.choice.is_target(image)
                && (image.digest.is_some_and(|manifest| names(&image.location, manifest))
                    || siblings.iter().any(|(_, it)| has(it)))
        });
        // Releases share layers. A layer that the target has, too, is served from the target.
        let target = self.choice.target.as_ref();
        let is_of_target =
            || target.is_ok_and(|target| target.locations().iter().any(|it| has(it)));
        if selected.is_empty() || is_of_target() {
            return Vec::new();
        }
        selected.truncate(1);
        selected
    }

    // The places of those to which the content belongs, or may belong. The target was searched
    // before.
    async fn within(
        &self,
        means: &Means<'s>,
        mut selected: Vec<Tagged>,
    ) -> Result<Vec<Place<'s>>, Failure> {
        let (mut listed, mut unread) = (Vec::new(), Vec::new());
        selected.retain(|it| !self.choice.is_target(&it.image));
        // At once: in a new isolate, each is read from the cache.
        let said = together(selected.iter().map(|it| self.lists(&it.image).boxed_local())).await;
        for (selected, said) in selected.into_iter().zip(said) {
            match said {
                Some(true) => listed.push(selected),
                Some(false) => {}
                None => unread.push(selected),
            }
        }
        match listed.is_empty() {
            true => self.found(means, unread, false).await,
            false => self.found(means, listed, true).await,
        }
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
    async fn read(&self, places: Vec<Place<'s>>) -> Result<Vec<Place<'s>>, Failure> {
        let read = async |place: &Place<'s>| {
            let digest = place.tagged.as_ref().and_then(|tagged| tagged.image.digest);
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

    // It is made when it is first needed, because reading the client's address costs a crossing
    // into JavaScript, and most requests need no permission.
    fn permission<'m>(&self, means: &'m Means<'_>) -> &'m Permission {
        means.permission.get_or_init(|| Permission::new(self.exchange, means.credential))
    }

    // What the API tells: the image with this digest, or those of the newest releases.
    async fn told(
        &self,
        means: &Means<'_>,
        digest: Option<Digest>,
    ) -> Result<Vec<Tagged>, Failure> {
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
        let images: Vec<_> = images.into_iter().map(Tagged::from).collect();
        policy.keep(task, Images::told_now(task, images.clone()));
        Ok(images)
    }
}
