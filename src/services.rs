//! What the app needs from outside, as small traits.
//!
//! The Worker's own implementations are in `edge`; `tests/native/twins.rs` has in-memory twins. The
//! contract suite in `tests/contract` says what both promise.

pub mod database;
pub mod objects;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use http::{Method, StatusCode};

use crate::secret::Secret;
use database::Database;
use objects::Objects;

/// Everything that the app needs from outside. A clone is the same services, for what runs after
/// the answer was given.
#[allow(async_fn_in_trait, reason = "a Worker has one thread")]
pub trait Services: Clone + 'static {
    /// The body of an upstream reply, when it is handed through unread.
    type Body;
    /// How upstream is called.
    type Upstream: Upstream<Body = Self::Body>;
    /// What outlives a request, and is shared by every isolate: Workers KV.
    type Store: Store;
    /// What outlives a request within one data centre: the Cache API. It may forget at any time,
    /// and fail where there is none.
    type Cache: Store;
    /// Where all that must be consistent about hosted repositories is: D1.
    type Database: Database;
    /// Where the data of hosted repositories is: R2.
    type Objects: Objects<Body = Self::Body>;

    /// How upstream is called.
    fn upstream(&self) -> &Self::Upstream;
    /// What is shared by every isolate.
    fn store(&self) -> &Self::Store;
    /// What is shared within a data centre.
    fn cache(&self) -> &Self::Cache;
    /// What hosting needs; none where hosting is off, because a binding is missing.
    fn hosting(&self) -> Option<Hosting<'_, Self>>;
    /// The time, in milliseconds since 1970.
    fn now_ms(&self) -> u64;
    /// The time, in seconds since 1970.
    fn now(&self) -> u64 {
        self.now_ms() / 1000
    }
    /// Waits.
    async fn pause(&self, time: Duration);
    /// Writes one line to the log.
    fn log(&self, line: &str);
    /// Whether an anonymous `client` (an address) may cause one more call upstream now. Always true
    /// where the platform has no rate limit.
    async fn permits(&self, client: &str) -> bool;
    /// Runs a task after the answer was given.
    fn defer(&self, task: impl Future<Output = ()> + 'static);
}

/// What hosted repositories are kept in.
pub struct Hosting<'a, S: Services> {
    /// Where all that must be consistent is.
    pub database: &'a S::Database,
    /// Where the data is.
    pub objects: &'a S::Objects,
}

impl<S: Services> Clone for Hosting<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Services> Copy for Hosting<'_, S> {}

/// Key and value pairs with a time to live. A put may be done without keeping anything, and what
/// is kept may be another's: who reads has to judge by the value.
#[allow(async_fn_in_trait, reason = "a Worker has one thread")]
pub trait Store: Clone + 'static {
    /// The value of a key, if there is one.
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError>;
    /// Sets a key, for `seconds`, of which Workers KV wants 60 or more.
    async fn put(&self, key: &str, value: String, seconds: u64) -> Result<(), StoreError>;
    /// Removes a key; one that is not there is no error.
    async fn delete(&self, key: &str) -> Result<(), StoreError>;
}

/// The store failed; the text says how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError(pub String);

impl Error for StoreError {}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store failed: {}", self.0)
    }
}

/// The balena API and the registry.
#[allow(async_fn_in_trait, reason = "a Worker has one thread")]
pub trait Upstream {
    /// The body of a reply, when it is handed through unread.
    type Body;
    /// Makes a call and gives the reply as soon as its headers are there. No redirect is
    /// followed.
    async fn send(&self, call: &Call) -> Result<Reply<Self::Body>, NoReply>;
    /// Makes a call and reads the reply's body if it has at most `limit` bytes; a longer one stays
    /// a stream. The deadline is for both. Of a 304 only the status is read.
    async fn send_and_read(
        &self,
        call: &Call,
        limit: usize,
    ) -> Result<Reply<ReadBody<Self::Body>>, NoReply>;
}

/// One call upstream, as data.
#[derive(Clone, Debug)]
pub struct Call {
    /// GET or HEAD.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// What goes into `Authorization: Bearer`.
    pub bearer: Option<Secret>,
    /// The other headers.
    pub headers: Vec<(&'static str, String)>,
    /// How long it may take, from now.
    pub deadline: Duration,
}

/// What upstream replied.
#[derive(Clone, Debug)]
pub struct Reply<B> {
    /// The status.
    pub status: StatusCode,
    /// Those headers of [`READ_HEADERS`] that it has.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: B,
}

/// The body of a reply that was to be read up to a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadBody<B> {
    /// Every byte of it.
    Whole(Vec<u8>),
    /// It is longer than the limit; every byte is still to be read.
    Longer(B),
}

/// The headers of a reply that are read at all.
pub const READ_HEADERS: [&str; 9] = [
    "content-type",
    "content-length",
    "content-range",
    "accept-ranges",
    "etag",
    "docker-content-digest",
    "location",
    "www-authenticate",
    "retry-after",
];

impl<B> Reply<B> {
    /// The value of one of [`READ_HEADERS`].
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The reply with another body.
    pub fn map<C>(self, body: impl FnOnce(B) -> C) -> Reply<C> {
        Reply { status: self.status, headers: self.headers, body: body(self.body) }
    }
}

/// Why a call got no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoReply {
    /// The deadline passed.
    Deadline,
    /// There was no connection, or it broke; and how.
    Unreachable(String),
}

/// A request as it came in.
#[allow(async_fn_in_trait, reason = "a Worker has one thread")]
pub trait Incoming {
    /// The body, when it is handed through unread.
    type Body;
    /// The method.
    fn method(&self) -> Method;
    /// The URL, raw: nothing in its path is decoded or folded.
    fn url(&self) -> &str;
    /// A header's value.
    fn header(&self, name: &str) -> Option<Cow<'_, str>>;
    /// Whether the client went away before it was answered.
    fn is_aborted(&self) -> bool;
    /// Reads the body, `limit` bytes at most.
    async fn body(&self, limit: usize) -> Result<Vec<u8>, BodyError>;
    /// The body, to be handed through unread; it can be taken once.
    fn stream(&self) -> Self::Body;
    /// Reads what is left of the body and forgets it. A client that is still sending would see its
    /// connection reset, and not the answer.
    async fn drain(&self);
}

/// Why a request's body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// The body has more than `limit` bytes.
    OverLimit {
        /// The most bytes that are read.
        limit: usize,
    },
    /// The client broke off.
    Broken,
}

impl Error for BodyError {}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OverLimit { limit } => write!(f, "the body has more than {limit} bytes"),
            Self::Broken => f.write_str("the body broke off"),
        }
    }
}
