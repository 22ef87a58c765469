//! Release references: repository names that name a release.
//!
//! Grammar (every part is also a component of a repository name, see [`crate::oci::name`]):
//!
//! ```text
//! reference = slug ["/" release ["/" service]]
//! slug      = part "/" part                        ; part = 1*(a-z / 0-9 / "_" / "-")
//! ```
//!
//! [`selector`] has the grammar of `release`.

mod selector;

use std::fmt;

use super::architecture::Architecture;
use crate::oci::name::{InvalidName, Name};
use crate::oci::reference::Tag;

pub use self::selector::{Commit, Line, MIN_SHORT, Selector, ShortCommit, Version};

/// The longest slug that has siblings, in bytes. A query that names the siblings of eight slugs must
/// be a URL of less than 8 kB, because many servers accept no longer one.
pub const MAX_WITH_SIBLINGS: usize = 64;

/// What a repository name asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReleaseReference {
    /// The application, and which of its releases.
    pub release: Release,
    /// The service whose image is wanted. A release with one image needs none.
    pub service: Option<String>,
}

/// One release of one application.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Release {
    /// The application.
    pub slug: Slug,
    /// Which of its releases.
    pub selector: Selector,
}

/// An application's `org/app`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slug(String);

/// The name is not a release reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a release reference")]
pub struct NotARelease;

impl ReleaseReference {
    /// Reads a repository name as a release reference.
    ///
    /// # Errors
    /// [`NotARelease`] for a name of one part or of more than four, for a slug outside the grammar,
    /// and for a third part that is not a release.
    pub fn parse(name: &Name) -> Result<Self, NotARelease> {
        let text = name.as_str();
        let slash = text.match_indices('/').nth(1).map_or(text.len(), |(at, _)| at);
        let slug = Slug::parse(&text[..slash])?;
        let mut parts = name.components().skip(2);
        let selector = parts.next().map_or(Ok(Selector::Target), Selector::parse)?;
        let service = parts.next().map(str::to_owned);
        match parts.next() {
            None => Ok(Self { release: Release { slug, selector }, service }),
            Some(_) => Err(NotARelease),
        }
    }
}

/// Whether the name is only a slug, so that a tag may select the release.
pub fn is_slug(name: &Name) -> bool {
    Slug::parse(name.as_str()).is_ok()
}

/// The name of the release that `tag` selects behind `name`, which is only a slug. `None` if the tag
/// means the target, or cannot be a release: such a tag is ignored.
///
/// # Errors
/// [`InvalidName`] if slug and tag are too long to be a name together, so that there is no such
/// release.
pub fn selected_by_tag(name: &Name, tag: &Tag) -> Result<Option<Name>, InvalidName> {
    match Selector::parse(tag.as_str()) {
        Ok(Selector::Target) | Err(NotARelease) => Ok(None),
        Ok(_) => Name::parse(&format!("{name}/{}", tag.as_str())).map(Some),
    }
}

impl Slug {
    /// Parses a slug.
    ///
    /// # Errors
    /// [`NotARelease`].
    pub fn parse(text: &str) -> Result<Self, NotARelease> {
        let (org, app) = text.split_once('/').ok_or(NotARelease)?;
        let legal = |part: &str| !part.is_empty() && part.bytes().all(is_slug_byte);
        if legal(org) && legal(app) { Ok(Self(text.to_owned())) } else { Err(NotARelease) }
    }

    /// The slugs that its siblings have, one for each architecture. A slug of more than
    /// [`MAX_WITH_SIBLINGS`] bytes has none.
    pub fn siblings(&self) -> Vec<(Architecture, Self)> {
        if self.0.len() > MAX_WITH_SIBLINGS {
            return Vec::new();
        }
        let slug = |it: Architecture| Self(format!("{}-{}", self.0, it.as_str()));
        Architecture::ALL.iter().map(|architecture| (*architecture, slug(*architecture))).collect()
    }

    /// The slug as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Slug(slug) = &self.slug;
        match (&self.selector, self.selector.text()) {
            (_, None) => f.write_str(slug),
            // Marked, because the same text can be a line.
            (Selector::ShortCommit(_), Some(text)) => write!(f, "{slug}/{text}~"),
            (_, Some(text)) => write!(f, "{slug}/{text}"),
        }
    }
}

fn is_slug_byte(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-')
}
