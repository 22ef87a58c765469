//! An upload that a request has claimed, and what is stored under the claim.

use super::chunk::MAX_BLOB;
use super::id::{ObjectKey, begun, mark};
use super::session::UploadSession;
use super::{AppendError, Target};
use crate::hosted::catalog::uploads::{self, Claim, ClaimError, MAX_CLAIMS, Progress};
use crate::services::Services;
use crate::services::objects::{End, Intake, MAX_PARTS, Order, PART, Part, Stored};

// Progress is recorded each time that so many parts are stored, which is every 65 MiB: so much is
// lost at most where an isolate ends in the middle, or an answer is lost. A `Location` carries one
// part fewer at most.
const RECORDED_PARTS: u16 = 13;

/// An upload that this request has claimed, or takes as it is recorded.
pub(super) struct Claimed<'a, S: Services> {
    pub target: Target<'a, S>,
    pub key: ObjectKey,
    pub version: u64,
    /// How far the upload is, with all of its parts.
    pub progress: Progress,
    /// How many of the parts are recorded.
    recorded: usize,
}

impl<'a, S: Services> Claimed<'a, S> {
    /// Claims the upload where it has come to `at`, if that is said, and has room for `bytes`, as
    /// far as their number is known: R2 could not keep more. Otherwise the upload stays with
    /// whoever works on it. A request without bytes takes what is recorded, if that is as much as
    /// its `Location` says, and claims the upload only where nothing is: a claim costs a write.
    /// Then nothing may be stored under the version, which is another request's.
    pub async fn claim(
        target: Target<'a, S>,
        at: Option<u64>,
        bytes: Option<u64>,
    ) -> Result<Self, AppendError> {
        const TOO_LARGE: AppendError = AppendError::TooLarge { limit: MAX_BLOB };
        let (session, brings_bytes) = (target.session, bytes != Some(0));
        let last = MAX_BLOB.checked_sub(bytes.unwrap_or(0)).ok_or(TOO_LARGE)?;
        let offsets = match at {
            _ if !brings_bytes => session.received()..=last,
            Some(at) => at..=at.min(last),
            None => 0..=last,
        };
        let (database, row, unrecorded) =
            (target.hosting.database, target.row(), session.unrecorded());
        let claim =
            uploads::claim_at(database, row, offsets, brings_bytes, unrecorded.as_ref()).await;
        let claim = claim.map_err(|error| match error {
            ClaimError::Elsewhere { received }
                if brings_bytes && at.unwrap_or(received) == received =>
            {
                TOO_LARGE
            }
            ClaimError::Elsewhere { received } => AppendError::Offset { received },
            ClaimError::TooMany => AppendError::TooMany { limit: MAX_CLAIMS },
            ClaimError::Upload(error) => error.into(),
        })?;
        let recorded = claim.progress.parts.len();
        Ok(Self::of(target, claim, recorded))
    }

    /// The upload as its `Location` says, if that says everything. It may have ended, or have been
    /// claimed since then: then nothing is committed under its version.
    pub fn carried(target: Target<'a, S>) -> Option<Self> {
        let claim = target.session.unrecorded().filter(|claim| claim.progress.is_whole())?;
        Some(Self::of(target, claim, 0))
    }

    fn of(target: Target<'a, S>, Claim { version, progress }: Claim, recorded: usize) -> Self {
        let key = target.session.id().key(target.image.account());
        Self { target, key, version, progress, recorded }
    }

    /// Stores a body. What was stored is recorded on the way, and where the body did not come
    /// whole; its end is left to [`Self::session`] or a commit.
    pub async fn fill(&mut self, mut intake: impl Intake) -> Result<(), AppendError> {
        // Others may know a multipart upload that an earlier claim began, and store parts in it.
        let is_alone = self.progress.offset == 0 && self.progress.multipart.is_none();
        loop {
            let parts = RECORDED_PARTS.min(MAX_PARTS - 1 - self.parts());
            if parts == 0 {
                return Err(AppendError::TooLarge { limit: MAX_BLOB });
            }
            let Stored { upload, parts, end } = self.store(&mut intake, parts).await;
            let began = upload.filter(|_| self.progress.multipart.is_none());
            let is_news = began.is_some() || !parts.is_empty();
            if let Some(id) = began {
                self.progress.multipart = Some(mark(self.version, &id));
            }
            self.advance(parts, &end, is_alone);
            if let End::Whole { .. } = end {
                return Ok(());
            }
            if is_news {
                self.record().await?;
            }
            self.may_go_on(end)?;
        }
    }

    /// Records what is not recorded yet.
    pub async fn record(&mut self) -> Result<(), AppendError> {
        let Target { hosting, .. } = self.target;
        uploads::record(hosting.database, self.target.row(), &self.unrecorded()).await?;
        self.recorded = self.progress.parts.len();
        Ok(())
    }

    /// The session with what is not recorded.
    pub fn session(&self) -> UploadSession {
        self.target.session.carrying(&self.unrecorded())
    }

    /// The multipart upload, by its key and R2's identifier.
    pub fn multipart(&self) -> Option<(String, &str)> {
        let marked = self.progress.multipart.as_deref()?;
        Some(begun(self.key.as_str(), marked))
    }

    async fn store(&self, intake: &mut impl Intake, parts: u16) -> Stored {
        let tail = self.progress.tail.map(|version| self.key.piece(version));
        let (key, upload) = match self.multipart() {
            Some((key, id)) => (key, Some(id)),
            None => (self.key.of_parts(self.version), None),
        };
        let order = Order {
            key: &key,
            upload,
            next: self.parts() + 1,
            parts,
            tail: tail.as_deref(),
            rest: &self.key.piece(self.version),
        };
        intake.store(&order).await
    }

    fn advance(&mut self, mut parts: Vec<Part>, end: &End, is_alone: bool) {
        let progress = &mut self.progress;
        if !parts.is_empty() {
            progress.parts.append(&mut parts);
            progress.offset = progress.parts.len() as u64 * PART;
            (progress.tail, progress.digest) = (None, None);
        }
        if let End::Whole { rest, digest } = end {
            progress.offset = progress.parts.len() as u64 * PART + rest;
            progress.tail = (*rest > 0).then_some(self.version);
            progress.digest = digest.filter(|_| is_alone);
        }
    }

    fn may_go_on(&self, end: End) -> Result<(), AppendError> {
        let received = self.progress.offset;
        match end {
            End::More | End::Whole { .. } => Ok(()),
            End::Cut => Err(AppendError::Cut { received }),
            End::Slow => Err(AppendError::Slow { received }),
            End::Long => Err(AppendError::Length),
            End::Failed(error) => Err(AppendError::Objects(error)),
        }
    }

    fn unrecorded(&self) -> Claim {
        let Progress { offset, tail, digest, .. } = self.progress;
        let multipart = self.progress.multipart.clone();
        let parts = self.progress.parts[self.recorded..].to_vec();
        let progress = Progress { offset, multipart, tail, digest, parts };
        Claim { version: self.version, progress }
    }

    fn parts(&self) -> u16 {
        self.progress.parts.len() as u16
    }
}
