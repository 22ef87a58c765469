//! The services that the app needs from outside, as small traits.
//!
//! `edge` has the Worker's implementations, and `tests/native/twins.rs` has in-memory twins. Both
//! run the contract suite in `tests/contract`.

pub mod database;
pub mod objects;

use std::borrow::Cow;
use std::time::Duration;

use http::{Method, StatusCode};

use crate::secret::Secret;
use database::Database;
use objects::Objects;

/// All services that the app needs. A clone gives the same services to a task that runs after the
/// answer.
#[allow(async_fn_in_trait, reason = "a Worker has one thread")]
pub trait Services: Clone + 'static {
    /// The body of an upstream reply that is passed through unread.
    type Body;
    /// The balena API and the registry.
    type Upstream: Upstream<Body = Self::Body>;
    /// The store that all isolates share: Workers KV.
    type Store: Store;
    /// The store of one data centre: the Cache API. It may lose entries at any time, and fails if
    /// the platform has no cache.
    type Cache: Store;
    /// Where all that must be consistent about hosted repositories is: D1.
    type Database: Database;
    /// Where the data of hosted repositories is: R2.
    type Objects: Objects<Body = Self::Body>;

    /// The balena API and the registry.
    fn upstream(&self) -> &Self::Upstream;
    /// The store that all isolates share.
    fn store(&self) -> &Self::Store;
    /// The store of this data centre.
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
    /// Whether an anonymous `client` (an IP address) may cause one more call upstream now. Always
    /// true if no rate limit is bound.
    async fn permits(&self, client: &str) -> bool;
    /// Runs a task after the answer.
    fn defer(&self, task: impl Future<Output = ()> + 'static);
}

/// Where hosted repositories are kept.
pub struct Hosting<'a, S: Services> {
    /// Everything that must be consistent.
    pub database: &'a S::Database,
    /// The bytes of blobs and large manifests.
    pub objects: &'a S::Objects,
}

impl<S: Services> Clone for Hosting<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Services> Copy for Hosting<'_, S> {}

/// Key and value pairs with a time to live. A put may succeed and keep nothing, and anybody with
/// access to the store may have written a value. So the reader must check what it gets.
#[allow(async_fn_in_trait, reason = "a Worker has one thread")]
pub trait Store: Clone + 'static {
    /// The value of a key, if there is one.
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError>;
    /// Sets a key for `seconds`. Workers KV refuses fewer than 60.
    async fn put(&self, key: &str, value: String, seconds: u64) -> Result<(), StoreError>;
    /// Removes a key. It is not an error if there is no such key.
    async fn delete(&self, key: &str) -> Result<(), StoreError>;
}

/// The store failed; the text says how.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct StoreError(pub String);

/// The balena API and the registry.
#[allow(async_fn_in_trait, reason = "a Worker has one thread")]
pub trait Upstream {
    /// The body of a reply that is passed through unread.
    type Body;
    /// Makes a call and returns the reply as soon as its headers are there. Redirects are not
    /// followed.
    async fn send(&self, call: &Call) -> Result<Reply<Self::Body>, NoReply>;
    /// Makes a call and reads the reply's body if it has at most `limit` bytes. A longer body stays
    /// a stream. The deadline covers the call and the reading. Of a 304 only the status is read.
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
    /// The token for `Authorization: Bearer`.
    pub bearer: Option<Secret>,
    /// The other headers.
    pub headers: Vec<(&'static str, String)>,
    /// How long the call may take.
    pub deadline: Duration,
}

/// A reply of upstream.
#[derive(Clone, Debug)]
pub struct Reply<B> {
    /// The status.
    pub status: StatusCode,
    /// The reply's headers, as far as [`READ_HEADERS`] has them.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: B,
}

/// The body of a reply, after reading it up to a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadBody<B> {
    /// The whole body.
    Whole(Vec<u8>),
    /// The body is longer than the limit. The stream still has every byte of it.
    Longer(B),
}

/// The headers of a reply that bhcr reads. It drops all others.
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
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReply {
    /// The deadline passed.
    #[error("the deadline passed")]
    Deadline,
    /// There was no connection, or it broke. The text says how.
    #[error("there was no connection, or it broke: {0}")]
    Unreachable(String),
}

/// A request as it came in.
#[allow(async_fn_in_trait, reason = "a Worker has one thread")]
pub trait Incoming {
    /// The body, if it is passed through unread.
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
    /// The body as a stream, to be passed through unread. It can be taken once.
    fn stream(&self) -> Self::Body;
    /// Reads what is left of the body and forgets it. A client that is still sending would see its
    /// connection reset, and not the answer.
    async fn drain(&self);
}

/// Why a request's body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The body has more than `limit` bytes.
    #[error("the body has more than {limit} bytes")]
    OverLimit {
        /// The most bytes that are read.
        limit: usize,
    },
    /// The client closed the connection before the end.
    #[error("the body broke off")]
    Broken,
}
