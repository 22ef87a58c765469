//! Everything the app needs, bound to one request.

use worker::{Context, Date, Env, console_error};

use super::body::EdgeBody;
use super::store::EdgeStore;
use super::upstream::EdgeUpstream;
use crate::services::Services;

/// The services of one request.
pub struct EdgeServices {
    upstream: EdgeUpstream,
    store: EdgeStore,
    context: Context,
}

impl EdgeServices {
    /// The services behind these bindings.
    pub fn new(env: Env, context: Context) -> Self {
        Self { upstream: EdgeUpstream, store: EdgeStore::new(env), context }
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

    fn now(&self) -> u64 {
        Date::now().as_millis() / 1000
    }

    fn log(&self, line: &str) {
        console_error!("{line}");
    }

    fn defer(&self, task: impl Future<Output = ()> + 'static) {
        self.context.wait_until(task);
    }
}
