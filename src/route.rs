//! Routes: what a request is for, from its method and its raw URL alone.

pub mod hosted;
pub mod manage;
pub mod page;

use http::Method;

use crate::account::name::{ImageName, is_hosted};
use crate::answer::Failure;
use crate::oci::digest::Digest;
use crate::oci::name::Name;
use crate::oci::path::Path;
use crate::oci::reference::Reference;
use crate::refusal::Refusal;
use crate::route::hosted::Request;
use crate::route::manage::{NoOperation, Operation};
use crate::route::page::Page;

const TOKENS: &str = "/auth/v1/token";

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// A page that answers everybody, whatever the settings and the host asked for. Every other route
    /// needs settings that make sense.
    Open(Open),
    /// A token, asked for in the query.
    TokenQuery(&'a str),
    /// A token, asked for in a form.
    TokenForm,
    /// Whether a token is good.
    Base,
    /// The repositories that everybody may see; the raw query pages them.
    Catalog(&'a str),
    /// Something of a repository, which needs a grant for its name.
    Pull(Name, Item<'a>),
    /// Something of a hosted image. Where hosting is off, [`Self::of_release`] is its route.
    Hosted(Name, ImageName, Request<'a>),
    /// Something of the management API, and the raw query.
    Manage(Result<Operation, NoOperation>, &'a str),
    /// A page for people. To anybody else it is not there.
    Page(Page<'a>),
    /// A request that is refused for every caller.
    Refused(Failure),
}

/// A page that answers everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// Whether the Worker runs at all.
    Ping,
    /// Whether its settings make sense.
    Health,
}

/// What is read of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A manifest.
    Manifest(Reference),
    /// A blob.
    Blob(Digest),
    /// The list of tags; the query pages it.
    Tags {
        /// The raw query.
        query: &'a str,
    },
    /// What refers to a digest.
    Referrers {
        /// The raw query.
        query: &'a str,
    },
}

impl Open {
    /// Every page that answers everybody.
    pub const ALL: [Self; 2] = [Self::Ping, Self::Health];

    /// Its path.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Ping => "/ping",
            Self::Health => "/healthz",
        }
    }

    /// What it is called in the log.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Health => "health",
        }
    }
}

impl<'a> Route<'a> {
    /// The route of a request; every request has one. `target` is the raw path and query.
    pub fn parse(method: &Method, target: &'a str) -> Self {
        Self::new(method, target, true)
    }

    /// The route of a request if hosting is off.
    pub fn of_release(method: &Method, target: &'a str) -> Self {
        Self::new(method, target, false)
    }

    /// Whether it is about something hosted, as far as the name alone tells.
    pub fn is_hosted(&self) -> bool {
        match self {
            Self::Hosted(..) | Self::Refused(Failure::Hosted(_)) => true,
            Self::Open(_) | Self::TokenQuery(_) | Self::TokenForm | Self::Base => false,
            Self::Catalog(_) | Self::Pull(..) | Self::Manage(..) => false,
            Self::Page(_) | Self::Refused(_) => false,
        }
    }

    /// Whether the answer depends on `Accept`: somebody with a browser gets a page, also about a
    /// failure, and anybody else gets a text.
    pub fn is_page(&self) -> bool {
        matches!(self, Self::Page(_) | Self::Refused(Failure::NoSuchPage))
    }

    /// Whether it asks for a tag or for the list of tags. People name images by tags, so most pulls
    /// begin with such a request.
    pub fn is_by_tag(&self) -> bool {
        match self {
            Self::Pull(_, Item::Manifest(Reference::Tag(_)) | Item::Tags { .. })
            | Self::Hosted(_, _, Request::ReadManifest(Reference::Tag(_)) | Request::Tags(_)) => {
                true
            }
            Self::Open(_) | Self::TokenQuery(_) | Self::TokenForm | Self::Base => false,
            Self::Catalog(_) | Self::Pull(..) | Self::Hosted(..) | Self::Manage(..) => false,
            Self::Page(_) | Self::Refused(_) => false,
        }
    }

    fn new(method: &Method, target: &'a str, hosting: bool) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let reads = matches!(*method, Method::GET | Method::HEAD);
        match path {
            TOKENS => match *method {
                Method::GET => Self::TokenQuery(query),
                Method::POST => Self::TokenForm,
                _ => Self::Refused(Failure::Method("GET, POST")),
            },
            _ => match Path::parse(path) {
                None => Self::elsewhere(method, path, query),
                Some(Err(reason)) => Self::Refused(Failure::Path(reason)),
                Some(Ok(path)) => {
                    match path.name().filter(|it| hosting && is_hosted(it.as_str())) {
                        Some(name) => Self::hosted(method, name.clone(), path, query),
                        None => Self::registry(path, reads, query),
                    }
                }
            },
        }
    }

    /// What it is called in the log.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Open(page) => page.label(),
            Self::TokenQuery(_) | Self::TokenForm => "token",
            Self::Base => "base",
            Self::Catalog(_) => "catalog",
            Self::Pull(_, Item::Manifest(_)) => "manifest",
            Self::Pull(_, Item::Blob(_)) => "blob",
            Self::Pull(_, Item::Tags { .. }) => "tags",
            Self::Pull(_, Item::Referrers { .. }) => "referrers",
            Self::Hosted(_, _, request) => request.label(),
            Self::Manage(Ok(operation), _) => operation.label(),
            Self::Manage(Err(_), _) => "manage",
            Self::Page(page) => page.label(),
            Self::Refused(_) => "refused",
        }
    }

    fn elsewhere(method: &Method, path: &str, query: &'a str) -> Self {
        let reads = matches!(*method, Method::GET | Method::HEAD);
        match Open::ALL.into_iter().find(|page| page.path() == path) {
            Some(page) if reads => Self::Open(page),
            Some(_) => Self::Refused(Failure::Method("GET, HEAD")),
            None => match (Operation::parse(method, path), Page::parse(path, query)) {
                (Some(operation), _) => Self::Manage(operation, query),
                (None, Some(page)) if reads => Self::Page(page),
                (None, _) => Self::Refused(Failure::NoSuchPage),
            },
        }
    }

    fn hosted(method: &Method, name: Name, path: Path, query: &'a str) -> Self {
        let Ok(image) = ImageName::parse(name.as_str()) else {
            return Self::Refused(Refusal::NameInvalid.into());
        };
        match Request::parse(method, path, query) {
            Ok(request) => Self::Hosted(name, image, request),
            Err(allowed) => Self::Refused(Refusal::Method(allowed).into()),
        }
    }

    fn registry(path: Path, reads: bool, query: &'a str) -> Self {
        match path {
            Path::Base | Path::Catalog if !reads => Self::Refused(Failure::Method("GET, HEAD")),
            Path::Base => Self::Base,
            Path::Catalog => Self::Catalog(query),
            Path::Uploads(_) | Path::Upload(..) => Self::Refused(Failure::ReadOnly),
            _ if !reads => Self::Refused(Failure::ReadOnly),
            Path::Manifest(name, reference) => Self::Pull(name, Item::Manifest(reference)),
            Path::Blob(name, digest) => Self::Pull(name, Item::Blob(digest)),
            Path::Tags(name) => Self::Pull(name, Item::Tags { query }),
            Path::Referrers(name, _) => Self::Pull(name, Item::Referrers { query }),
        }
    }
}

/// Splits a raw URL into its origin and its path with query. The path is `/` where it is empty.
pub fn split_url(url: &str) -> (&str, &str) {
    let scheme = url.split_once(':').filter(|(_, rest)| rest.starts_with("//"));
    let authority = scheme.map_or(0, |(scheme, _)| scheme.len() + 3);
    let ends = |byte: &u8| matches!(byte, b'/' | b'?' | b'#' | b'\\');
    match url.as_bytes()[authority..].iter().position(ends) {
        Some(at) => url.split_at(authority + at),
        None => (url, "/"),
    }
}

/// The part of the Worker that a path belongs to, whatever it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// The registry API.
    Registry,
    /// The token endpoint.
    Tokens,
    /// Anything else.
    Elsewhere,
}

/// The area of a raw path and query.
pub fn area(target: &str) -> Area {
    let path = target.split('?').next().unwrap_or_default();
    if path == TOKENS {
        Area::Tokens
    } else if Path::is_of_registry(path) {
        Area::Registry
    } else {
        Area::Elsewhere
    }
}
