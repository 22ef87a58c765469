//! The contract suite of objects, before a bucket of the runtime's own.

use bhcr::edge::body::EdgeBody;
use bhcr::edge::objects::EdgeObjects;
use bhcr::edge::runtime::Env;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use crate::contract::{World, keeps_its_promises};

/// Runs the suite; a promise that is broken is a panic.
pub async fn keep_their_promises(env: Env) -> Result<Response, JsValue> {
    let bucket = EdgeObjects::new(&env).expect("a bucket is bound");
    keeps_its_promises(Bucket(bucket)).await;
    Response::new_with_opt_str(Some("kept"))
}

struct Bucket(EdgeObjects);

impl World for Bucket {
    type Objects = EdgeObjects;

    fn objects(&self) -> &EdgeObjects {
        &self.0
    }

    // Copied, so that memory that grows does not take it away.
    fn body(&self, bytes: &[u8]) -> EdgeBody {
        let bytes = Uint8Array::from(bytes);
        let response = Response::new_with_opt_js_u8_array(Some(&bytes));
        EdgeBody::new(response.expect("a response").body())
    }

    async fn bytes(&self, body: EdgeBody) -> Vec<u8> {
        let stream = body.into_stream();
        let response = Response::new_with_opt_readable_stream(stream.as_ref()).expect("a response");
        let read = JsFuture::from(response.array_buffer().expect("a promise")).await;
        Uint8Array::new(&read.expect("it can be read")).to_vec()
    }
}
