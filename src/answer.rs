//! Answers, and the one mapping from failures to what a client is told.

mod failure;
mod hosted;
mod message;

use std::borrow::Cow;
use std::sync::Arc;

use http::StatusCode;

pub use failure::Failure;

use crate::oci::error::{self, Code};
use crate::services::Reply;

// The `Cache-Control` of tokens and refusals.
const NO_STORE: &str = "no-store";
// The `Cache-Control` of manifests and blobs: they may be private, and changed bytes would not
// match their digest.
const PRIVATE: &str = "private, no-transform";

// The `Cache-Control` of pages, which are the same for everybody.
const SHORTLY: &str = "public, max-age=60";

// As many headers as most answers have.
const USUAL_HEADERS: usize = 10;

// The headers of upstream that a client gets. Any other header may reveal a location.
const RELAYED: [&str; 6] = [
    "content-type",
    "content-length",
    "content-range",
    "accept-ranges",
    "etag",
    "docker-content-digest",
];

/// The headers of an answer. Most values are the same in each answer, and need no allocation.
pub type Headers = Vec<(&'static str, Cow<'static, str>)>;

/// An answer to a client.
#[derive(Debug)]
pub struct Answer<B> {
    /// The status.
    pub status: StatusCode,
    /// The headers, names in lower case.
    pub headers: Headers,
    /// The body.
    pub content: Content<B>,
}

/// The body of an answer.
#[derive(Debug)]
pub enum Content<B> {
    /// None.
    Empty,
    /// A text of our own.
    Text(String),
    /// A text that is kept.
    Shared(Arc<str>),
    /// Upstream's body, handed through.
    Through(B),
}

impl<B> Answer<B> {
    /// A text of `media_type` that no cache may keep.
    pub fn text(
        status: StatusCode,
        media_type: impl Into<Cow<'static, str>>,
        body: impl Into<String>,
    ) -> Self {
        let answer = Self::empty(status).with("content-type", media_type);
        Self { content: Content::Text(body.into()), ..answer }
    }

    /// A text that is the same for everybody, and that caches may keep for a minute.
    pub fn reusable(status: StatusCode, media_type: &'static str, body: impl Into<String>) -> Self {
        let answer = Self::under(status, SHORTLY).with("content-type", media_type);
        Self { content: Content::Text(body.into()), ..answer }
    }

    /// JSON that no cache may keep.
    pub fn json(status: StatusCode, body: impl Into<String>) -> Self {
        Self::text(status, "application/json", body)
    }

    /// An answer without a body that no cache may keep.
    pub fn empty(status: StatusCode) -> Self {
        Self::under(status, NO_STORE)
    }

    /// An OCI error.
    pub fn error(status: StatusCode, code: Code, message: &str) -> Self {
        Self::json(status, error::body(code, message))
    }

    /// Upstream's reply, with only the headers that a client may get.
    pub fn relayed(reply: Reply<B>) -> Self {
        let passes = |(name, _): &(&'static str, String)| RELAYED.contains(name);
        let headers = reply.headers.into_iter().filter(passes);
        let add = |answer: Self, (name, value)| answer.with(name, value);
        headers.fold(Self::content(reply.status), add).handing(reply.body)
    }

    /// The head of upstream's reply: its headers as in [`Self::relayed`], and no body.
    pub fn relayed_head(reply: Reply<B>) -> Self {
        Self { content: Content::Empty, ..Self::relayed(reply) }
    }

    /// An answer for content, still without its body; only the client may cache it.
    pub fn content(status: StatusCode) -> Self {
        Self::under(status, PRIVATE)
    }

    /// A redirect to storage.
    pub fn redirect(location: &str) -> Self {
        Self::content(StatusCode::TEMPORARY_REDIRECT).with("location", location.to_owned())
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| &**value)
    }

    /// The answer with a body that is kept.
    #[must_use]
    pub fn carrying(mut self, text: Arc<str>) -> Self {
        self.content = Content::Shared(text);
        self
    }

    /// The answer with a body that is handed through.
    #[must_use]
    pub fn handing(mut self, body: B) -> Self {
        self.content = Content::Through(body);
        self
    }

    /// The answer with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    // An answer without a body, under a `Cache-Control`.
    fn under(status: StatusCode, rule: &'static str) -> Self {
        let mut headers = Vec::with_capacity(USUAL_HEADERS);
        headers.push(("cache-control", rule.into()));
        Self { status, headers, content: Content::Empty }
    }
}
