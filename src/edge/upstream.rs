//! Calls upstream, with the runtime's own `fetch`.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Response;

use super::body::EdgeBody;
use super::{headers, runtime};
use crate::services::{Call, NoReply, READ_HEADERS, ReadBody, Reply, Upstream};

// Longer than most calls, in bytes. Most of it is a token.
const USUAL_CALL: usize = 4096;

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
        let sent = runtime::settled(runtime::send(&text, deadline)).await;
        unread(&sent.map_err(no_reply)?.unchecked_into())
    }

    async fn send_and_read(
        &self,
        call: &Call,
        limit: usize,
    ) -> Result<Reply<ReadBody<EdgeBody>>, NoReply> {
        let (text, deadline) = written(call);
        let (names, limit) = (NAMES.with(Array::clone), limit as u32);
        let read = runtime::settled(runtime::send_and_read(&text, deadline, &names, limit)).await;
        let read = read.map_err(no_reply)?;
        let Some(text) = runtime::text_in(&read) else {
            return Ok(unread(read.unchecked_ref())?.map(ReadBody::Longer));
        };
        // Every body that is read is JSON. Bytes that are not UTF-8 were replaced, so the check of
        // its digest or its parser fails.
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        reply(head, ReadBody::Whole(body.as_bytes().to_vec()))
    }
}

fn unread(response: &Response) -> Result<Reply<EdgeBody>, NoReply> {
    let head = NAMES.with(|names| runtime::read_reply(response, names)).map_err(no_reply)?;
    reply(&runtime::text(&head), EdgeBody::new(response.body()))
}

fn written(call: &Call) -> (String, u32) {
    let mut text = String::with_capacity(USUAL_CALL);
    for part in [call.method.as_str(), "\n", &call.url] {
        text.push_str(part);
    }
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
            .map_err(|_| NoReply::Unreachable("it answered an invalid status".to_owned()))?,
        headers: headers::pairs(block).filter_map(owned).collect(),
        body,
    })
}

fn no_reply(thrown: JsValue) -> NoReply {
    match runtime::name_of(&thrown).as_str() {
        "TimeoutError" => NoReply::Deadline,
        name => NoReply::Unreachable(name.to_owned()),
    }
}
