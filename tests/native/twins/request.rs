//! Requests as the app gets them.

use std::borrow::Cow;

use bhcr::services::{BodyError, Incoming};
use http::Method;

/// A request made from its parts.
#[derive(Clone, Debug)]
pub struct MemoryRequest {
    method: Method,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    is_aborted: bool,
}

impl MemoryRequest {
    /// A request without headers or body.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), body: Vec::new(), is_aborted: false }
    }

    /// The request with one more header, its name in lower case.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The request with a body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The request of a client that goes away before its answer.
    #[must_use]
    pub fn aborted(mut self) -> Self {
        self.is_aborted = true;
        self
    }
}

impl Incoming for MemoryRequest {
    type Body = Vec<u8>;

    fn method(&self) -> Method {
        self.method.clone()
    }

    fn url(&self) -> &str {
        &self.url
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let known = self.headers.iter().find(|(known, _)| *known == name);
        known.map(|(_, value)| Cow::Borrowed(value.as_str()))
    }

    async fn drain(&self) {}

    fn is_aborted(&self) -> bool {
        self.is_aborted
    }

    async fn body(&self, limit: usize) -> Result<Vec<u8>, BodyError> {
        if self.body.len() > limit {
            Err(BodyError::OverLimit { limit })
        } else {
            Ok(self.body.clone())
        }
    }

    fn stream(&self) -> Vec<u8> {
        self.body.clone()
    }
}
