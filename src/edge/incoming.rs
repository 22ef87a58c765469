//! The request as it came in.

use http::Method;
use js_sys::Array;
use web_sys::Request;

use super::body::EdgeBody;
use super::{headers, runtime};
use crate::services::{BodyError, Incoming, REQUEST_HEADERS};

thread_local! {
    static NAMES: Array = headers::names(&REQUEST_HEADERS);
}

/// A request of the runtime's.
pub struct EdgeIncoming {
    request: Request,
    /// Method, URL and headers, with line breaks between.
    text: String,
    url_at: usize,
    headers_at: usize,
}

impl EdgeIncoming {
    /// Takes a request in.
    pub fn new(request: Request) -> Self {
        let text = NAMES.with(|names| runtime::read_request(&request, names));
        let line = |from: usize| text[from..].find('\n').map_or(text.len(), |at| from + at);
        let url_at = line(0) + 1;
        let headers_at = line(url_at);
        Self { request, text, url_at, headers_at }
    }
}

impl Incoming for EdgeIncoming {
    fn method(&self) -> Method {
        // What is not even a method is one that no route has.
        self.text[..self.url_at - 1].parse().unwrap_or(Method::TRACE)
    }

    fn url(&self) -> &str {
        &self.text[self.url_at..self.headers_at]
    }

    fn header(&self, name: &str) -> Option<&str> {
        let block = self.text.get(self.headers_at + 1..)?;
        headers::pairs(block).find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    async fn body(&self, limit: usize) -> Result<Vec<u8>, BodyError> {
        let body = EdgeBody::new(self.request.body());
        body.read(limit).await.map_err(|error| match error.is_too_long() {
            true => BodyError::TooLong,
            false => BodyError::Broken,
        })
    }
}
