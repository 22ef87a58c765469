//! The request as it came in.

use std::borrow::Cow;

use http::Method;
use web_sys::Request;

use super::body::EdgeBody;
use super::runtime;
use crate::services::{BodyError, Incoming};

/// A request of the runtime's.
pub struct EdgeIncoming {
    request: Request,
    /// Method, URL, authorization and `If-None-Match`, each ending with a line break or the text.
    text: String,
    url_at: usize,
    authorization_at: usize,
    if_none_match_at: usize,
}

impl EdgeIncoming {
    /// Takes a request in.
    pub fn new(request: Request) -> Self {
        let text = runtime::text(&runtime::read_request(&request));
        let after_line = |from: usize| text[from..].find('\n').map_or(from, |at| from + at + 1);
        let url_at = after_line(0);
        let authorization_at = after_line(url_at);
        let if_none_match_at = after_line(authorization_at);
        Self { request, text, url_at, authorization_at, if_none_match_at }
    }
}

impl Incoming for EdgeIncoming {
    fn method(&self) -> Method {
        // What is not even a method is one that no route has.
        self.text[..self.url_at - 1].parse().unwrap_or(Method::TRACE)
    }

    fn url(&self) -> &str {
        &self.text[self.url_at..self.authorization_at - 1]
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            "authorization" => {
                present(&self.text[self.authorization_at..self.if_none_match_at - 1])
            }
            "if-none-match" => present(&self.text[self.if_none_match_at..]),
            _ => runtime::read_header(&self.request, name).map(Cow::Owned),
        }
    }

    async fn body(&self, limit: usize) -> Result<Vec<u8>, BodyError> {
        let body = EdgeBody::new(self.request.body());
        body.read(limit).await.map_err(|error| match error.is_too_long() {
            true => BodyError::TooLong,
            false => BodyError::Broken,
        })
    }
}

// An empty value says as little as none.
fn present(value: &str) -> Option<Cow<'_, str>> {
    (!value.is_empty()).then_some(Cow::Borrowed(value))
}
