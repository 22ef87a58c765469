//! What pages show: an application with its releases, and a release with its image.
//!
//! Every call goes without a credential. A release is resolved as for an anonymous pull, so a page
//! shows no more than such a pull gives, and missing and private are one path here, too.

use std::slice;

use serde_json::Value;

use super::config::{self, Excerpt};
use super::manifest::{self, Manifest, Served};
use super::permission::{Permission, Reads};
use super::pull::Granted;
use super::{names, token};
use crate::answer::Failure;
use crate::balena::architecture::Architecture;
use crate::balena::location::Location;
use crate::balena::reference::{ReleaseReference, Slug, is_slug};
use crate::exchange::Exchange;
use crate::oci::digest::Digest;
use crate::oci::image::{self, Document};
use crate::oci::name::Name;
use crate::services::{Incoming, Services};
use crate::session::{Absence, Absent, Meaning, Pull, Standing};
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
    /// What its config says. `None` if it could not be read.
    pub(crate) config: Option<Config>,
}

/// What a page shows of a config, as a list of texts: what the image runs on, what the fields [`RUN`] say,
/// and the labels, each name with its value after it. What the config does not say is empty.
pub(crate) struct Config(Vec<Value>);

/// The fields of a config about how containers are run.
pub(crate) const RUN: [&str; 4] = ["Entrypoint", "Cmd", "User", "WorkingDir"];

const EXCERPT: Excerpt = Excerpt { kind: "config/2/", of: Config::excerpt };

impl Image {
    /// The manifest with the layers.
    pub(crate) fn document(&self) -> &Document {
        self.first.as_ref().unwrap_or(&self.top)
    }
}

impl Config {
    /// What the image runs on, as `os/architecture/variant`.
    pub(crate) fn platform(&self) -> &str {
        self.text(0)
    }

    /// What a field of [`RUN`] says.
    pub(crate) fn run(&self, field: usize) -> &str {
        self.text(1 + field)
    }

    /// The labels, in the order of their names.
    pub(crate) fn labels(&self) -> Vec<(&str, &str)> {
        let names = (1 + RUN.len()..self.0.len()).step_by(2);
        names.map(|at| (self.text(at), self.text(at + 1))).collect()
    }

    fn text(&self, at: usize) -> &str {
        self.0.get(at).and_then(Value::as_str).unwrap_or_default()
    }

    // The list, as it is kept.
    fn excerpt(config: &str) -> String {
        let Some(config) = image::Config::read(config) else { return String::new() };
        let mut texts = vec![config.platform().unwrap_or_default()];
        for field in RUN {
            texts.push(config.said(field).unwrap_or_default());
        }
        for (name, value) in config.labels() {
            texts.push(name.to_owned());
            texts.push(value.to_owned());
        }
        serde_json::to_string(&texts).expect("texts always serialize")
    }

    fn read(excerpt: &str) -> Option<Self> {
        match serde_json::from_slice(excerpt.as_bytes()) {
            Ok(Value::Array(texts)) => Some(Self(texts)),
            Ok(_) | Err(_) => None,
        }
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
    let Exchange { task, .. } = exchange;
    let permission = Permission::new(exchange, None);
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
    let session = token::session(exchange, slice::from_ref(name), None).await?;
    match session.standing(name) {
        Standing::Pull(Pull { meaning: Meaning::Release(location), tag_until, token, .. }) => {
            let application = stored_at(exchange, slug, location).await?;
            let reads = Some(&Reads::default());
            let granted = Granted { name, location, tag_until, token, reads };
            Ok(Shown { application, picked: Picked::Image(image(exchange, granted).await?) })
        }
        Standing::Pull(Pull { meaning: Meaning::Index(images), .. }) => {
            let picked = Picked::Siblings(images.iter().map(|(it, _)| *it).collect());
            Ok(Shown { application: None, picked })
        }
        Standing::Absent(Absent { why: Absence::PickService(all), .. })
            if reference.service.is_none() =>
        {
            let application = match first_of(name, all) {
                Some(first) => with_service(exchange, slug, &first).await?,
                None => None,
            };
            Ok(Shown { application, picked: Picked::Services(all.clone()) })
        }
        Standing::Absent(absent) => Err(Failure::Absent(absent.clone().into())),
        Standing::Hosted(_) | Standing::NotAsked => Err(Failure::NoSuchPage),
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

// What the API says of the release with this service. `None` if it is one of siblings. The release was
// resolved just now, so its service costs no second resolution.
async fn with_service<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    slug: &Slug,
    service: &Name,
) -> Result<Option<Application>, Failure> {
    let session = token::session(exchange, slice::from_ref(service), None).await?;
    match session.standing(service) {
        Standing::Pull(Pull { meaning: Meaning::Release(location), .. }) => {
            stored_at(exchange, slug, location).await
        }
        Standing::Pull(Pull { meaning: Meaning::Index(_), .. }) => Ok(None),
        Standing::Absent(absent) => Err(Failure::Absent(absent.clone().into())),
        Standing::Hosted(_) | Standing::NotAsked => Err(Failure::NoSuchPage),
    }
}

// The API is asked by the image's location, so that the page describes what is pulled, even if the
// name means the newest of several releases.
async fn stored_at<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    slug: &Slug,
    location: &Location,
) -> Result<Option<Application>, Failure> {
    application(exchange, slug, Which::StoredAt(location), 1).await
}

async fn image<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
) -> Result<Option<Image>, Failure> {
    let Served::Whole(top) = manifest::by_tag(exchange, granted).await? else {
        return Ok(None);
    };
    let first = match read(&top).and_then(|top| top.runnable().first()?.digest()) {
        None => None,
        Some(digest) => match manifest::by_digest(exchange, granted, digest).await? {
            Served::Whole(manifest) => Some(manifest),
            Served::Long(_) => None,
        },
    };
    let described = first.as_ref().unwrap_or(&top);
    let config = match read(described).and_then(|it| it.config()) {
        Some(digest) => config(exchange, granted, digest).await,
        None => None,
    };
    let first = first.and_then(|first| read(&first));
    Ok(read(&top).map(|document| Image { digest: top.digest, top: document, first, config }))
}

// Read where it is used: a tree takes up to sixty times its text, so none may lie in memory while the
// page waits for upstream.
fn read(manifest: &Manifest) -> Option<Document> {
    Document::read(&manifest.text)
}

// Digest and layers are worth a page alone, so the page does not fail if the config cannot be read.
async fn config<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    digest: Digest,
) -> Option<Config> {
    match config::read(exchange, granted, digest, EXCERPT).await {
        Ok(excerpt) => Config::read(&excerpt),
        Err(failure) => {
            let why = failure.problem().unwrap_or_else(|| failure.to_string());
            exchange.task.trace.problem(format!("the config is not shown: {why}"));
            None
        }
    }
}
