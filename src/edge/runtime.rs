//! What the runtime gives a Worker: the functions of `runtime.js`, and the objects that `web-sys`
//! does not know.

use std::cell::RefCell;

use js_sys::{Array, JsString, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{ReadableStream, Request, Response};

use super::tasks::Outcome;

#[wasm_bindgen(module = "/src/edge/runtime.js")]
extern "C" {
    #[wasm_bindgen(js_name = readRequest)]
    pub(super) fn read_request(request: &Request, names: &Array) -> JsString;

    #[wasm_bindgen(js_name = readHeader)]
    pub(super) fn read_header(request: &Request, name: &str) -> Option<String>;

    // These two never throw. With `catch`, the bindings make a wrapper for each; without a wrapper,
    // they would import the module once more under the same key, and wrangler warns of that.
    #[wasm_bindgen(catch, js_name = isAborted)]
    pub(super) fn is_aborted(request: &Request) -> Result<bool, JsValue>;

    #[wasm_bindgen(catch, js_name = readReply)]
    pub(super) fn read_reply(response: &Response, names: &Array) -> Result<JsString, JsValue>;

    fn encode(text: &JsString, bytes: &mut [u8]) -> i32;

    #[wasm_bindgen(catch, js_name = makeHeaders)]
    pub(super) fn make_headers(block: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch)]
    pub(super) fn respond(
        status: u16,
        headers: &JsValue,
        id: &str,
        body: &JsValue,
    ) -> Result<Response, JsValue>;

    pub(super) fn follow(
        promise: &Promise,
        number: u32,
        settle: &Closure<dyn Fn(u32, bool, JsValue)>,
    );

    #[wasm_bindgen(catch)]
    pub(super) fn send(call: &str, deadline: u32) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = sendAndRead)]
    pub(super) fn send_and_read(
        call: &str,
        deadline: u32,
        names: &Array,
        limit: u32,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch)]
    pub(super) fn drain(request: &web_sys::Request) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = readBody)]
    pub(super) fn read_body(
        stream: Option<&ReadableStream>,
        limit: u32,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch)]
    pub(super) fn paced(stream: &ReadableStream) -> Result<ReadableStream, JsValue>;

    #[wasm_bindgen(catch)]
    pub(super) fn pause(milliseconds: u32) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = cacheGet)]
    pub(super) fn cache_get(folders: &str, key: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = cachePut)]
    pub(super) fn cache_put(
        folders: &str,
        key: &str,
        value: &str,
        seconds: f64,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = cacheDelete)]
    pub(super) fn cache_delete(folders: &str, key: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = runBatch)]
    pub(super) fn run_batch(database: &D1Database, text: &str) -> Result<Promise, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// The bindings of a Worker.
    #[derive(Clone)]
    pub type Env;

    /// The life of one request.
    #[derive(Clone)]
    pub type Context;

    /// A promise of work after the answer. The runtime waits for it.
    #[wasm_bindgen(method)]
    pub(super) fn outlive(this: &Context) -> Promised;

    /// A promise that is settled here.
    pub type Promised;

    #[wasm_bindgen(method)]
    pub(super) fn begin(this: &Promised);

    #[wasm_bindgen(method)]
    pub(super) fn resolve(this: &Promised, value: &JsValue);

    #[wasm_bindgen(method)]
    pub(super) fn reject(this: &Promised, error: &JsValue);

    /// A namespace of Workers KV.
    pub type KvNamespace;

    #[wasm_bindgen(method, catch)]
    pub(super) fn get(this: &KvNamespace, key: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(super) fn put(
        this: &KvNamespace,
        key: &str,
        value: &str,
        options: &JsValue,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(super) fn delete(this: &KvNamespace, key: &str) -> Result<Promise, JsValue>;

    /// A D1 database.
    #[derive(Clone)]
    pub type D1Database;

    /// A rate limit of the platform.
    #[derive(Clone)]
    pub type RateLimit;

    #[wasm_bindgen(method, catch)]
    pub(super) fn limit(this: &RateLimit, options: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = console)]
    pub(super) fn log(line: &str);

    #[wasm_bindgen(js_namespace = console)]
    pub(super) fn error(line: &str);
}

/// What a call comes to. Imported as an `async fn`, each function would bring a future of its own.
pub(super) async fn settled(call: Result<Promise, JsValue>) -> Result<JsValue, JsValue> {
    Outcome::of(&call?).await
}

// Longer than most texts that cross, in bytes.
const SCRATCH: usize = 16 * 1024;

thread_local! {
    static BYTES: RefCell<Vec<u8>> = RefCell::new(vec![0; SCRATCH]);
}

/// The text of a string. To write it at once takes a fraction of the time of `wasm-bindgen`'s
/// conversion, which copies character by character.
pub(super) fn text(string: &JsString) -> String {
    let encoded = BYTES.with_borrow_mut(|bytes| {
        let length = usize::try_from(encode(string, bytes)).ok()?;
        String::from_utf8(bytes[..length].to_vec()).ok()
    });
    encoded.unwrap_or_else(|| String::from(string))
}

/// The text of a value, if it is one.
pub(super) fn text_in(value: &JsValue) -> Option<String> {
    value.dyn_ref::<JsString>().map(text)
}

/// The name of an exception. Its message is left out, because it could quote a URL.
pub(super) fn name_of(thrown: &JsValue) -> String {
    let name = js_sys::Reflect::get(thrown, &JsValue::from("name"));
    name.ok().and_then(|name| name.as_string()).unwrap_or_else(|| "no name".to_owned())
}
