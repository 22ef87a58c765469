//! The request as it came in.

use http::Method;
use web_sys::Request;

use super::body::{EdgeBody, ReadError};
use crate::services::{BodyError, Incoming};

/// A request of the runtime's.
pub struct EdgeIncoming {
    request: Request,
    url: String,
}

impl EdgeIncoming {
    /// Takes a request in.
    pub fn new(request: Request) -> Self {
        Self { url: request.url(), request }
    }
}

impl Incoming for EdgeIncoming {
    fn method(&self) -> Method {
        // What is not even a method is one that no route has.
        self.request.method().parse().unwrap_or(Method::TRACE)
    }

    fn url(&self) -> &str {
        &self.url
    }

    fn header(&self, name: &str) -> Option<String> {
        self.request.headers().get(name).ok().flatten()
    }

    async fn body(&self, limit: usize) -> Result<Vec<u8>, BodyError> {
        let body = EdgeBody::new(self.request.body());
        body.read(limit).await.map_err(|error| match error {
            ReadError::TooLong => BodyError::TooLong,
            ReadError::Broken(_) => BodyError::Broken,
        })
    }
}
