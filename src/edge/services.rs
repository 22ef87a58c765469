//! Everything the app needs, bound to one request.

use std::rc::Rc;
use std::time::Duration;

use worker::{Context, Date, Delay, Env, console_log};

use super::body::EdgeBody;
use super::store::EdgeStore;
use super::upstream::EdgeUpstream;
use crate::services::Services;

/// The services of one request.
#[derive(Clone)]
pub struct EdgeServices {
    upstream: EdgeUpstream,
    store: EdgeStore,
    context: Rc<Context>,
}

impl EdgeServices {
    /// The services behind these bindings.
    pub fn new(env: Env, context: Context) -> Self {
        Self { upstream: EdgeUpstream, store: EdgeStore::new(env), context: Rc::new(context) }
    }
}

impl Services for EdgeServices {
    type Body = EdgeBody;
    type Upstream = EdgeUpstream;
    type Store = EdgeStore;

    fn upstream(&self) -> &EdgeUpstream {
        &self.upstream
    }

    fn store(&self) -> &EdgeStore {
        &self.store
    }

    fn now_ms(&self) -> u64 {
        Date::now().as_millis()
    }

    async fn pause(&self, time: Duration) {
        Delay::from(time).await;
    }

    fn log(&self, line: &str) {
        console_log!("{line}");
    }

    fn defer(&self, task: impl Future<Output = ()> + 'static) {
        self.context.wait_until(task);
    }
}
