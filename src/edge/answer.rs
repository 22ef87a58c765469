//! Answers, as the runtime takes them.

use wasm_bindgen::JsValue;
use web_sys::Response;

use super::{headers, runtime};
use crate::answer::{Answer, Content};

// The one header that no two answers share.
const UNIQUE: &str = "x-request-id";

/// The runtime's response for an answer.
pub fn to_response(answer: Answer<super::body::EdgeBody>) -> Result<Response, JsValue> {
    let (mut block, mut id) = (String::with_capacity(512), "");
    for (name, value) in &answer.headers {
        match *name {
            UNIQUE => id = value,
            _ => headers::push(&mut block, name, value),
        }
    }
    let status = answer.status.as_u16();
    match answer.content {
        Content::Text(text) => runtime::respond_text(status, &block, id, &text),
        Content::Shared(text) => runtime::respond_text(status, &block, id, &text),
        Content::Empty => runtime::respond(status, &block, id, None),
        Content::Through(body) => {
            let stream = body.into_stream().map(|stream| runtime::paced(&stream)).transpose()?;
            runtime::respond(status, &block, id, stream.as_ref())
        }
    }
}
