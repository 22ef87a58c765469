//! What is asked for by digest: a manifest or a blob.

use crate::answer::{Answer, Failure};
use crate::balena::location::Location;
use crate::exchange::Exchange;
use crate::oci::digest::Digest;
use crate::release::pull::Granted;
use crate::release::{blob, manifest};
use crate::services::{Incoming, Services};

/// A manifest or a blob, by its digest.
#[derive(Clone, Copy)]
pub(super) enum Content {
    Manifest(Digest),
    Blob(Digest),
}

impl Content {
    pub(super) fn digest(self) -> Digest {
        match self {
            Self::Manifest(digest) | Self::Blob(digest) => digest,
        }
    }

    /// The answer, if the isolate's memory has it for this location.
    pub(super) fn recalled<S: Services, I: Incoming>(
        self,
        exchange: &Exchange<'_, S, I>,
        location: &Location,
    ) -> Option<Answer<S::Body>> {
        match self {
            Self::Manifest(digest) => manifest::recalled(exchange, location, digest),
            Self::Blob(digest) => blob::recalled(exchange, location, digest),
        }
    }

    /// The answer under a grant.
    pub(super) async fn serve<S: Services, I: Incoming>(
        self,
        exchange: &Exchange<'_, S, I>,
        granted: Granted<'_>,
    ) -> Result<Answer<S::Body>, Failure> {
        match self {
            Self::Manifest(digest) => {
                let served = manifest::by_digest(exchange, granted, digest).await?;
                Ok(served.answer(exchange.incoming))
            }
            Self::Blob(digest) => blob::serve(exchange, granted, digest).await,
        }
    }

    /// The failure if no location has the content.
    pub(super) fn unknown(self) -> Failure {
        match self {
            Self::Manifest(_) => Failure::ManifestUnknown,
            Self::Blob(_) => Failure::BlobUnknown,
        }
    }
}
