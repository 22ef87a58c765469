//! The request as it came in.

use std::borrow::Cow;

use http::Method;
use js_sys::Array;
use web_sys::Request;

use super::body::EdgeBody;
use super::{headers, runtime};
use crate::services::{BodyError, Incoming};

// The headers that bhcr reads of nearly every request.
const EAGER: [&str; 2] = ["authorization", "if-none-match"];

thread_local! {
    static NAMES: Array = headers::names(&EAGER);
}

/// A request of the runtime's.
pub struct EdgeIncoming {
    request: Request,
    /// Method, URL and a block of the headers [`EAGER`], with line breaks between.
    text: String,
    url_at: usize,
    url_end: usize,
}

impl EdgeIncoming {
    /// Takes a request in.
    pub fn new(request: Request) -> Self {
        let text = NAMES.with(|names| runtime::text(&runtime::read_request(&request, names)));
        let line_end = |from: usize| text[from..].find('\n').map_or(text.len(), |at| from + at);
        let url_at = line_end(0) + 1;
        let url_end = line_end(url_at);
        Self { request, text, url_at, url_end }
    }
}

impl Incoming for EdgeIncoming {
    type Body = EdgeBody;

    fn method(&self) -> Method {
        // A text that is not a method is taken for a method that no route has.
        self.text[..self.url_at - 1].parse().unwrap_or(Method::TRACE)
    }

    fn url(&self) -> &str {
        &self.text[self.url_at..self.url_end]
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        if !EAGER.contains(&name) {
            return runtime::read_header(&self.request, name).map(Cow::Owned);
        }
        let block = self.text.get(self.url_end + 1..)?;
        let found = headers::pairs(block).find(|(known, _)| *known == name);
        found.map(|(_, value)| Cow::Borrowed(value))
    }

    fn is_aborted(&self) -> bool {
        runtime::is_aborted(&self.request).unwrap_or(false)
    }

    async fn body(&self, limit: usize) -> Result<Vec<u8>, BodyError> {
        self.stream().read(limit).await.map_err(|error| match error.is_too_long() {
            true => BodyError::OverLimit { limit },
            false => BodyError::Broken,
        })
    }

    fn stream(&self) -> EdgeBody {
        EdgeBody::of_request(self.request.body())
    }

    async fn drain(&self) {
        // A body that broke off has no rest to read.
        drop(runtime::drain(&self.request).await);
    }
}
