//! Everything the app needs, bound to one request.

use std::cell::OnceCell;
use std::pin::Pin;
use std::time::Duration;

use js_sys::Date;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;

use super::body::EdgeBody;
use super::cache::EdgeCache;
use super::database::EdgeDatabase;
use super::limiter::Limiter;
use super::objects::EdgeObjects;
use super::runtime::{self, Context, Env};
use super::store::EdgeStore;
use super::upstream::EdgeUpstream;
use crate::services::{Hosting, Services};

/// The services of one request.
#[derive(Clone)]
pub struct EdgeServices {
    upstream: EdgeUpstream,
    store: EdgeStore,
    cache: EdgeCache,
    limiter: Limiter,
    context: Context,
    env: Env,
    hosting: OnceCell<Option<(EdgeDatabase, EdgeObjects)>>,
}

impl EdgeServices {
    /// The services behind these bindings.
    pub fn new(env: Env, cache: EdgeCache, context: Context) -> Self {
        let (limiter, store) = (Limiter::new(env.clone()), EdgeStore::new(env.clone()));
        let (upstream, hosting) = (EdgeUpstream, OnceCell::new());
        Self { upstream, store, cache, limiter, context, env, hosting }
    }
}

impl Services for EdgeServices {
    type Body = EdgeBody;
    type Upstream = EdgeUpstream;
    type Store = EdgeStore;
    type Cache = EdgeCache;
    type Database = EdgeDatabase;
    type Objects = EdgeObjects;

    fn upstream(&self) -> &EdgeUpstream {
        &self.upstream
    }

    fn store(&self) -> &EdgeStore {
        &self.store
    }

    fn cache(&self) -> &EdgeCache {
        &self.cache
    }

    fn hosting(&self) -> Option<Hosting<'_, Self>> {
        // Looked up when it is first needed, so that requests for releases do not pay for it.
        let bind = || Some((EdgeDatabase::new(&self.env)?, EdgeObjects::new(&self.env)?));
        let bound = self.hosting.get_or_init(bind);
        bound.as_ref().map(|(database, objects)| Hosting { database, objects })
    }

    fn now_ms(&self) -> u64 {
        Date::now() as u64
    }

    async fn pause(&self, time: Duration) {
        drop(runtime::settled(runtime::pause(time.as_millis() as u32)).await);
    }

    async fn permits(&self, client: &str) -> bool {
        self.limiter.permits(client).await
    }

    fn log(&self, line: &str) {
        runtime::log(line);
    }

    fn defer(&self, task: impl Future<Output = ()> + 'static) {
        run_after(&self.context, Box::pin(task));
    }
}

// Boxed, so that the code that runs a task is compiled once and not for each kind of task.
fn run_after(context: &Context, task: Pin<Box<dyn Future<Output = ()>>>) {
    context.wait_until(&future_to_promise(async {
        task.await;
        Ok(JsValue::UNDEFINED)
    }));
}
