//! Everything the app needs, bound to one request.

use std::cell::{Cell, OnceCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use js_sys::Date;
use wasm_bindgen::JsValue;

use super::body::EdgeBody;
use super::cache::EdgeCache;
use super::database::EdgeDatabase;
use super::limiter::Limiter;
use super::objects::EdgeObjects;
use super::runtime::{self, Context, Env, Promised};
use super::store::EdgeStore;
use super::tasks::Task;
use super::upstream::EdgeUpstream;
use crate::services::{Hosting, Services};

thread_local! {
    static CLOCK: Cell<Clock> = const { Cell::new(Clock::Running) };
}

/// The time, as tasks see it.
#[derive(Clone, Copy)]
enum Clock {
    /// Each look is at the platform's clock.
    Running,
    /// A turn has begun, and nobody has looked.
    Unread,
    /// Somebody has looked in this turn.
    Read(u64),
}

/// A task that looks at the platform's clock at most once in each of its turns. That clock stands
/// still while a task computes, and each look costs a crossing.
pub fn in_turns<T: 'static>(
    mut task: Pin<Box<dyn Future<Output = T>>>,
) -> impl Future<Output = T> + Unpin + 'static {
    poll_fn(move |context| {
        CLOCK.set(Clock::Unread);
        let polled = task.as_mut().poll(context);
        CLOCK.set(Clock::Running);
        polled
    })
}

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
        let look = || Date::now() as u64;
        match CLOCK.get() {
            Clock::Running => look(),
            Clock::Read(now) => now,
            Clock::Unread => {
                let now = look();
                CLOCK.set(Clock::Read(now));
                now
            }
        }
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
        run_until(self.context.outlive(), Box::pin(task));
    }
}

/// Runs a task, and settles `end` afterwards. Boxed, so that the code that runs a task is compiled
/// once and not for each kind of task.
pub fn run_until(end: Promised, work: Pin<Box<dyn Future<Output = ()>>>) {
    let task = Task::new();
    task.wake();
    task.go_on(Box::pin(async move {
        in_turns(work).await;
        end.resolve(&JsValue::UNDEFINED);
    }));
}
