//! Pages for people.
//!
//! ```text
//! /                                    home; `?q=<name>` looks a name up
//! /<org>/<app>                         an application; `?before=<number>` has older releases
//! /<org>/<app>/<release>[/<service>]   a release
//! ```
//!
//! The path is a repository name of OCI's grammar and a release reference: nothing is decoded, so no
//! path reaches a query of the API in another spelling. A path that begins with `/auth/` is no page.

use crate::balena::reference::{ReleaseReference, Slug};
use crate::oci::name::Name;

/// A page for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page<'a> {
    /// What this is. The raw query may look a name up.
    Home(&'a str),
    /// The releases of an application, whose slug the name is. The raw query pages them.
    Application(Name, Slug, &'a str),
    /// A release, or one of its services.
    Release(Name, ReleaseReference),
}

impl<'a> Page<'a> {
    /// The page at a raw path with this raw query. `None` if there is none.
    pub fn parse(path: &str, query: &'a str) -> Option<Self> {
        let name = match path.strip_prefix('/')? {
            "" => return Some(Self::Home(query)),
            name if name.starts_with("auth/") => return None,
            name => Name::parse(name).ok()?,
        };
        let reference = ReleaseReference::parse(&name).ok()?;
        Some(match Slug::parse(name.as_str()) {
            Ok(slug) => Self::Application(name, slug, query),
            Err(_) => Self::Release(name, reference),
        })
    }

    /// The name that it is about.
    pub fn name(&self) -> Option<&Name> {
        match self {
            Self::Home(_) => None,
            Self::Application(name, ..) | Self::Release(name, _) => Some(name),
        }
    }

    /// What it is called in the log.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Home(_) => "home",
            Self::Application(..) => "application page",
            Self::Release(..) => "release page",
        }
    }
}
