//! Release references: repository names that name a release.
//!
//! Grammar (every part is also a component of a repository name, see [`crate::oci::name`]):
//!
//! ```text
//! reference = slug ["/" release ["/" service]]
//! slug      = part "/" part                        ; part = 1*(a-z / 0-9 / "_" / "-")
//! release   = "latest" / "current" / "default" / "pinned" / commit / version
//! commit    = 32lowerhex / 40lowerhex
//! version   = number "." number "." number ["-" pre]
//! pre       = ident *("." ident)                   ; ident = 1*(a-z / 0-9 / "-")
//! ```
//!
//! A version means the final release of that version with the highest revision. A version with a
//! build stamp, such as `2.4.0-1763000000000`, means the draft with that stamp.

use std::fmt;

use crate::oci::digest::is_lower_hex;
use crate::oci::name::{InvalidName, Name};
use crate::oci::reference::Tag;

const TARGET_WORDS: [&str; 4] = ["latest", "current", "default", "pinned"];

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

/// How to select one of an application's releases.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Selector {
    /// The release that the application should be running.
    Target,
    /// A full commit.
    Commit(Commit),
    /// A version, or a draft with its build stamp.
    Version(Version),
}

/// A full commit, 32 or 40 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Commit(String);

/// A version, as in the grammar above.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version(String);

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
    fn parse(text: &str) -> Result<Self, NotARelease> {
        let (org, app) = text.split_once('/').ok_or(NotARelease)?;
        let legal = |part: &str| !part.is_empty() && part.bytes().all(is_slug_byte);
        if legal(org) && legal(app) { Ok(Self(text.to_owned())) } else { Err(NotARelease) }
    }

    /// The slug as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Selector {
    fn parse(text: &str) -> Result<Self, NotARelease> {
        if TARGET_WORDS.contains(&text) {
            Ok(Self::Target)
        } else if matches!(text.len(), 32 | 40) && text.bytes().all(is_lower_hex) {
            Ok(Self::Commit(Commit(text.to_owned())))
        } else if is_version(text) {
            Ok(Self::Version(Version(text.to_owned())))
        } else {
            Err(NotARelease)
        }
    }
}

impl Commit {
    /// The commit as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Version {
    /// The version as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a draft: its last identifier is a build stamp, which is a time in
    /// milliseconds. A draft never changes, but a version can get another revision.
    pub fn is_draft(&self) -> bool {
        let stamp = self.0.rsplit(['-', '.']).next().unwrap_or_default();
        self.0.contains('-') && stamp.len() >= 13 && is_number(stamp)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Slug(slug) = &self.slug;
        match &self.selector {
            Selector::Target => f.write_str(slug),
            Selector::Commit(Commit(text)) | Selector::Version(Version(text)) => {
                write!(f, "{slug}/{text}")
            }
        }
    }
}

fn is_slug_byte(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-')
}

fn is_version(text: &str) -> bool {
    let (core, pre) = match text.split_once('-') {
        Some((core, pre)) => (core, Some(pre)),
        None => (text, None),
    };
    let mut numbers = core.split('.');
    let three = numbers.by_ref().take(3).filter(|part| is_number(part)).count() == 3;
    three && numbers.next().is_none() && pre.is_none_or(|pre| pre.split('.').all(is_identifier))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_identifier(text: &str) -> bool {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty() && text.bytes().all(legal)
}
