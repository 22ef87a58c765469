//! Routes: what a request is for, from its method and its raw URL alone.

use http::Method;

use crate::answer::Failure;
use crate::oci::digest::Digest;
use crate::oci::name::Name;
use crate::oci::path::Path;
use crate::oci::reference::Reference;

const TOKENS: &str = "/auth/v1/token";

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// Whether the Worker runs at all.
    Ping,
    /// Whether its settings make sense.
    Health,
    /// A token, asked for in the query.
    TokenQuery(&'a str),
    /// A token, asked for in a form.
    TokenForm,
    /// Whether a token is good.
    Base,
    /// Something of a repository, which needs a grant for its name.
    Pull(Name, Item<'a>),
    /// Nothing that is served, whoever asks.
    Refused(Failure),
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

impl<'a> Route<'a> {
    /// The route of a request; every request has one. `target` is the raw path and query.
    pub fn parse(method: &Method, target: &'a str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let reads = matches!(*method, Method::GET | Method::HEAD);
        match path {
            "/ping" | "/healthz" if !reads => Self::Refused(Failure::Method("GET, HEAD")),
            "/ping" => Self::Ping,
            "/healthz" => Self::Health,
            TOKENS => match *method {
                Method::GET => Self::TokenQuery(query),
                Method::POST => Self::TokenForm,
                _ => Self::Refused(Failure::Method("GET, POST")),
            },
            _ => match Path::parse(path) {
                None => Self::Refused(Failure::NoSuchPage),
                Some(Err(reason)) => Self::Refused(Failure::Path(reason)),
                Some(Ok(path)) => Self::registry(path, reads, query),
            },
        }
    }

    /// What it is called in the log.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Health => "health",
            Self::TokenQuery(_) | Self::TokenForm => "token",
            Self::Base => "base",
            Self::Pull(_, Item::Manifest(_)) => "manifest",
            Self::Pull(_, Item::Blob(_)) => "blob",
            Self::Pull(_, Item::Tags { .. }) => "tags",
            Self::Pull(_, Item::Referrers { .. }) => "referrers",
            Self::Refused(_) => "refused",
        }
    }

    /// Whether it answers everybody, whatever the deployment's settings and the host asked for.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Ping | Self::Health)
    }

    fn registry(path: Path, reads: bool, query: &'a str) -> Self {
        match path {
            Path::Base if !reads => Self::Refused(Failure::Method("GET, HEAD")),
            Path::Base => Self::Base,
            Path::Upload(_) => Self::Refused(Failure::ReadOnly),
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
    let authority = url.find("://").map_or(0, |at| at + 3);
    match url[authority..].find(['/', '?', '#', '\\']) {
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
    } else if Path::parse(path).is_some() {
        Area::Registry
    } else {
        Area::Elsewhere
    }
}
