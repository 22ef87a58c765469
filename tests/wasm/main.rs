//! The real bindings: the conversions of `edge` between JavaScript and Rust, and the contract
//! suites with a real KV namespace, a real cache and a real server. `dev/wasm-test.mjs` runs them
//! under Node.

#![cfg(target_arch = "wasm32")]

#[path = "../contract/catalog.rs"]
mod catalog;
#[path = "../contract/database.rs"]
mod database;
#[path = "../contract/store.rs"]
mod store;
#[path = "../contract/upstream.rs"]
mod upstream;

use std::sync::Arc;

use bhcr::answer::{Answer, Content};
use bhcr::edge::answer::to_response;
use bhcr::edge::body::EdgeBody;
use bhcr::edge::cache::EdgeCache;
use bhcr::edge::database::EdgeDatabase;
use bhcr::edge::incoming::EdgeIncoming;
use bhcr::edge::runtime::Env;
use bhcr::edge::store::{EdgeStore, missing};
use bhcr::edge::upstream::EdgeUpstream;
use bhcr::services::{BodyError, Incoming, Store};
use http::{Method, StatusCode};
use wasm_bindgen::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Headers, Request, RequestInit, Response};

wasm_bindgen_test_configure!(run_in_node_experimental);

#[wasm_bindgen(module = "/tests/wasm/world.mjs")]
extern "C" {
    #[wasm_bindgen(js_name = openNamespace)]
    async fn open_namespace() -> JsValue;
    #[wasm_bindgen(js_name = openDatabase)]
    async fn open_database() -> JsValue;
    #[wasm_bindgen(js_name = openCatalog)]
    async fn open_catalog() -> JsValue;
    #[wasm_bindgen(js_name = openCache)]
    async fn open_cache();
    #[wasm_bindgen(js_name = startSite)]
    async fn start_site() -> JsValue;
    #[wasm_bindgen(js_name = endWorld)]
    async fn end_world() -> JsValue;
    #[wasm_bindgen(js_name = textOf)]
    async fn text_of(response: &Response) -> JsValue;
}

#[wasm_bindgen_test]
async fn workers_kv_keeps_the_promises_of_every_store() {
    let env: Env = open_namespace().await.unchecked_into();
    assert_eq!(missing(&env), None);
    let kv = EdgeStore::new(env);
    store::keeps_its_promises(kv.clone()).await;
    store::refuses_what_workers_kv_refuses(kv).await;
    end_world().await;
}

fn cache(host: &str, namespaces: &[&str]) -> EdgeCache {
    let namespaces = namespaces.iter().map(|it| (*it).to_owned()).collect();
    EdgeCache::new(&format!("https://{host}"), namespaces)
}

#[wasm_bindgen_test]
async fn d1_keeps_the_promises_of_every_database() {
    let env: Env = open_database().await.unchecked_into();
    let d1 = EdgeDatabase::new(&env).expect("a database is bound");
    database::keeps_its_promises(d1).await;
    end_world().await;
}

#[wasm_bindgen_test]
async fn d1_refuses_what_its_twin_refuses() {
    let env: Env = open_database().await.unchecked_into();
    let d1 = EdgeDatabase::new(&env).expect("a database is bound");
    database::refuses_what_d1_refuses(d1).await;
    end_world().await;
}

#[wasm_bindgen_test]
async fn an_account_lives_in_d1() {
    let env: Env = open_catalog().await.unchecked_into();
    catalog::lives(EdgeDatabase::new(&env).expect("a database is bound")).await;
    end_world().await;
}

#[wasm_bindgen_test]
fn without_a_binding_there_is_no_database() {
    let env: Env = JsValue::from(js_sys::Object::new()).unchecked_into();
    assert!(EdgeDatabase::new(&env).is_none());
}

#[wasm_bindgen_test]
async fn the_cache_keeps_the_promises_of_every_store() {
    open_cache().await;
    store::keeps_its_promises(cache("bhcr.example", &["ours"])).await;
    end_world().await;
}

#[wasm_bindgen_test]
async fn deployments_that_share_a_cache_see_nothing_of_each_other() {
    open_cache().await;
    let ours = cache("bhcr.example", &["ours"]);
    let theirs = cache("bhcr.example", &["theirs"]);
    for (store, value) in [(&ours, "of ours"), (&theirs, "of theirs")] {
        store.put("key", value.to_owned(), 60).await.expect("it keeps");
    }
    assert_eq!(ours.get("key").await, Ok(Some("of ours".to_owned())));
    theirs.delete("key").await.expect("it deletes");
    assert_eq!(ours.get("key").await, Ok(Some("of ours".to_owned())));
    end_world().await;
}

#[wasm_bindgen_test]
async fn what_is_kept_under_the_namespace_before_is_found_until_it_is_deleted() {
    open_cache().await;
    cache("bhcr.example", &["old"]).put("key", "kept".to_owned(), 60).await.expect("it keeps");
    let rotated = cache("bhcr.example", &["new", "old"]);
    assert_eq!(rotated.get("key").await, Ok(Some("kept".to_owned())));
    rotated.put("key", "later".to_owned(), 60).await.expect("it keeps");
    assert_eq!(rotated.get("key").await, Ok(Some("later".to_owned())));
    rotated.delete("key").await.expect("it deletes");
    assert_eq!(rotated.get("key").await, Ok(None));
    end_world().await;
}

#[wasm_bindgen_test]
async fn without_a_cache_every_operation_fails_without_a_panic() {
    let cache = cache("bhcr.example", &["ours"]);
    assert!(cache.get("key").await.is_err());
    assert!(cache.put("key", "value".to_owned(), 60).await.is_err());
    assert!(cache.delete("key").await.is_err());
}

#[wasm_bindgen_test]
async fn the_runtimes_fetch_keeps_the_promises_of_every_upstream() {
    let origin = start_site().await.as_string().expect("an origin");
    upstream::keeps_its_promises(&EdgeUpstream, &origin).await;
    end_world().await;
}

#[wasm_bindgen_test]
fn a_namespace_that_is_not_bound_is_noticed() {
    let env: Env = JsValue::from(js_sys::Object::new()).unchecked_into();
    assert_eq!(missing(&env).map(|problem| problem.setting), Some("RELEASES"));
}

fn request(method: &str, body: Option<&str>) -> EdgeIncoming {
    let headers = Headers::new().expect("headers");
    headers.set("Authorization", "Bearer x").expect("a header");
    headers.set("If-Range", "").expect("a header");
    let init = RequestInit::new();
    init.set_method(method);
    init.set_headers(&headers);
    if let Some(body) = body {
        init.set_body(&JsValue::from(body));
    }
    let url = "http://bhcr.example/v2/?x=%20";
    EdgeIncoming::new(Request::new_with_str_and_init(url, &init).expect("a request"))
}

#[wasm_bindgen_test]
async fn a_request_is_taken_in_as_it_is() {
    let get = request("GET", None);
    assert_eq!(get.method(), Method::GET);
    assert_eq!(get.url(), "http://bhcr.example/v2/?x=%20");
    assert_eq!(get.header("authorization").as_deref(), Some("Bearer x"));
    assert_eq!(get.header("if-none-match"), None);
    assert_eq!(get.header("range"), None);
    assert_eq!(get.header("if-range").as_deref(), Some(""), "empty is not absent");
    assert!(!get.is_aborted());
    assert_eq!(get.body(10).await, Ok(Vec::new()));
    assert_eq!(request("PROPFIND", None).method().as_str(), "PROPFIND");
}

#[wasm_bindgen_test]
fn an_empty_authorization_header_is_not_an_absent_one() {
    let request = Request::new_with_str("http://bhcr.example/").expect("a request");
    request.headers().set("Authorization", "").expect("a header");
    let taken = EdgeIncoming::new(request);
    assert_eq!(taken.url(), "http://bhcr.example/");
    assert_eq!(taken.header("authorization").as_deref(), Some(""));
    assert_eq!(taken.header("if-none-match"), None);
}

#[wasm_bindgen_test]
async fn a_form_is_read_up_to_its_limit() {
    assert_eq!(request("POST", Some("0123456789")).body(10).await, Ok(b"0123456789".to_vec()));
    assert_eq!(
        request("POST", Some("0123456789")).body(9).await,
        Err(BodyError::OverLimit { limit: 9 })
    );
}

#[wasm_bindgen_test]
async fn an_answer_goes_out_with_status_headers_and_body() {
    let answer = Answer::json(StatusCode::NOT_FOUND, "{}").with("retry-after", "7");
    let response = to_response(answer).expect("a response");
    assert_eq!(response.status(), 404);
    assert_eq!(response.headers().get("content-type"), Ok(Some("application/json".to_owned())));
    assert_eq!(response.headers().get("retry-after"), Ok(Some("7".to_owned())));
    assert_eq!(text_of(&response).await.as_string().as_deref(), Some("{}"));
}

#[wasm_bindgen_test]
async fn a_kept_text_is_sent_again_unchanged() {
    let text: Arc<str> = "kept, ünï \u{1f980}".into();
    for _ in 0..2 {
        let answer = Answer::content(StatusCode::OK).carrying(Arc::clone(&text));
        let response = to_response(answer).expect("a response");
        assert_eq!(response.status(), 200);
        assert_eq!(text_of(&response).await.as_string().as_deref(), Some(&*text));
    }
}

#[wasm_bindgen_test]
async fn a_stream_is_passed_through() {
    let upstream = Response::new_with_opt_str(Some("through")).expect("a response");
    let answer = Answer {
        status: StatusCode::OK,
        headers: Vec::new(),
        content: Content::Through(EdgeBody::new(upstream.body())),
    };
    let response = to_response(answer).expect("a response");
    assert_eq!(text_of(&response).await.as_string().as_deref(), Some("through"));
    let none = Answer {
        status: StatusCode::NOT_MODIFIED,
        headers: Vec::new(),
        content: Content::Through(EdgeBody::new(None)),
    };
    assert_eq!(to_response(none).expect("a response").status(), 304);
}
