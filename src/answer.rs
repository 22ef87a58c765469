//! Answers, and the one mapping from failures to what a client is told.

mod failure;
mod hosted;
mod message;

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

// The headers of upstream that a client gets. Any other header may reveal a location.
const RELAYED: [&str; 6] = [
    "content-type",
    "content-length",
    "content-range",
    "accept-ranges",
    "etag",
    "docker-content-digest",
];

/// An answer to a client.
#[derive(Debug)]
pub struct Answer<B> {
    /// The status.
    pub status: StatusCode,
    /// The headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
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
    pub fn text(status: StatusCode, media_type: &str, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: vec![
                ("content-type", media_type.to_owned()),
                ("cache-control", NO_STORE.to_owned()),
            ],
            content: Content::Text(body.into()),
        }
    }

    /// JSON that no cache may keep.
    pub fn json(status: StatusCode, body: impl Into<String>) -> Self {
        Self::text(status, "application/json", body)
    }

    /// An answer without a body that no cache may keep.
    pub fn empty(status: StatusCode) -> Self {
        let headers = vec![("cache-control", NO_STORE.to_owned())];
        Self { status, headers, content: Content::Empty }
    }

    /// An OCI error.
    pub fn error(status: StatusCode, code: Code, message: &str) -> Self {
        Self::json(status, error::body(code, message))
    }

    /// Upstream's reply, with only the headers that a client may get.
    pub fn relayed(reply: Reply<B>) -> Self {
        let passes = |(name, _): &(&'static str, String)| RELAYED.contains(name);
        let mut headers: Vec<_> = reply.headers.into_iter().filter(passes).collect();
        headers.push(("cache-control", PRIVATE.to_owned()));
        Self { status: reply.status, headers, content: Content::Through(reply.body) }
    }

    /// The head of upstream's reply: its headers as in [`Self::relayed`], and no body.
    pub fn relayed_head(reply: Reply<B>) -> Self {
        Self { content: Content::Empty, ..Self::relayed(reply) }
    }

    /// An answer for content, still without its body; only the client may cache it.
    pub fn content(status: StatusCode) -> Self {
        let headers = vec![("cache-control", PRIVATE.to_owned())];
        Self { status, headers, content: Content::Empty }
    }

    /// A redirect to storage.
    pub fn redirect(location: &str) -> Self {
        Self::content(StatusCode::TEMPORARY_REDIRECT).with("location", location)
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
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
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
