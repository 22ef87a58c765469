//! The platform's rate limit, if one is bound as `API_LIMIT`.

use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::runtime::{Env, RateLimit, settled};

const BINDING: &str = "API_LIMIT";

/// How often one client may cause a call upstream.
#[derive(Clone)]
pub(super) struct Limiter(Env);

impl Limiter {
    /// The limit of this environment.
    pub(super) fn new(env: Env) -> Self {
        Self(env)
    }

    /// Whether `client` is within the limit. If the limit itself fails, every client is.
    pub(super) async fn permits(&self, client: &str) -> bool {
        let bound = Reflect::get(&self.0, &JsValue::from(BINDING)).ok().filter(JsValue::is_object);
        let Some(limit) = bound.map(JsCast::unchecked_into::<RateLimit>) else { return true };
        let options = Object::new();
        if Reflect::set(&options, &JsValue::from("key"), &JsValue::from(client)).is_err() {
            return true;
        }
        let success = |outcome: JsValue| Reflect::get(&outcome, &JsValue::from("success"));
        let outcome = settled(limit.limit(&options)).await.and_then(success);
        outcome.map_or(true, |success| success.as_bool().unwrap_or(true))
    }
}
