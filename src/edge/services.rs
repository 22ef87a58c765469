//! Everything the app needs, bound to one request.

use std::time::Duration;

use js_sys::Date;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;

use super::body::EdgeBody;
use super::cache::EdgeCache;
use super::limiter::Limiter;
use super::runtime::{self, Context, Env};
use super::store::EdgeStore;
use super::upstream::EdgeUpstream;
use crate::services::Services;

/// The services of one request.
#[derive(Clone)]
pub struct EdgeServices {
    upstream: EdgeUpstream,
    store: EdgeStore,
    cache: EdgeCache,
    limiter: Limiter,
    context: Context,
}

impl EdgeServices {
    /// The services behind these bindings.
    pub fn new(env: Env, cache: EdgeCache, context: Context) -> Self {
        let (limiter, store) = (Limiter::new(env.clone()), EdgeStore::new(env));
        Self { upstream: EdgeUpstream, store, cache, limiter, context }
    }
}

impl Services for EdgeServices {
    type Body = EdgeBody;
    type Upstream = EdgeUpstream;
    type Store = EdgeStore;
    type Cache = EdgeCache;

    fn upstream(&self) -> &EdgeUpstream {
        &self.upstream
    }

    fn store(&self) -> &EdgeStore {
        &self.store
    }

    fn cache(&self) -> &EdgeCache {
        &self.cache
    }

    fn now_ms(&self) -> u64 {
        Date::now() as u64
    }

    async fn pause(&self, time: Duration) {
        runtime::pause(time.as_millis() as u32).await;
    }

    async fn permits(&self, client: &str) -> bool {
        self.limiter.permits(client).await
    }

    fn log(&self, line: &str) {
        runtime::log(line);
    }

    fn defer(&self, task: impl Future<Output = ()> + 'static) {
        self.context.wait_until(&future_to_promise(async {
            task.await;
            Ok(JsValue::UNDEFINED)
        }));
    }
}
