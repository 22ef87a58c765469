//! Answers, as the runtime takes them.

use web_sys::{Headers, Response, ResponseInit};
use worker::wasm_bindgen::JsValue;

use super::body::EdgeBody;
use crate::answer::{Answer, Content};

/// The runtime's response for an answer.
pub fn to_response(answer: Answer<EdgeBody>) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &answer.headers {
        headers.set(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(answer.status.as_u16());
    init.set_headers(&headers);
    match answer.content {
        Content::Text(text) => Response::new_with_opt_str_and_init(Some(&text), &init),
        Content::Through(body) => {
            let stream = body.into_stream();
            Response::new_with_opt_readable_stream_and_init(stream.as_ref(), &init)
        }
        Content::Empty => Response::new_with_opt_str_and_init(None, &init),
    }
}
