//! What pages show: an application with its releases, and a release with its image.
//!
//! Every call goes without a credential. A release is resolved as for an anonymous pull, so a page
//! shows no more than such a pull gives, and missing and private are one path here, too.

use std::slice;

use super::manifest::{self, Served};
use super::names;
use super::permission::Permission;
use super::pull::Granted;
use super::{config, token};
use crate::allowance::CLIENT;
use crate::answer::Failure;
use crate::balena::architecture::Architecture;
use crate::balena::reference::{ReleaseReference, Slug, is_slug};
use crate::exchange::Exchange;
use crate::oci::digest::Digest;
use crate::oci::image::{Config, Document};
use crate::oci::name::Name;
use crate::services::{Incoming, Services};
use crate::session::{Absence, Absent, Standing};
use crate::upstream::api::described::{Application, Which};

/// A release.
pub(crate) struct Shown {
    /// The application and this one release of it, as the API describes them.
    pub(crate) application: Option<Application>,
    /// What the name picks of it.
    pub(crate) picked: Picked,
}

/// What a name picks of a release.
pub(crate) enum Picked {
    /// Nothing: the release has several services, with these names.
    Services(Vec<String>),
    /// An image. `None` if its manifest is too long to be read.
    Image(Option<Image>),
    /// The images of siblings, which are for these architectures.
    Siblings(Vec<Architecture>),
}

/// An image.
pub(crate) struct Image {
    /// The digest of its manifest or index.
    pub(crate) digest: Digest,
    /// Its manifest or index.
    pub(crate) top: Document,
    /// The manifest of the first platform of an index.
    pub(crate) first: Option<Document>,
    /// The config: what the image runs, and its labels. `None` if it could not be read.
    pub(crate) config: Option<Config>,
}

impl Image {
    /// The manifest with the layers.
    pub(crate) fn document(&self) -> &Document {
        self.first.as_ref().unwrap_or(&self.top)
    }
}

/// An application with at most `most` of its releases, the newest, or those before a release. `None` if
/// nobody sees it without a credential.
///
/// # Errors
/// [`Failure`] if upstream failed.
pub(crate) async fn application<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    slug: &Slug,
    which: Which<'_>,
    most: usize,
) -> Result<Option<Application>, Failure> {
    let Exchange { task, incoming, .. } = exchange;
    let client = incoming.header(CLIENT).unwrap_or_default();
    let permission = Permission::new(task, &client, None);
    let (found, source) = names::described(task, &permission, slug, which, most).await?;
    task.trace.content(source);
    match found.selected.names().first() {
        Some(text) => Ok(Application::read(text)?),
        None => Ok(None),
    }
}

/// A release, or one of its services.
///
/// # Errors
/// [`Failure`] if nobody sees it without a credential, or if upstream failed.
pub(crate) async fn release<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    name: &Name,
    reference: &ReleaseReference,
) -> Result<Shown, Failure> {
    let slug = &reference.release.slug;
    let mut services = Vec::new();
    let mut asked = name.clone();
    loop {
        let session = token::session(exchange, slice::from_ref(&asked), None).await?;
        match session.standing(&asked) {
            Standing::Release { location, tag_until, token } => {
                let granted = Granted { name: &asked, location, tag_until, token };
                // The API is asked by the image's location, so that the page describes what is pulled,
                // even if the name means the newest of several releases.
                let application = application(exchange, slug, Which::StoredAt(location), 1).await?;
                let picked = match services.is_empty() {
                    true => Picked::Image(image(exchange, granted).await?),
                    false => Picked::Services(services),
                };
                return Ok(Shown { application, picked });
            }
            Standing::Index { images, .. } => {
                let picked = match services.is_empty() {
                    true => Picked::Siblings(images.iter().map(|(it, _)| *it).collect()),
                    false => Picked::Services(services),
                };
                return Ok(Shown { application: None, picked });
            }
            // The location of the first service finds what the API says of the release. The release
            // was resolved just now, so the second turn costs no second resolution.
            Standing::Absent(Absent { why: Absence::PickService(all), .. })
                if services.is_empty() && reference.service.is_none() =>
            {
                services.clone_from(all);
                match first_of(name, all) {
                    Some(first) => asked = first,
                    None => {
                        let picked = Picked::Services(services);
                        return Ok(Shown { application: None, picked });
                    }
                }
            }
            Standing::Absent(absent) => return Err(Failure::Absent(absent.clone().into())),
            Standing::Hosted(_) | Standing::NotAsked => return Err(Failure::NoSuchPage),
        }
    }
}

/// The name of a service of the release that `name` means. It may be too long for a name, or the
/// service no part of one.
pub(crate) fn of_service(name: &Name, service: &str) -> String {
    let selector = if is_slug(name) { "latest/" } else { "" };
    format!("{name}/{selector}{service}")
}

// The name with the first of the services that can be a part of a name.
fn first_of(name: &Name, services: &[String]) -> Option<Name> {
    services.iter().find_map(|service| Name::parse(&of_service(name, service)).ok())
}

async fn image<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
) -> Result<Option<Image>, Failure> {
    let Served::Whole(manifest) = manifest::by_tag(exchange, granted).await? else {
        return Ok(None);
    };
    let digest = manifest.digest;
    let Some(top) = Document::read(&manifest.text) else { return Ok(None) };
    let child = top.runnable().first().and_then(|it| it.digest());
    let first = match child {
        None => None,
        Some(digest) => match manifest::by_digest(exchange, granted, digest).await? {
            Served::Whole(manifest) => Document::read(&manifest.text),
            Served::Long(_) => None,
        },
    };
    let mut image = Image { digest, top, first, config: None };
    if let Some(digest) = image.document().config() {
        image.config = config(exchange, granted, digest).await;
    }
    Ok(Some(image))
}

// Digest and layers are worth a page alone, so the page does not fail if the config cannot be read.
async fn config<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    digest: Digest,
) -> Option<Config> {
    match config::read(exchange, granted, digest).await {
        Ok(config) => Config::read(&config.text),
        Err(failure) => {
            let why = failure.problem().unwrap_or_else(|| failure.to_string());
            exchange.task.trace.problem(format!("the config is not shown: {why}"));
            None
        }
    }
}
