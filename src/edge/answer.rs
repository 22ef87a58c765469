//! Answers, as the runtime takes them.

use js_sys::BigInt;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Headers, ReadableStream, Response, ResponseInit};
use worker::wasm_bindgen::JsValue;
use worker::worker_sys::FixedLengthStream;

use super::body::EdgeBody;
use crate::answer::{Answer, Content};

// From this length on, in bytes, a body is worth a stream of its own.
const LARGE: u64 = 1 << 20;

/// The runtime's response for an answer.
pub fn to_response(answer: Answer<EdgeBody>) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &answer.headers {
        headers.set(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(answer.status.as_u16());
    init.set_headers(&headers);
    let length = answer.header("content-length").and_then(|text| text.parse().ok());
    match answer.content {
        Content::Text(text) => Response::new_with_opt_str_and_init(Some(&text), &init),
        Content::Empty => Response::new_with_opt_str_and_init(None, &init),
        Content::Through(body) => {
            let stream = match (body.into_stream(), length) {
                (Some(stream), Some(length)) if length >= LARGE => Some(paced(&stream, length)?),
                (stream, _) => stream,
            };
            Response::new_with_opt_readable_stream_and_init(stream.as_ref(), &init)
        }
    }
}

// Handed straight through, a stream that its reader does not keep up with is buffered by the
// runtime with 2.5 MB; through a stream of fixed length it is a third less.
fn paced(stream: &ReadableStream, length: u64) -> Result<ReadableStream, JsValue> {
    let paced = FixedLengthStream::new_big_int(BigInt::from(length))?;
    let piped = JsFuture::from(stream.pipe_to(&paced.writable()));
    // It fails when the client leaves: nobody is left to be told.
    spawn_local(async { drop(piped.await) });
    Ok(paced.readable())
}
