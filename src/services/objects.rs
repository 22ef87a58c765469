//! Where bytes are kept: R2, as far as hosting needs it.
//!
//! Bodies are handed through as streams; what is stored never passes through WebAssembly. A body
//! that is larger than a part, or whose length is not known, goes into a multipart upload in parts
//! of [`PART`] bytes each; R2 wants all parts but the last to be of one size.

use crate::oci::digest::{Algorithm, Digest};

/// The size of a part, in bytes: the least that R2 takes for any part but the last.
pub const PART: u64 = 5 << 20;
/// The most parts that a multipart upload may have.
pub const MAX_PARTS: u16 = 10_000;
/// The most bytes that one put takes: 5 GiB less 5 MiB.
pub const MAX_PUT: u64 = (5 << 30) - (5 << 20);
/// The most keys that one deletion takes.
pub const MAX_DELETE: usize = 1000;
/// The most bytes that a key has.
pub const MAX_KEY: usize = 1024;

/// Objects under keys, strongly consistent.
#[allow(async_fn_in_trait, reason = "a Worker has one thread")]
pub trait Objects: Clone + 'static {
    /// A body that comes in or goes out as a stream.
    type Body;
    /// A body on its way into parts.
    type Intake: Intake;

    /// The size of an object in bytes, if there is one.
    async fn size(&self, key: &str) -> Result<Option<u64>, ObjectsError>;
    /// An object, or a span of it, as a stream. `None` where there is no object.
    async fn read(&self, key: &str, span: Option<Span>) -> Result<Option<Self::Body>, ReadError>;
    /// Stores a body of `length` bytes, [`MAX_PUT`] at most, if its digest is `digest`.
    async fn put(
        &self,
        key: &str,
        body: Self::Body,
        length: u64,
        digest: Digest,
    ) -> Result<(), PutError>;
    /// Stores bytes that are in memory.
    async fn put_bytes(&self, key: &str, bytes: &[u8]) -> Result<(), ObjectsError>;
    /// Takes a body in that is to be stored in parts.
    ///
    /// # Errors
    /// [`NoBuffer`], only where the length is not known. Nothing was read.
    fn take_in(&self, body: Self::Body, arrival: Arrival<'_>) -> Result<Self::Intake, NoBuffer>;
    /// Stores the object under `from` as one more part.
    async fn append(
        &self,
        upload: Multipart<'_>,
        number: u16,
        from: &str,
    ) -> Result<Part, CompleteError>;
    /// Makes the object out of its parts, which are in order.
    async fn complete(&self, upload: Multipart<'_>, parts: &[Part]) -> Result<(), CompleteError>;
    /// Forgets an upload with its parts; one that has ended is no error.
    async fn abort(&self, upload: Multipart<'_>) -> Result<(), ObjectsError>;
    /// The digest of an object, which is read for it once. `None` where there is no object.
    async fn digest(&self, key: &str, algorithm: Algorithm)
    -> Result<Option<Digest>, ObjectsError>;
    /// Deletes objects, [`MAX_DELETE`] at most; one that is not there is no error.
    async fn delete(&self, keys: &[String]) -> Result<(), ObjectsError>;
    /// A page of the objects whose keys begin with `prefix`, in the order of their keys.
    async fn list(&self, prefix: &str, cursor: Option<&str>) -> Result<Page, ObjectsError>;
}

/// What is known of a body that comes in.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// Whose it is: one owner has a share of the buffers, so that others find some, too.
    pub owner: &'a str,
    /// How many bytes it has, if that is known.
    pub length: Option<u64>,
    /// With what its digest is made on the way, if it is to be made.
    pub algorithm: Option<Algorithm>,
}

/// A body on its way into parts. Dropping it gives its buffers back.
#[allow(async_fn_in_trait, reason = "a Worker has one thread")]
pub trait Intake {
    /// Stores what comes in, until the body ends or as many parts are stored as were ordered. It
    /// may be called again where the answer is [`End::More`].
    async fn store(&mut self, order: &Order<'_>) -> Stored;
}

/// Where an intake stores what comes in.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The key of the object that the parts are of.
    pub key: &'a str,
    /// The multipart upload; without one, it is begun with the first part.
    pub upload: Option<&'a str>,
    /// The number of the next part.
    pub next: u16,
    /// The most parts to store.
    pub parts: u16,
    /// The object whose bytes come before the body's, fewer than a part.
    pub tail: Option<&'a str>,
    /// The key under which the last bytes are kept where they are fewer than a part.
    pub rest: &'a str,
}

/// What an intake stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The multipart upload, if there is one by now.
    pub upload: Option<String>,
    /// The parts that were stored, in order, each of [`PART`] bytes.
    pub parts: Vec<Part>,
    /// How it ended.
    pub end: End,
}

/// How an intake ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// As many parts as were ordered are stored, and more may come.
    More,
    /// The body has ended.
    Whole {
        /// How many bytes are kept under the order's `rest`; with none there is no such object.
        rest: u64,
        /// The digest of the body, if it was to be made.
        digest: Option<Digest>,
    },
    /// The body broke off, or has fewer bytes than its length said. Only the parts are stored.
    Cut,
    /// The body came too slowly, or nothing came of it for a while. Only the parts are stored.
    Slow,
    /// The body has more bytes than its length said. Only the parts are stored.
    Long,
    /// A call failed. Only the parts are stored.
    Failed(ObjectsError),
}

/// A part that was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its number, from 1 to [`MAX_PARTS`].
    pub number: u16,
    /// What R2 calls this version of the part.
    pub etag: String,
}

/// A multipart upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multipart<'a> {
    /// The key of the object to be.
    pub key: &'a str,
    /// R2's own name for the upload.
    pub id: &'a str,
}

/// Some of an object's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub offset: u64,
    /// How many there are, at least one.
    pub length: u64,
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The objects.
    pub objects: Vec<Listed>,
    /// Where the next page begins; `None` on the last one.
    pub cursor: Option<String>,
}

/// An object in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
}

/// A call to R2 failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("R2 failed: {message}")]
pub struct ObjectsError {
    /// R2's own code, where it gave one.
    pub code: Option<u32>,
    /// What it said. It may name a key, and is for the log alone.
    pub message: String,
}

/// Why an object could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The object ends before the span does.
    #[error("the object has only {size} bytes")]
    PastEnd {
        /// The object's size in bytes.
        size: u64,
    },
    /// The call failed.
    #[error(transparent)]
    Failed(#[from] ObjectsError),
}

/// Why an object could not be stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PutError {
    /// The body has another digest. Nothing is stored.
    #[error("the body has another digest")]
    Mismatch,
    /// The body broke off, or the call failed. Nothing is stored.
    #[error(transparent)]
    Failed(ObjectsError),
}

/// Why an upload could not be completed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompleteError {
    /// There is no such upload: it was completed, aborted, or forgotten after a week.
    #[error("there is no such upload")]
    Gone,
    /// A part is not there, or another one has its number.
    #[error("a part is missing, or another one has its number")]
    WrongPart,
    /// The call failed.
    #[error(transparent)]
    Failed(ObjectsError),
}

/// All buffers for bodies of unknown length are in use, or the owner's share of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("all buffers are in use")]
pub struct NoBuffer;
