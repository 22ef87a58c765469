//! Bodies: JavaScript streams, handed through as they are or read up to a limit.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader};
use worker::wasm_bindgen::{JsCast, JsValue};

/// A body that was not read. A stream of JavaScript's own keeps its length; one of Rust's would
/// lose it.
#[derive(Debug)]
pub struct EdgeBody(Option<ReadableStream>);

/// Why a body could not be read.
pub enum ReadError {
    /// It is over the limit.
    TooLong,
    /// It broke off; and what was thrown.
    Broken(JsValue),
}

impl EdgeBody {
    /// The body behind a stream; no stream is an empty body.
    pub fn new(stream: Option<ReadableStream>) -> Self {
        Self(stream)
    }

    /// The stream, to be handed through.
    pub fn into_stream(mut self) -> Option<ReadableStream> {
        self.0.take()
    }

    /// Reads the body, `limit` bytes at most.
    pub async fn read(self, limit: usize) -> Result<Vec<u8>, ReadError> {
        let mut bytes = Vec::new();
        let Some(stream) = self.into_stream() else { return Ok(bytes) };
        let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
        while let Some(chunk) = next(&reader).await.map_err(ReadError::Broken)? {
            if bytes.len() + chunk.length() as usize > limit {
                // Whether the other side takes note is its own business.
                drop(reader.cancel());
                return Err(ReadError::TooLong);
            }
            bytes.extend(chunk.to_vec());
        }
        Ok(bytes)
    }
}

// A body that nobody reads would hold its connection, of which a request may have six.
impl Drop for EdgeBody {
    fn drop(&mut self) {
        if let Some(stream) = self.0.take() {
            drop(stream.cancel());
        }
    }
}

async fn next(reader: &ReadableStreamDefaultReader) -> Result<Option<Uint8Array>, JsValue> {
    let step = JsFuture::from(reader.read()).await?;
    let done = Reflect::get(&step, &JsValue::from("done"))?.is_truthy();
    let chunk = Reflect::get(&step, &JsValue::from("value"))?;
    Ok((!done).then(|| chunk.unchecked_into()))
}
