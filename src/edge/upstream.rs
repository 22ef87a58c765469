//! Calls upstream, with the runtime's own `fetch`.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use http::StatusCode;
use js_sys::{Promise, Reflect};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestCache, RequestInit, RequestRedirect, Response};
use worker::Delay;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen::{self, JsCast, JsValue};

use super::body::{EdgeBody, ReadError};
use crate::services::{Call, NoReply, READ_HEADERS, Reply, Upstream};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch)]
    fn js_fetch(url: &str, init: &RequestInit) -> Promise;
}

/// Upstream, as the runtime reaches it.
#[derive(Clone)]
pub struct EdgeUpstream;

impl Upstream for EdgeUpstream {
    type Body = EdgeBody;

    async fn send(&self, call: &Call) -> Result<Reply<EdgeBody>, NoReply> {
        let abort = AbortController::new().map_err(unreachable)?;
        let init = init(call, &abort).map_err(unreachable)?;
        within(call.deadline, &abort, reply(&call.url, &init)).await
    }

    async fn send_and_read(&self, call: &Call, limit: usize) -> Result<Reply<Vec<u8>>, NoReply> {
        let abort = AbortController::new().map_err(unreachable)?;
        let init = init(call, &abort).map_err(unreachable)?;
        within(call.deadline, &abort, async {
            let Reply { status, headers, body } = reply(&call.url, &init).await?;
            let body = body.read(limit).await.map_err(|error| match error {
                ReadError::TooLong => NoReply::TooLong,
                ReadError::Broken(thrown) => unreachable(thrown),
            })?;
            Ok(Reply { status, headers, body })
        })
        .await
    }
}

async fn within<T>(
    deadline: Duration,
    abort: &AbortController,
    work: impl Future<Output = Result<T, NoReply>>,
) -> Result<T, NoReply> {
    match select(pin!(work), pin!(Delay::from(deadline))).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => {
            abort.abort();
            Err(NoReply::Deadline)
        }
    }
}

async fn reply(url: &str, init: &RequestInit) -> Result<Reply<EdgeBody>, NoReply> {
    let thrown = JsFuture::from(js_fetch(url, init)).await;
    let response: Response = thrown.map_err(unreachable)?.unchecked_into();
    let from = response.headers();
    let read = |name| Some((name, from.get(name).ok().flatten()?));
    Ok(Reply {
        status: StatusCode::from_u16(response.status())
            .map_err(|_| NoReply::Unreachable("answered a status that is none".to_owned()))?,
        headers: READ_HEADERS.into_iter().filter_map(read).collect(),
        body: EdgeBody::new(response.body()),
    })
}

fn init(call: &Call, abort: &AbortController) -> Result<RequestInit, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &call.headers {
        headers.set(name, value)?;
    }
    if let Some(bearer) = &call.bearer {
        headers.set("authorization", &format!("Bearer {}", bearer.expose()))?;
    }
    let init = RequestInit::new();
    init.set_method(call.method.as_str());
    init.set_headers(&headers);
    init.set_redirect(RequestRedirect::Manual);
    init.set_cache(RequestCache::NoStore);
    init.set_signal(Some(&abort.signal()));
    Ok(init)
}

// Only the kind of what was thrown: its message could quote the URL.
fn unreachable(thrown: JsValue) -> NoReply {
    let name = Reflect::get(&thrown, &JsValue::from("name")).ok().and_then(|name| name.as_string());
    NoReply::Unreachable(format!("broke off: {}", name.unwrap_or_else(|| "no name".to_owned())))
}
