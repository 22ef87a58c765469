//! The request as it came in.

use std::borrow::Cow;
use std::ops::Range;

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
    method: Method,
    /// Method, URL and a block of the headers [`EAGER`], with line breaks between.
    text: String,
    url: Range<usize>,
    /// Where the values of [`EAGER`] are in the text.
    eager: Eager,
}

type Eager = [Option<Range<usize>>; EAGER.len()];

impl EdgeIncoming {
    /// Takes a request in.
    pub fn new(request: Request) -> Self {
        let text = NAMES.with(|names| runtime::text(&runtime::read_request(&request, names)));
        let (method, url, eager) = find(&text);
        // A text that is not a method is taken for a method that no route has.
        let method = text[method].parse().unwrap_or(Method::TRACE);
        Self { request, method, text, url, eager }
    }
}

impl Incoming for EdgeIncoming {
    type Body = EdgeBody;

    fn method(&self) -> Method {
        self.method.clone()
    }

    fn url(&self) -> &str {
        &self.text[self.url.clone()]
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        match place(name) {
            Some(at) => self.eager[at].clone().map(|value| Cow::Borrowed(&self.text[value])),
            None => runtime::read_header(&self.request, name).map(Cow::Owned),
        }
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
        drop(runtime::settled(runtime::drain(&self.request)).await);
    }
}

// Where the method, the URL and the values of `EAGER` are.
fn find(text: &str) -> (Range<usize>, Range<usize>, Eager) {
    let mut lines = lines(text);
    let mut line = || lines.next().unwrap_or_default();
    let (method, url) = (line(), line());
    let mut eager = Eager::default();
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        if let Some(at) = place(&text[name]) {
            eager[at] = Some(value);
        }
    }
    (method, url, eager)
}

fn place(name: &str) -> Option<usize> {
    EAGER.iter().position(|known| *known == name)
}

// Where the lines of a text are. A request is searched only once, because its token has more than a
// thousand bytes.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = text.get(from..)?;
        let line = from..rest.find('\n').map_or(text.len(), |at| from + at);
        from = line.end + 1;
        Some(line)
    })
}
