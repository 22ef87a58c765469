//! The Worker: the only place that knows JavaScript.
//!
//! Each module is the real binding of one of [`crate::services`]; [`runtime`] has the JavaScript
//! that they call.

pub mod answer;
pub mod body;
pub mod cache;
pub mod database;
mod headers;
pub mod incoming;
pub mod intake;
mod limiter;
pub mod objects;
pub mod runtime;
pub mod services;
pub mod store;
mod tasks;
pub mod upstream;

use std::panic;
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use web_sys::Request;

use crate::app;
use crate::config::{Config, Misconfigured};
use crate::deployment::Deployment;
use crate::hosted::upkeep;
use crate::services::Incoming;
use cache::EdgeCache;
use incoming::EdgeIncoming;
use runtime::{Context, Env, Promised};
use services::{EdgeServices, in_turns, run_until};
use tasks::Task;

// The settings of an isolate never change.
static DEPLOYMENT: OnceLock<Result<Arc<Deployment>, Vec<Misconfigured>>> = OnceLock::new();

/// Writes panics to the log. `trap.js` says what happens to the instance then.
#[wasm_bindgen(start)]
fn start() {
    panic::set_hook(Box::new(|panic| runtime::error(&panic.to_string())));
}

/// Answers one request. Returns the response if it waited for nothing. Otherwise it returns
/// `undefined`, and settles `answer`. An exception settles `answer`, too: if this returned a
/// `Result`, each request would pay for an array that carries it to JavaScript.
#[wasm_bindgen]
pub fn fetch(request: Request, env: Env, context: Context, answer: Promised) -> JsValue {
    let task = Task::new();
    let mut answering = in_turns(Box::pin(respond(request, env, context)));
    let response = match task.poll(&mut answering) {
        Poll::Ready(Ok(response)) => response,
        Poll::Ready(Err(thrown)) => {
            answer.begin();
            answer.reject(&thrown);
            JsValue::UNDEFINED
        }
        Poll::Pending => {
            answer.begin();
            task.go_on(Box::pin(async move {
                match answering.await {
                    Ok(response) => answer.resolve(&response),
                    Err(thrown) => answer.reject(&thrown),
                }
            }));
            JsValue::UNDEFINED
        }
    };
    tasks::run();
    response
}

/// Runs what is due without a request: the collection of hosted repositories.
#[wasm_bindgen]
pub fn scheduled(env: Env, context: Context) {
    let end = context.outlive();
    // Collection keeps nothing in the cache, so it needs no origin and no namespace.
    let services = EdgeServices::new(env, EdgeCache::new("", Arc::default()), context);
    run_until(end, Box::pin(async move { upkeep::run(&services).await }));
    tasks::run();
}

async fn respond(request: Request, env: Env, context: Context) -> Result<JsValue, JsValue> {
    let deployment = DEPLOYMENT.get_or_init(|| read_deployment(&env));
    let incoming = EdgeIncoming::new(request);
    let services = EdgeServices::new(env, cache(deployment, incoming.url()), context);
    let answer = app::handle(deployment, &services, &incoming).await;
    Ok(answer::to_response(answer)?.into())
}

// If the settings make no sense, nothing is kept.
fn cache(deployment: &Result<Arc<Deployment>, Vec<Misconfigured>>, url: &str) -> EdgeCache {
    let namespaces = deployment.as_ref().map(|it| Arc::clone(it.keys.namespaces()));
    EdgeCache::new(url, namespaces.unwrap_or_default())
}

fn read_deployment(env: &Env) -> Result<Arc<Deployment>, Vec<Misconfigured>> {
    let var = |name: &str| Reflect::get(env, &JsValue::from(name)).ok()?.as_string();
    let config = Config::read(var);
    match store::missing(env) {
        None => config.map(Deployment::new).map(Arc::new),
        Some(problem) => {
            let mut problems = config.err().unwrap_or_default();
            problems.push(problem);
            Err(problems)
        }
    }
}
