//! Calls upstream, with the runtime's own `fetch`.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Response;

use super::body::EdgeBody;
use super::{headers, runtime};
use crate::services::{Call, NoReply, READ_HEADERS, Reply, Upstream};

thread_local! {
    static NAMES: Array = headers::names(&READ_HEADERS);
}

/// Upstream, as the runtime reaches it.
#[derive(Clone)]
pub struct EdgeUpstream;

impl Upstream for EdgeUpstream {
    type Body = EdgeBody;

    async fn send(&self, call: &Call) -> Result<Reply<EdgeBody>, NoReply> {
        let (text, deadline) = written(call);
        let response = runtime::send(&text, deadline).await;
        let response: Response = response.map_err(no_reply)?.unchecked_into();
        let head = NAMES.with(|names| runtime::read_reply(&response, names)).map_err(no_reply)?;
        reply(&runtime::text(&head), EdgeBody::new(response.body()))
    }

    async fn send_and_read(&self, call: &Call, limit: usize) -> Result<Reply<Vec<u8>>, NoReply> {
        let (text, deadline) = written(call);
        let (names, limit) = (NAMES.with(Array::clone), limit as u32);
        let read = runtime::send_and_read(&text, deadline, &names, limit).await;
        let text = runtime::text(read.map_err(no_reply)?.unchecked_ref());
        // Whatever is read is JSON; what is no text in it is replaced, and fails there.
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        reply(head, body.as_bytes().to_vec())
    }
}

fn written(call: &Call) -> (String, u32) {
    let mut text = format!("{}\n{}", call.method, call.url);
    for (name, value) in &call.headers {
        headers::push(&mut text, name, value);
    }
    if let Some(bearer) = &call.bearer {
        headers::push(&mut text, "authorization", "Bearer ");
        text.push_str(bearer.expose());
    }
    (text, call.deadline.as_millis() as u32)
}

fn reply<B>(head: &str, body: B) -> Result<Reply<B>, NoReply> {
    let (status, block) = head.split_once('\n').unwrap_or((head, ""));
    let owned = |(name, value): (&str, &str)| {
        let known = READ_HEADERS.iter().find(|known| **known == name)?;
        Some((*known, value.to_owned()))
    };
    Ok(Reply {
        status: status
            .parse()
            .map_err(|_| NoReply::Unreachable("answered a status that is none".to_owned()))?,
        headers: headers::pairs(block).filter_map(owned).collect(),
        body,
    })
}

fn no_reply(thrown: JsValue) -> NoReply {
    match runtime::name_of(&thrown).as_str() {
        "TimeoutError" => NoReply::Deadline,
        "RangeError" => NoReply::TooLong,
        name => NoReply::Unreachable(format!("broke off: {name}")),
    }
}
