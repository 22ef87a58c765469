//! Bodies: JavaScript streams, handed through as they are or read up to a limit.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::ReadableStream;

use super::runtime;

/// A body that was not read. It stays a JavaScript stream, because only that keeps its length.
#[derive(Debug)]
pub struct EdgeBody {
    stream: Option<ReadableStream>,
    is_request: bool,
}

/// The exception that reading a body threw.
#[derive(Debug, thiserror::Error)]
#[error("the body could not be read")]
pub(super) struct ReadError(pub(super) JsValue);

impl EdgeBody {
    /// The body behind a stream; no stream is an empty body.
    pub fn new(stream: Option<ReadableStream>) -> Self {
        Self { stream, is_request: false }
    }

    /// The body of a request. Dropping it leaves the stream alone.
    pub fn of_request(stream: Option<ReadableStream>) -> Self {
        Self { stream, is_request: true }
    }

    /// The stream, to be handed through.
    pub fn into_stream(mut self) -> Option<ReadableStream> {
        self.stream.take()
    }

    /// Reads the body, `limit` bytes at most.
    pub(super) async fn read(self, limit: usize) -> Result<Vec<u8>, ReadError> {
        let stream = self.into_stream();
        let bytes = runtime::read_body(stream.as_ref(), limit as u32);
        let bytes = runtime::settled(bytes).await.map_err(ReadError)?;
        Ok(bytes.unchecked_into::<Uint8Array>().to_vec())
    }
}

impl ReadError {
    /// Whether the body is over the limit. If not, it broke off.
    pub(super) fn is_too_long(&self) -> bool {
        runtime::name_of(&self.0) == "RangeError"
    }
}

// An unread body holds its connection, and a request may have only six.
impl Drop for EdgeBody {
    fn drop(&mut self) {
        match self.stream.take() {
            Some(stream) if !self.is_request => drop(stream.cancel()),
            // If this body were cancelled, a client that is still sending would see a reset, and
            // not the answer.
            Some(_) | None => {}
        }
    }
}
