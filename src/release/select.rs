//! Manifests and blobs of a name. If the name has no release, the tag may select one
//! (`TAGS=select`): `org/app:2.3.8` means what `org/app/2.3.8` means.
//!
//! The token was made before the client said the tag. So a selecting tag is looked up when its
//! manifest is asked for, with the same rights and by the same steps as the token endpoint looks up
//! names. Manifests and blobs that a client then asks for by digest do not say which release they
//! belong to: [`search`] finds them.

mod content;
mod places;
mod search;
mod stage;
mod target;

use std::slice;

use self::content::Content;
use self::places::Places;
pub(super) use self::places::Tagged;
use self::search::Search;
use self::stage::{STAGES, Stage};
pub(crate) use self::target::Target;
use super::token;
use crate::answer::{Answer, Failure};
use crate::balena::reference::selected_by_tag;
use crate::exchange::Exchange;
use crate::oci::challenge::TokenError;
use crate::oci::digest::Digest;
use crate::oci::name::Name;
use crate::oci::reference::{Reference, Tag};
use crate::secret::Secret;
use crate::services::{Incoming, Services};
use crate::session::{Absence, Absent, Asker, Session, Standing};
use crate::upstream::api::images::StoredImage;

/// A name, and what a token says of it.
pub(crate) struct Choice<'a> {
    name: &'a Name,
    target: Result<Target<'a>, Box<Absent>>,
    /// In whose name a tag selects. `None` if no tag does: the name has its release, or tags are
    /// ignored.
    asker: Option<&'a Asker>,
}

impl<'a> Choice<'a> {
    /// The choice between the target that is `granted` and what tags select in the name of `asker`.
    ///
    /// # Errors
    /// The failure of the grant, unless a tag can select a release although there is no target.
    pub(crate) fn new(
        name: &'a Name,
        granted: Result<Target<'a>, Failure>,
        asker: Option<&'a Asker>,
    ) -> Result<Self, Failure> {
        let target = match granted {
            Ok(granted) => Ok(granted),
            Err(Failure::Absent(absent)) if asker.is_some() => Err(absent),
            Err(other) => return Err(other),
        };
        Ok(Self { name, target, asker })
    }

    // The credential for look-ups, which an anonymous caller does not have. The outer `None` means
    // that nothing can be looked up.
    fn credential(&self) -> Option<Option<&'a Secret>> {
        match self.asker {
            Some(Asker::Anybody) => Some(None),
            Some(Asker::Holder(credential)) => Some(Some(credential)),
            Some(Asker::Untold) | None => None,
        }
    }

    /// The target.
    ///
    /// # Errors
    /// The failure if the token does not grant it at `now`.
    pub(crate) fn target(&self, now: u64) -> Result<Target<'a>, Failure> {
        self.target.clone().map_err(|absent| match absent.until <= now {
            // The name may mean something by now.
            true => self.wants_new_token(),
            false => Failure::Absent(absent),
        })
    }

    // Whoever may pull the target is told that the tag is missing. To everybody else, the tag is
    // refused as the name is.
    fn unselected(&self, absent: Absent) -> Failure {
        match (&self.target, &absent.why) {
            (Ok(_), Absence::NotFound | Absence::NewestAre(_)) => {
                Failure::NotSelected(absent.into())
            }
            (Ok(_), Absence::PickService(_) | Absence::Ambiguous(_) | Absence::Unavailable(_))
            | (Err(_), _) => Failure::Absent(absent.into()),
        }
    }

    // Until when the token says what the target is, or that there is none.
    fn until(&self) -> u64 {
        match &self.target {
            Ok(target) => target.tag_until(),
            Err(absent) => absent.until,
        }
    }

    fn is_target(&self, image: &StoredImage) -> bool {
        self.target
            .as_ref()
            .is_ok_and(|target| target.locations().iter().any(|it| **it == image.location))
    }

    fn wants_new_token(&self) -> Failure {
        let error = Some(TokenError::Invalid);
        Failure::Unauthenticated { name: Some(self.name.clone()), error }
    }

    // If the API has refused the credential, the client asks the token endpoint, which says so.
    fn told(&self, failure: Failure) -> Failure {
        match failure {
            Failure::WrongCredentials => self.wants_new_token(),
            other => other,
        }
    }
}

/// Serves a manifest: the one that a tag means or selects, or the one with a digest.
///
/// # Errors
/// [`Failure`] if there is none, or if upstream failed.
pub(crate) async fn manifest<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    choice: &Choice<'_>,
    reference: Reference,
) -> Result<Answer<S::Body>, Failure> {
    match reference {
        Reference::Digest(digest) => find(exchange, choice, Content::Manifest(digest)).await,
        Reference::Tag(tag) => by_tag(exchange, choice, &tag).await,
    }
}

/// Serves a blob.
///
/// # Errors
/// [`Failure`] if there is none, or if upstream failed.
pub(crate) async fn blob<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    choice: &Choice<'_>,
    digest: Digest,
) -> Result<Answer<S::Body>, Failure> {
    find(exchange, choice, Content::Blob(digest)).await
}

async fn by_tag<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    choice: &Choice<'_>,
    tag: &Tag,
) -> Result<Answer<S::Body>, Failure> {
    if tag.is_attachment() {
        return Err(Failure::ManifestUnknown);
    }
    let release = match choice.asker {
        Some(_) => selected_by_tag(choice.name, tag).map_err(|_| Failure::ManifestUnknown)?,
        None => None,
    };
    let session = match &release {
        Some(release) => Some(session(exchange, choice, release).await?),
        None => None,
    };
    let granted = match (&session, &release) {
        (Some(session), Some(release)) => granted(choice, session, release)?,
        (None, _) | (_, None) => choice.target(exchange.task.services.now())?,
    };
    let written = match (granted.by_tag(exchange).await, release) {
        (Err(Failure::Denied(_)), Some(name)) => {
            let until = granted.tag_until();
            return Err(choice.unselected(Absent { name, why: Absence::NotFound, until }));
        }
        (written, _) => written?,
    };
    if let Some(credential) = choice.credential()
        && !choice.is_target(&written.tagged.image)
    {
        Places::of(&exchange.task, choice.name, credential).note(&exchange.task, written.tagged);
    }
    Ok(written.served.answer(exchange.incoming))
}

// What the token endpoint would find out about the release.
async fn session<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    choice: &Choice<'_>,
    release: &Name,
) -> Result<Session, Failure> {
    let now = exchange.task.services.now();
    // The time of the target bounds what any tag means. Otherwise a token that somebody stole would
    // look up releases for as long as it lives.
    if choice.until() <= now {
        return Err(choice.wants_new_token());
    }
    let Some(credential) = choice.credential() else {
        return Err(Failure::ReleaseAsTag(release.clone()));
    };
    let session = token::session(exchange, slice::from_ref(release), credential).await;
    session.map_err(|failure| choice.told(failure))
}

fn granted<'s>(
    choice: &'s Choice<'_>,
    session: &'s Session,
    release: &Name,
) -> Result<Target<'s>, Failure> {
    match session.standing(release) {
        Standing::Pull(pull) => Ok(Target::new(choice.name, pull)),
        Standing::Absent(absent) => Err(choice.unselected(absent.clone())),
        // The session was made for the release alone.
        Standing::Hosted(_) | Standing::NotAsked => Err(Failure::ManifestUnknown),
    }
}

async fn find<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    choice: &Choice<'_>,
    content: Content,
) -> Result<Answer<S::Body>, Failure> {
    if let Ok(target) = &choice.target
        && let Some(answer) =
            target.locations().iter().find_map(|it| content.recalled(exchange, it))
    {
        return Ok(answer);
    }
    let search = Search::new(exchange, choice, content);
    // How siblings of the target fail. Another one, or what a tag has selected, may have the content.
    let mut failed = None;
    for stage in STAGES {
        // An index is written from all siblings.
        if stage == Stage::Index && failed.is_some() {
            continue;
        }
        let places = search.places(stage).await.or_else(|failure| {
            let is_of_siblings = matches!(stage, Stage::Target | Stage::Index);
            bear(&mut failed, choice.told(failure), is_of_siblings).map(|()| Vec::new())
        })?;
        for place in places {
            match content.serve(exchange, place.granted(choice)).await {
                Ok(answer) => {
                    search.note(place);
                    return Ok(answer);
                }
                Err(Failure::Denied(_)) if !place.is_target() => {}
                Err(failure) => {
                    let denies = matches!(failure, Failure::Denied(_));
                    bear(&mut failed, failure, denies && !search.is_application())?;
                }
            }
        }
    }
    let absent = || choice.target(exchange.task.services.now()).err();
    Err(failed.or_else(absent).unwrap_or_else(|| content.unknown()))
}

// Whether the search goes on after a failure. It is remembered if it is not about the content.
fn bear(
    failed: &mut Option<Failure>,
    failure: Failure,
    others_may_have_it: bool,
) -> Result<(), Failure> {
    match failure {
        Failure::ManifestUnknown | Failure::BlobUnknown => Ok(()),
        other if others_may_have_it => {
            *failed = Some(other);
            Ok(())
        }
        other => Err(other),
    }
}
