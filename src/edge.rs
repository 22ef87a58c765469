//! The Worker: the only place that names the `worker` crate and JavaScript.
//!
//! Each module gives one of [`crate::services`] its real binding.

pub mod answer;
pub mod body;
pub mod incoming;
pub mod services;
pub mod store;
pub mod upstream;

use std::sync::{Arc, OnceLock};

use worker::wasm_bindgen::JsValue;
use worker::{Context, Env, event};

use crate::app;
use crate::config::{Config, Misconfigured};
use crate::deployment::Deployment;
use incoming::EdgeIncoming;
use services::EdgeServices;

// The settings of an isolate never change.
static DEPLOYMENT: OnceLock<Result<Arc<Deployment>, Vec<Misconfigured>>> = OnceLock::new();

/// Has panics written to the log.
#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// Answers one request.
#[event(fetch)]
async fn fetch(
    request: web_sys::Request,
    env: Env,
    context: Context,
) -> worker::Result<web_sys::Response> {
    let deployment = DEPLOYMENT.get_or_init(|| read_deployment(&env));
    let services = EdgeServices::new(env, context);
    let answer = app::handle(deployment, &services, &EdgeIncoming::new(request)).await;
    Ok(answer::to_response(answer)?)
}

fn read_deployment(env: &Env) -> Result<Arc<Deployment>, Vec<Misconfigured>> {
    let var = |name: &str| js_sys::Reflect::get(env, &JsValue::from(name)).ok()?.as_string();
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
