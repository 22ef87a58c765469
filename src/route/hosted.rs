//! Requests about hosted images: which one, and the right that each needs.

use http::Method;

use crate::account::rights::Action;
use crate::oci::digest::Digest;
use crate::oci::path::Path;
use crate::oci::reference::Reference;

/// What a request does with an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// To read a manifest.
    ReadManifest(Reference),
    /// To write a manifest; the query may name tags.
    WriteManifest(Reference, &'a str),
    /// To delete a tag or a manifest.
    DeleteManifest(Reference),
    /// To read a blob.
    ReadBlob(Digest),
    /// To delete a blob.
    DeleteBlob(Digest),
    /// To begin an upload, to send a whole blob, or to mount one; the query says which.
    BeginUpload(&'a str),
    /// To go on with an upload.
    Upload {
        /// The upload, sealed.
        session: String,
        /// What is done with it.
        step: Step,
        /// The raw query.
        query: &'a str,
    },
    /// To list tags; the query pages.
    Tags(&'a str),
    /// To list what refers to a digest; the query filters and pages.
    Referrers(Digest, &'a str),
}

/// What a request does with an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To learn how far it is.
    Status,
    /// To send more of it.
    Append,
    /// To complete it, perhaps with its last bytes.
    Complete,
    /// To cancel it.
    Cancel,
}

impl<'a> Request<'a> {
    /// The request of a method and path, both of an image.
    ///
    /// # Errors
    /// The methods that the path has, if `method` is none of them.
    pub fn parse(method: &Method, path: Path, query: &'a str) -> Result<Self, &'static str> {
        let reads = matches!(*method, Method::GET | Method::HEAD);
        match path {
            Path::Manifest(_, reference) if reads => Ok(Self::ReadManifest(reference)),
            Path::Manifest(_, reference) => match *method {
                Method::PUT => Ok(Self::WriteManifest(reference, query)),
                Method::DELETE => Ok(Self::DeleteManifest(reference)),
                _ => Err("GET, HEAD, PUT, DELETE"),
            },
            Path::Blob(_, digest) if reads => Ok(Self::ReadBlob(digest)),
            Path::Blob(_, digest) if *method == Method::DELETE => Ok(Self::DeleteBlob(digest)),
            Path::Blob(..) => Err("GET, HEAD, DELETE"),
            Path::Uploads(_) if *method == Method::POST => Ok(Self::BeginUpload(query)),
            Path::Uploads(_) | Path::Base | Path::Catalog => Err("POST"),
            Path::Upload(_, session) => {
                let step = step(method).ok_or("GET, PATCH, PUT, DELETE")?;
                Ok(Self::Upload { session, step, query })
            }
            Path::Tags(_) if reads => Ok(Self::Tags(query)),
            Path::Referrers(_, digest) if reads => Ok(Self::Referrers(digest, query)),
            Path::Tags(_) | Path::Referrers(..) => Err("GET, HEAD"),
        }
    }

    /// What the caller must be allowed to do.
    pub fn action(&self) -> Action {
        match self {
            Self::ReadManifest(_) | Self::ReadBlob(_) => Action::Pull,
            Self::Tags(_) | Self::Referrers(..) => Action::Pull,
            Self::WriteManifest(..) | Self::BeginUpload(_) | Self::Upload { .. } => Action::Push,
            Self::DeleteManifest(_) | Self::DeleteBlob(_) => Action::Delete,
        }
    }

    /// What it is called in the log.
    pub fn label(&self) -> &'static str {
        match self {
            Self::ReadManifest(_) => "hosted manifest",
            Self::WriteManifest(..) => "push manifest",
            Self::DeleteManifest(_) => "delete manifest",
            Self::ReadBlob(_) => "hosted blob",
            Self::DeleteBlob(_) => "delete blob",
            Self::BeginUpload(_) => "begin upload",
            Self::Upload { step: Step::Status, .. } => "upload status",
            Self::Upload { step: Step::Append, .. } => "append to upload",
            Self::Upload { step: Step::Complete, .. } => "complete upload",
            Self::Upload { step: Step::Cancel, .. } => "cancel upload",
            Self::Tags(_) => "hosted tags",
            Self::Referrers(..) => "hosted referrers",
        }
    }
}

fn step(method: &Method) -> Option<Step> {
    match *method {
        Method::GET | Method::HEAD => Some(Step::Status),
        Method::PATCH => Some(Step::Append),
        Method::PUT => Some(Step::Complete),
        Method::DELETE => Some(Step::Cancel),
        _ => None,
    }
}
