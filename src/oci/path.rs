//! The paths of the registry API. The grammar is written once: it splits the paths of clients'
//! requests, and builds the paths of calls to the upstream registry.
//!
//! Grammar (OCI distribution specification 1.1, "Endpoints"):
//!
//! ```text
//! /v2/                             end-1
//! /v2/<name>/blobs/<digest>        end-2
//! /v2/<name>/manifests/<reference> end-3
//! /v2/<name>/blobs/uploads/        end-4, end-11
//! /v2/<name>/blobs/uploads/<id>    end-5, end-6, end-13
//! /v2/<name>/tags/list             end-8
//! /v2/<name>/referrers/<digest>    end-12
//! /v2/_catalog                     of distribution, not of the specification
//! /v2/[<name>/]_<extension>/…      extensions, of which there are no others
//! ```
//!
//! A path is read from its end, because a name may contain any of the fixed words. Nothing is
//! decoded: no valid path needs percent-encoding, and every encoded path is outside the grammar. So
//! `%2f` or `..` cannot lead to another repository.

use std::fmt;

use super::digest::Digest;
use super::name::Name;
use super::reference::{InvalidReference, Reference};

/// A path of the registry API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Path {
    /// `/v2/`. Some clients write `/v2`.
    Base,
    /// A manifest.
    Manifest(Name, Reference),
    /// A blob.
    Blob(Name, Digest),
    /// Where uploads of blobs begin.
    Uploads(Name),
    /// An upload of a blob, by what its `Location` ends with.
    Upload(Name, String),
    /// The tags of a repository.
    Tags(Name),
    /// The manifests that refer to a digest.
    Referrers(Name, Digest),
    /// The repositories.
    Catalog,
}

/// Why a path under `/v2/` is not a path of the registry API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPath {
    /// The repository name is not valid.
    #[error("the path has no valid repository name")]
    Name,
    /// The digest is not valid.
    #[error("the path has no valid digest")]
    Digest,
    /// The tag is not valid.
    #[error("the path has no valid tag")]
    Tag,
    /// The path has none of the forms above.
    #[error("not a path of the registry API")]
    Unknown,
}

impl Path {
    /// Splits a raw path without its query. `None` if it is not under `/v2`.
    ///
    /// # Errors
    /// [`InvalidPath`] for the first part that is not valid: form, then name, then reference.
    pub fn parse(path: &str) -> Option<Result<Self, InvalidPath>> {
        match rest(path)? {
            "" => Some(Ok(Self::Base)),
            "_catalog" => Some(Ok(Self::Catalog)),
            rest => Some(split(rest)),
        }
    }

    /// Whether a raw path is under `/v2`, so that [`Self::parse`] splits it.
    pub fn is_of_registry(path: &str) -> bool {
        rest(path).is_some()
    }

    /// The repository that it is about.
    pub fn name(&self) -> Option<&Name> {
        match self {
            Self::Base | Self::Catalog => None,
            Self::Manifest(name, _) | Self::Blob(name, _) | Self::Uploads(name) => Some(name),
            Self::Upload(name, _) | Self::Tags(name) | Self::Referrers(name, _) => Some(name),
        }
    }
}

// What follows `/v2/`. Some clients leave the last slash out.
fn rest(path: &str) -> Option<&str> {
    match path.strip_prefix("/v2")? {
        "" => Some(""),
        rest => rest.strip_prefix('/'),
    }
}

fn split(rest: &str) -> Result<Path, InvalidPath> {
    let name = |text| Name::parse(text).map_err(|_| InvalidPath::Name);
    let digest = |text| Digest::parse(text).map_err(|_| InvalidPath::Digest);

    let (head, last) = split_last(rest).ok_or(InvalidPath::Unknown)?;
    if let Some(head) = head.strip_suffix("/blobs/uploads") {
        let name = name(head)?;
        return Ok(match last {
            "" => Path::Uploads(name),
            id => Path::Upload(name, id.to_owned()),
        });
    }
    let (head, kind) = split_last(head).ok_or(InvalidPath::Unknown)?;
    match (kind, last) {
        ("blobs", "uploads") => Ok(Path::Uploads(name(head)?)),
        ("blobs", last) => Ok(Path::Blob(name(head)?, digest(last)?)),
        ("manifests", last) => Ok(Path::Manifest(name(head)?, reference(last)?)),
        ("referrers", last) => Ok(Path::Referrers(name(head)?, digest(last)?)),
        ("tags", "list") => Ok(Path::Tags(name(head)?)),
        _ if rest.split('/').any(|part| part.starts_with('_')) => Err(InvalidPath::Unknown),
        _ if !Name::is_valid(rest) => Err(InvalidPath::Name),
        _ => Err(InvalidPath::Unknown),
    }
}

// What is before and after the last slash. Byte by byte, this takes a third of the time of
// `rsplit_once`.
fn split_last(text: &str) -> Option<(&str, &str)> {
    let at = text.bytes().rposition(|byte| byte == b'/')?;
    Some((&text[..at], &text[at + 1..]))
}

fn reference(text: &str) -> Result<Reference, InvalidPath> {
    Reference::parse(text).map_err(|error| match error {
        InvalidReference::Digest => InvalidPath::Digest,
        InvalidReference::Tag => InvalidPath::Tag,
    })
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base => f.write_str("/v2/"),
            Self::Catalog => f.write_str("/v2/_catalog"),
            Self::Manifest(name, reference) => write!(f, "/v2/{name}/manifests/{reference}"),
            Self::Blob(name, digest) => write!(f, "/v2/{name}/blobs/{digest}"),
            Self::Uploads(name) => write!(f, "/v2/{name}/blobs/uploads/"),
            Self::Upload(name, id) => write!(f, "/v2/{name}/blobs/uploads/{id}"),
            Self::Tags(name) => write!(f, "/v2/{name}/tags/list"),
            Self::Referrers(name, digest) => write!(f, "/v2/{name}/referrers/{digest}"),
        }
    }
}
