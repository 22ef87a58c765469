//! Uploads as requests and answers (OCI distribution specification 1.1, end-4, end-5, end-6 and
//! end-11). What happens to the bytes is in [`super::upload`].

use http::StatusCode;

use super::catalog::mount::{self, Mounted};
use super::host::Host;
use super::upload::chunk::{Chunk, ContentRange};
use super::upload::session::UploadSession;
use super::upload::{
    FinishError, MIN_CHUNK, Target, append::append, finish::finish, outlive::outlive, status,
};
use crate::account::caller::Caller;
use crate::account::name::ImageName;
use crate::account::rights::Action;
use crate::answer::Answer;
use crate::oci::digest::{Algorithm, Digest};
use crate::oci::name::Name;
use crate::oci::paging::Query;
use crate::oci::path::Path;
use crate::oci::range;
use crate::refusal::Refusal;
use crate::refusal::upload::AppendError;
use crate::route::hosted::Step;
use crate::services::{Incoming, Services};

/// A request about an upload, with its caller and its image.
pub(crate) struct Uploading<'a, S: Services, I> {
    pub(crate) host: &'a Host<'a, S>,
    pub(crate) incoming: &'a I,
    pub(crate) name: &'a Name,
    pub(crate) image: &'a ImageName,
    pub(crate) caller: &'a Caller,
}

impl<S: Services, I: Incoming<Body = S::Body>> Uploading<'_, S, I> {
    /// Answers POST: mounts a blob, stores one that came whole, or begins an upload. To begin an
    /// upload makes no call.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(crate) async fn begin(&self, query: &str) -> Result<Answer<S::Body>, Box<Refusal>> {
        let query = Query::parse(query);
        if let Some(mounted) = self.mount(&query).await? {
            return Ok(mounted);
        }
        let digest = query.first("digest").filter(|_| self.brings_bytes());
        let algorithm = match query.first("digest-algorithm") {
            Some("sha512") => Algorithm::Sha512,
            Some(_) | None => Algorithm::Sha256,
        };
        let session = UploadSession::begin(self.host.task.services.now_ms(), algorithm);
        match digest {
            Some(digest) => self.complete(session, digest).await,
            None => Ok(self
                .progress(StatusCode::ACCEPTED, &session)
                .with("oci-chunk-min-length", MIN_CHUNK.to_string())),
        }
    }

    /// Answers GET, PATCH, PUT and DELETE of an upload.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(crate) async fn go_on(
        &self,
        sealed: &str,
        step: Step,
        query: &str,
    ) -> Result<Answer<S::Body>, Box<Refusal>> {
        let keys = &self.host.task.deployment.keys;
        let session = UploadSession::open(keys, self.image, sealed, self.host.now());
        let session = session.ok_or(Refusal::UploadUnknown)?;
        match step {
            Step::Status => {
                let next = status::received(self.target(&session)).await;
                let next = next.map_err(|error| self.refused(&session, error))?;
                Ok(self.progress(StatusCode::NO_CONTENT, &next))
            }
            Step::Append => self.append(session).await,
            Step::Complete => {
                let query = Query::parse(query);
                let digest = query.first("digest").ok_or(Refusal::DigestInvalid)?;
                self.complete(session, digest).await
            }
            Step::Cancel => {
                let cancelled = status::cancel(self.target(&session)).await;
                cancelled.map_err(|error| self.refused(&session, error))?;
                Ok(Answer::empty(StatusCode::NO_CONTENT))
            }
        }
    }

    // `None` if the query asks for no mount, or the mount is not possible. Then an upload begins as
    // if the query asked for none, so that nobody learns which digests are stored.
    async fn mount(&self, query: &Query<'_>) -> Result<Option<Answer<S::Body>>, Box<Refusal>> {
        let digest = query.first("mount").and_then(|digest| Digest::parse(digest).ok());
        let Some(digest) = digest else { return Ok(None) };
        let from = match query.first("from").filter(|from| !from.is_empty()) {
            None => None,
            Some(from) => match ImageName::parse(from) {
                Ok(from) => Some(from),
                Err(_) => return Ok(None),
            },
        };
        let Self { host, image, caller, .. } = self;
        match mount::mount(host.database, image, &digest, from.as_ref(), caller).await? {
            Mounted::Yes => Ok(Some(self.created(digest))),
            Mounted::No => Ok(None),
            Mounted::Refused => Err(Refusal::Forbidden(Action::Push, (*image).clone()).into()),
        }
    }

    async fn append(&self, session: UploadSession) -> Result<Answer<S::Body>, Box<Refusal>> {
        let chunk = self.chunk(&session)?;
        let (services, image, own) =
            (self.host.task.services.clone(), self.image.clone(), session.clone());
        let work = async move {
            let hosting = services.hosting().ok_or(AppendError::Busy)?;
            append(Target { hosting, image: &image, session: &own }, chunk).await
        };
        let next = outlive(self.host.task.services, work).await;
        let next = next.map_err(|error| self.refused(&session, error))?;
        Ok(self.progress(StatusCode::ACCEPTED, &next))
    }

    async fn complete(
        &self,
        session: UploadSession,
        digest: &str,
    ) -> Result<Answer<S::Body>, Box<Refusal>> {
        let digest = Digest::parse(digest).map_err(|_| Refusal::DigestInvalid)?;
        let chunk = self.chunk(&session)?;
        let (services, image, own) =
            (self.host.task.services.clone(), self.image.clone(), session.clone());
        let caller = self.caller.clone();
        let work = async move {
            let hosting = services.hosting().ok_or(AppendError::Busy)?;
            finish(Target { hosting, image: &image, session: &own }, &caller, digest, chunk).await
        };
        match outlive(self.host.task.services, work).await {
            Ok(()) => {
                // The body was not read if the blob had been committed before.
                self.incoming.drain().await;
                Ok(self.created(digest))
            }
            Err(FinishError::Append(error)) => Err(self.refused(&session, error)),
            Err(FinishError::Digest) => Err(Refusal::WrongDigest.into()),
            Err(FinishError::Refused) => {
                Err(Refusal::Forbidden(Action::Push, self.image.clone()).into())
            }
        }
    }

    fn target<'t>(&'t self, session: &'t UploadSession) -> Target<'t, S> {
        Target { hosting: self.host.hosting(), image: self.image, session }
    }

    fn chunk(&self, session: &UploadSession) -> Result<Chunk<S::Body>, Box<Refusal>> {
        let range = self.incoming.header("content-range");
        let range = range.map(|range| ContentRange::parse(&range)).transpose();
        let range = range.map_err(|_| Refusal::ContentRangeInvalid)?;
        let (body, after) = (self.incoming.stream(), Some(session.received()));
        Ok(Chunk { body, length: self.length(), range, after })
    }

    fn length(&self) -> Option<u64> {
        self.incoming.header("content-length")?.parse().ok()
    }

    // A request without `Content-Length` has a body in chunked encoding, or none.
    fn brings_bytes(&self) -> bool {
        let is_chunked = || self.incoming.header("transfer-encoding").is_some();
        self.length().map_or_else(is_chunked, |length| length > 0)
    }

    fn refused(&self, session: &UploadSession, error: AppendError) -> Box<Refusal> {
        let location = match error {
            AppendError::Offset { received } | AppendError::Slow { received } => {
                self.location(&session.having(received))
            }
            AppendError::Ended(_)
            | AppendError::Length
            | AppendError::Cut { .. }
            | AppendError::TooLarge { .. }
            | AppendError::TooMany { .. }
            | AppendError::Busy
            | AppendError::Overtaken
            | AppendError::Database(_)
            | AppendError::Objects(_) => self.location(session),
        };
        Refusal::Upload { error, location }.into()
    }

    fn progress<B>(&self, status: StatusCode, session: &UploadSession) -> Answer<B> {
        Answer::empty(status)
            .with("location", self.location(session))
            .with("range", range::received(session.received()))
            .with("docker-upload-uuid", session.id().as_str().to_owned())
    }

    fn created<B>(&self, digest: Digest) -> Answer<B> {
        Answer::empty(StatusCode::CREATED)
            .with("location", Path::Blob(self.name.clone(), digest).to_string())
            .with("docker-content-digest", digest.to_string())
    }

    fn location(&self, session: &UploadSession) -> String {
        let sealed = session.seal(&self.host.task.deployment.keys, self.image);
        Path::Upload(self.name.clone(), sealed).to_string()
    }
}
