//! Selectors: the part of a reference that says which release is meant.
//!
//! ```text
//! release   = "latest" / "current" / "default" / "pinned" / commit / version / line / short
//! commit    = 32lowerhex / 40lowerhex
//! version   = ["v"] core ["-" pre]                 ; core = number "." number "." number
//! pre       = ident *("." ident)                   ; ident = 1*(a-z / 0-9 / "-")
//! line      = ["v"] number ["." number]            ; each at most 2147483647, without extra zeros
//! short     = 7*39lowerhex                         ; not 32, which is a commit
//! ```
//!
//! A version means the final release of that version with the highest revision. A version with a
//! build stamp, such as `2.4.0-1763000000000`, means the draft with that stamp. These two and full
//! commits are what the API accepts itself, and they come first. Unless a version has that name,
//! `2.3.8-rev1` means revision 1 of 2.3.8, which the API writes as `2.3.8+rev1`: a path cannot have
//! a `+`.
//!
//! A line, `2` or `2.3`, means its highest final release. A short commit means the one release whose
//! commit begins with it. A short commit of digits alone can also be a line, which comes first.

use super::NotARelease;
use crate::oci::digest::is_lower_hex;

const TARGET_WORDS: [&str; 4] = ["latest", "current", "default", "pinned"];
/// The fewest digits of a short commit.
pub const MIN_SHORT: usize = 7;
const MAX_COMMIT: usize = 40;

/// How to select one of an application's releases.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Selector {
    /// The release that the application should be running.
    Target,
    /// A full commit.
    Commit(Commit),
    /// A version, a draft with its build stamp, or an exact revision.
    Version(Version),
    /// The highest final release of a line.
    Line(Line),
    /// The beginning of a commit.
    ShortCommit(ShortCommit),
}

/// A full commit, 32 or 40 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Commit(String);

/// A version, as in the grammar above, without a leading `v`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version(String);

/// A line of versions, as in the grammar above, without a leading `v`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line(String);

/// The beginning of a commit, as in the grammar above.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ShortCommit(String);

impl Selector {
    pub(super) fn parse(text: &str) -> Result<Self, NotARelease> {
        if TARGET_WORDS.contains(&text) {
            return Ok(Self::Target);
        }
        let version = text.strip_prefix('v').unwrap_or(text);
        let other = || Line::parse(version).map(Self::Line);
        Commit::parse(text)
            .map(Self::Commit)
            .or_else(|| Version::parse(version).map(Self::Version))
            .or_else(|| ShortCommit::parse(text).map(Self::ShortCommit))
            .or_else(other)
            .ok_or(NotARelease)
    }

    /// The selector as text, without a leading `v`; `None` for the target.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Target => None,
            Self::Commit(Commit(text)) | Self::Version(Version(text)) => Some(text),
            Self::Line(Line(text)) | Self::ShortCommit(ShortCommit(text)) => Some(text),
        }
    }

    /// Whether any number of releases may match, so that a query for it must have a limit of its own.
    pub fn is_broad(&self) -> bool {
        match self {
            Self::Target | Self::Commit(_) | Self::Version(_) => false,
            Self::Line(_) | Self::ShortCommit(_) => true,
        }
    }

    /// Whether the API's token endpoint resolves a name with this selector. It resolves no exact
    /// revision, line or short commit.
    pub fn is_alias(&self) -> bool {
        match self {
            Self::Target | Self::Commit(_) => true,
            Self::Version(version) => version.raw_of_revision().is_none(),
            Self::Line(_) | Self::ShortCommit(_) => false,
        }
    }
}

impl Commit {
    /// Parses a full commit. `None` if the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        let is_full = matches!(text.len(), 32 | MAX_COMMIT) && text.bytes().all(is_lower_hex);
        is_full.then(|| Self(text.to_owned()))
    }

    /// The commit as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Version {
    /// Parses a version without a leading `v`. `None` if the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        is_version(text).then(|| Self(text.to_owned()))
    }

    /// The version as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The version of a final release that the API writes as `raw`, and, unless this is its first
    /// revision, the name of exactly this revision. `None` if no name can say the version.
    pub fn of_raw(raw: &str) -> Option<(Self, Option<Self>)> {
        match raw.split_once('+') {
            None => Some((Self::parse(raw)?, None)),
            Some((version, build)) => {
                let revision = build.strip_prefix("rev").filter(|number| is_number(number))?;
                let exact = Self::parse(&format!("{version}-rev{revision}"))?;
                Some((Self::parse(version)?, Some(exact)))
            }
        }
    }

    /// The API's raw version of the revision that the text ends with: `2.3.8+rev1` for
    /// `2.3.8-rev1`, and `2.3.8` for `2.3.8-rev0`. `None` if the text does not end with a revision.
    pub fn raw_of_revision(&self) -> Option<String> {
        let (version, revision) = self.0.rsplit_once("-rev")?;
        match is_version(version) && is_number(revision) {
            true if revision == "0" => Some(version.to_owned()),
            true => Some(format!("{version}+rev{revision}")),
            false => None,
        }
    }

    /// Whether this is a draft: its last identifier is a build stamp, which is a time in
    /// milliseconds. A draft never changes, but a version can get another revision.
    pub fn is_draft(&self) -> bool {
        let stamp = self.0.rsplit(['-', '.']).next().unwrap_or_default();
        self.0.contains('-') && stamp.len() >= 13 && is_number(stamp)
    }
}

impl Line {
    fn parse(text: &str) -> Option<Self> {
        let is_part = |part: &str| {
            let is_plain = part == "0" || !part.starts_with('0');
            // The API's numbers have 32 bits; it answers 500 for a larger one.
            is_plain && is_number(part) && part.parse::<i32>().is_ok()
        };
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        (is_part(major) && is_part(minor)).then(|| Self(text.to_owned()))
    }

    /// The major version.
    pub fn major(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }

    /// The minor version, if the line has one.
    pub fn minor(&self) -> Option<&str> {
        self.0.split('.').nth(1)
    }

    /// Whether `version` is of this line, and no prerelease.
    pub fn has(&self, version: &str) -> bool {
        let rest = version.strip_prefix(self.0.as_str());
        rest.is_some_and(|rest| rest.starts_with('.')) && !version.contains('-')
    }
}

impl ShortCommit {
    fn parse(text: &str) -> Option<Self> {
        let is_short = (MIN_SHORT..MAX_COMMIT).contains(&text.len());
        (is_short && text.bytes().all(is_lower_hex)).then(|| Self(text.to_owned()))
    }

    /// The beginning of the commit.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The line that the same text means.
    pub fn line(&self) -> Option<Line> {
        Line::parse(&self.0)
    }
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
