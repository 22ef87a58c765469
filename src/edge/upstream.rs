//! Calls upstream, with the runtime's own `fetch`.

use js_sys::{Array, Uint8Array};
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
        let (method, block, deadline) = parts(call);
        let response = runtime::send(method, &call.url, &block, deadline).await;
        let response: Response = response.map_err(no_reply)?.unchecked_into();
        let body = EdgeBody::new(response.body());
        reply(&response, body)
    }

    async fn send_and_read(&self, call: &Call, limit: usize) -> Result<Reply<Vec<u8>>, NoReply> {
        let (method, block, deadline) = parts(call);
        let both = runtime::send_and_read(method, &call.url, &block, deadline, limit as u32).await;
        let both: Array = both.map_err(no_reply)?.unchecked_into();
        let body = both.get(1).unchecked_into::<Uint8Array>().to_vec();
        reply(both.get(0).unchecked_ref(), body)
    }
}

fn parts(call: &Call) -> (&str, String, u32) {
    let mut block = String::new();
    for (name, value) in &call.headers {
        headers::push(&mut block, name, value);
    }
    if let Some(bearer) = &call.bearer {
        headers::push(&mut block, "authorization", "Bearer ");
        block.push_str(bearer.expose());
    }
    (call.method.as_str(), block, call.deadline.as_millis() as u32)
}

fn reply<B>(response: &Response, body: B) -> Result<Reply<B>, NoReply> {
    let text = NAMES.with(|names| runtime::read_reply(response, names));
    let (status, block) = text.split_once('\n').unwrap_or((&text, ""));
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
