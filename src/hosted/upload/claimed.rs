//! An upload that a request has claimed, and what is stored under the claim.

use super::chunk::MAX_BLOB;
use super::id::ObjectKey;
use super::{AppendError, Target};
use crate::hosted::catalog::uploads::{self, Claim, ClaimError, MAX_CLAIMS, Progress};
use crate::services::Services;
use crate::services::objects::{End, Intake, MAX_PARTS, Order, PART, Part, Stored};

// Progress is recorded each time that so many parts are stored, which is every 65 MiB: so much is
// lost at most where an isolate ends in the middle.
const RECORDED_PARTS: u16 = 13;

/// An upload that this request has claimed, or takes as it is recorded.
pub(super) struct Claimed<'a, S: Services> {
    pub target: Target<'a, S>,
    pub key: ObjectKey,
    pub version: u64,
    /// How far the upload is, with all of its parts.
    pub progress: Progress,
}

impl<'a, S: Services> Claimed<'a, S> {
    /// Claims the upload where it has come to `at`, if that is said, and has room for `bytes`, as
    /// far as their number is known: R2 could not keep more. Otherwise the upload stays with
    /// whoever works on it. A request without bytes takes what is recorded, and claims the upload
    /// only where nothing is: a claim costs a write. Then nothing may be stored under the version,
    /// which is another request's.
    pub async fn claim(
        target: Target<'a, S>,
        at: Option<u64>,
        bytes: Option<u64>,
    ) -> Result<Self, AppendError> {
        const TOO_LARGE: AppendError = AppendError::TooLarge { limit: MAX_BLOB };
        let last = MAX_BLOB.checked_sub(bytes.unwrap_or(0)).ok_or(TOO_LARGE)?;
        let offsets = at.unwrap_or(0)..=at.unwrap_or(last).min(last);
        let claim =
            uploads::claim_at(target.hosting.database, target.row(), offsets, bytes != Some(0));
        let Claim { version, progress } = claim.await.map_err(|error| match error {
            ClaimError::Elsewhere { received } if at.is_some_and(|at| at != received) => {
                AppendError::Offset { received }
            }
            ClaimError::Elsewhere { .. } => TOO_LARGE,
            ClaimError::TooMany => AppendError::TooMany { limit: MAX_CLAIMS },
            ClaimError::Upload(error) => error.into(),
        })?;
        let key = target.session.id().key(target.image.account());
        Ok(Self { target, key, version, progress })
    }

    /// Stores a body, and records what was stored however that ends.
    pub async fn fill(&mut self, mut intake: impl Intake) -> Result<(), AppendError> {
        let begins = self.progress.offset == 0;
        loop {
            let parts = RECORDED_PARTS.min(MAX_PARTS - 1 - self.parts());
            if parts == 0 {
                return Err(AppendError::TooLarge { limit: MAX_BLOB });
            }
            let stored = self.store(&mut intake, parts).await;
            let end = self.record(stored, begins).await?;
            let received = self.progress.offset;
            match end {
                End::More => {}
                End::Whole { .. } => return Ok(()),
                End::Cut => return Err(AppendError::Cut { received }),
                End::Slow => return Err(AppendError::Slow { received }),
                End::Long => return Err(AppendError::Length),
                End::Failed(error) => return Err(AppendError::Objects(error)),
            }
        }
    }

    async fn store(&self, intake: &mut impl Intake, parts: u16) -> Stored {
        let tail = self.progress.tail.map(|version| self.key.piece(version));
        let order = Order {
            key: self.key.as_str(),
            upload: self.progress.multipart.as_deref(),
            next: self.parts() + 1,
            parts,
            tail: tail.as_deref(),
            rest: &self.key.piece(self.version),
        };
        intake.store(&order).await
    }

    async fn record(&mut self, stored: Stored, begins: bool) -> Result<End, AppendError> {
        let before = (self.progress.offset, self.progress.multipart.is_some());
        let Stored { upload, parts, end } = stored;
        self.progress.multipart = upload;
        self.advance(&parts, &end, begins);
        if before != (self.progress.offset, self.progress.multipart.is_some()) {
            let news = Progress { parts, ..self.without_parts() };
            let (database, row) = (self.target.hosting.database, self.target.row());
            uploads::record(database, row, self.version, &news).await?;
        }
        Ok(end)
    }

    fn advance(&mut self, parts: &[Part], end: &End, begins: bool) {
        let progress = &mut self.progress;
        if !parts.is_empty() {
            progress.parts.extend_from_slice(parts);
            progress.offset = progress.parts.len() as u64 * PART;
            (progress.tail, progress.digest) = (None, None);
        }
        if let End::Whole { rest, digest } = end {
            progress.offset = progress.parts.len() as u64 * PART + rest;
            progress.tail = (*rest > 0).then_some(self.version);
            progress.digest = digest.filter(|_| begins);
        }
    }

    fn without_parts(&self) -> Progress {
        let Progress { offset, tail, digest, .. } = self.progress;
        let multipart = self.progress.multipart.clone();
        Progress { offset, multipart, tail, digest, parts: Vec::new() }
    }

    fn parts(&self) -> u16 {
        self.progress.parts.len() as u16
    }
}
