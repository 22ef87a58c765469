//! A Worker around what hosting does with bytes, for tests in the runtime itself: contract suites
//! need its streams and its R2, and uploads a client that can hang up.

#[path = "../contract/objects.rs"]
mod contract;
mod objects;
mod registry;

use bhcr::edge::runtime::{Context, Env};
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response};

/// Answers one request.
#[wasm_bindgen]
pub async fn serve(request: Request, env: Env, context: Context) -> Result<Response, JsValue> {
    let url = request.url();
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    match path {
        "contract/objects" => objects::keep_their_promises(env).await,
        "ready" => registry::create_accounts(env, context).await,
        _ => registry::answer(&request, env, context).await,
    }
}
