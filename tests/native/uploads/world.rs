//! An account with an image, and a client that pushes to it.

use std::cell::RefCell;

use bhcr::account::caller::Caller;
use bhcr::account::credential::{Kind, SecretHash};
use bhcr::account::id::KeyId;
use bhcr::account::name::ImageName;
use bhcr::hosted::catalog::accounts;
use bhcr::hosted::catalog::blobs::{self, Blob};
use bhcr::hosted::catalog::callers::NewCaller;
use bhcr::hosted::upload::chunk::{Chunk, ContentRange};
use bhcr::hosted::upload::id::UploadId;
use bhcr::hosted::upload::session::UploadSession;
use bhcr::hosted::upload::{FinishError, Target, append, finish, status};
use bhcr::oci::digest::{Algorithm, Digest};
use bhcr::refusal::upload::AppendError;
use bhcr::services::objects::{Objects, PART};
use bhcr::services::{Hosting, NoReply, Services};

use crate::twins::objects::MemoryObjects;
use crate::twins::sqlite::SqliteDatabase;
use crate::twins::{MemoryServices, MemoryUpstream};

pub const PART_BYTES: usize = PART as usize;
const NOW: u64 = 1_800_000_000;

pub struct World {
    pub services: MemoryServices,
    pub image: ImageName,
    pub caller: Caller,
}

/// An upload of a client that goes on by the `Location` of each answer.
pub struct Upload(RefCell<UploadSession>);

/// An account with its owner's key.
pub fn world() -> World {
    let upstream = MemoryUpstream::new(|_| Err(NoReply::Unreachable("none".to_owned())));
    let services = MemoryServices::new(NOW, upstream).with_hosting();
    let image = ImageName::parse("acc-12345/app/image").expect("a name");
    let caller = Caller::Owner(KeyId::random());
    let world = World { services, image, caller: caller.clone() };
    let secret = SecretHash::of(&Kind::Key.random_secret());
    let key =
        NewCaller { caller, name: "owner".to_owned(), secret, expires: None, grants: Vec::new() };
    pollster::block_on(accounts::create(world.database(), world.image.account(), "a", &key))
        .expect("the account is made");
    world
}

/// Bytes that differ from part to part.
pub fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8 ^ (at >> 16) as u8).collect()
}

/// The digest that most clients use.
pub fn sha256(bytes: &[u8]) -> Digest {
    Algorithm::Sha256.digest(bytes)
}

/// A body of known length.
pub fn known(bytes: &[u8]) -> Chunk<Vec<u8>> {
    Chunk { body: bytes.to_vec(), length: Some(bytes.len() as u64), range: None, after: None }
}

/// A body in chunked encoding.
pub fn chunked(bytes: &[u8]) -> Chunk<Vec<u8>> {
    Chunk { body: bytes.to_vec(), length: None, range: None, after: None }
}

/// A body that says where it belongs.
pub fn ranged(bytes: &[u8], start: usize) -> Chunk<Vec<u8>> {
    let range = format!("{start}-{}", start + bytes.len() - 1);
    Chunk { range: Some(ContentRange::parse(&range).expect("a range")), ..known(bytes) }
}

// As the Worker reads a request.
fn after(session: &UploadSession, chunk: Chunk<Vec<u8>>) -> Chunk<Vec<u8>> {
    Chunk { after: chunk.after.or(Some(session.received())), ..chunk }
}

impl World {
    pub fn hosting(&self) -> Hosting<'_, MemoryServices> {
        self.services.hosting().expect("hosting is on")
    }

    pub fn database(&self) -> &SqliteDatabase {
        self.hosting().database
    }

    pub fn objects(&self) -> &MemoryObjects {
        self.hosting().objects
    }

    pub fn begin(&self) -> Upload {
        Upload::at(UploadSession::begin(self.services.now_ms(), Algorithm::Sha256))
    }

    fn target<'a>(&'a self, session: &'a UploadSession) -> Target<'a, MemoryServices> {
        Target { hosting: self.hosting(), image: &self.image, session }
    }

    pub fn append(&self, to: &Upload, chunk: Chunk<Vec<u8>>) -> Result<u64, AppendError> {
        let session = to.session();
        let chunk = after(&session, chunk);
        let appended = pollster::block_on(append::append(self.target(&session), chunk));
        to.go_on(appended)
    }

    pub fn finish(
        &self,
        upload: &Upload,
        digest: Digest,
        chunk: Chunk<Vec<u8>>,
    ) -> Result<(), FinishError> {
        let session = upload.session();
        let (target, chunk) = (self.target(&session), after(&session, chunk));
        pollster::block_on(finish::finish(target, &self.caller, digest, chunk))
    }

    pub fn received(&self, upload: &Upload) -> Result<u64, AppendError> {
        let session = upload.session();
        upload.go_on(pollster::block_on(status::received(self.target(&session))))
    }

    pub fn cancel(&self, upload: &Upload) -> Result<(), AppendError> {
        let session = upload.session();
        pollster::block_on(status::cancel(self.target(&session)))
    }

    pub fn find(&self, digest: &Digest) -> Option<Blob> {
        let found = blobs::find(self.database(), &self.image, digest);
        pollster::block_on(found).expect("the catalog answers")
    }

    /// The blob is there under its digest, with these bytes; nothing else is live.
    #[track_caller]
    pub fn has(&self, bytes: &[u8]) {
        let blob = self.find(&sha256(bytes)).expect("the blob is linked");
        assert_eq!(blob.size, bytes.len() as u64);
        let read = pollster::block_on(self.objects().read(&blob.key, None)).expect("it is read");
        assert!(read.as_deref() == Some(bytes), "the bytes are those that were pushed");
    }
}

impl Upload {
    /// An upload that goes on by this `Location`.
    pub fn at(session: UploadSession) -> Self {
        Self(RefCell::new(session))
    }

    /// The newest `Location`.
    pub fn session(&self) -> UploadSession {
        self.0.borrow().clone()
    }

    pub fn id(&self) -> UploadId {
        self.session().id().clone()
    }

    // As the answer has it.
    fn go_on(&self, answer: Result<UploadSession, AppendError>) -> Result<u64, AppendError> {
        let next = match &answer {
            Ok(next) => next.clone(),
            Err(AppendError::Offset { received } | AppendError::Slow { received }) => {
                self.session().having(*received)
            }
            Err(_) => self.session(),
        };
        self.0.replace(next);
        answer.map(|next| next.received())
    }
}
