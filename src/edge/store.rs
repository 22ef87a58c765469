//! Workers KV as the store.

use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::runtime::{self, Env, KvNamespace, settled, text_in};
use crate::config::Misconfigured;
use crate::services::{Store, StoreError};

const BINDING: &str = "RELEASES";

/// The KV namespace that is bound as `RELEASES`.
#[derive(Clone)]
pub struct EdgeStore {
    env: Env,
}

/// What is wrong with the binding, if anything is.
pub fn missing(env: &Env) -> Option<Misconfigured> {
    let bound = Reflect::get(env, &JsValue::from(BINDING)).is_ok_and(|bound| bound.is_object());
    (!bound).then(|| Misconfigured {
        setting: BINDING,
        problem: "is not bound to a KV namespace".to_owned(),
    })
}

impl EdgeStore {
    /// The store of this environment.
    pub fn new(env: Env) -> Self {
        Self { env }
    }

    fn namespace(&self) -> Result<KvNamespace, StoreError> {
        let bound = Reflect::get(&self.env, &JsValue::from(BINDING))?;
        Ok(bound.unchecked_into())
    }
}

impl Store for EdgeStore {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(text_in(&settled(self.namespace()?.get(key)).await?))
    }

    async fn put(&self, key: &str, value: String, seconds: u64) -> Result<(), StoreError> {
        let options = Object::new();
        let (name, seconds) = (JsValue::from("expirationTtl"), JsValue::from(seconds as f64));
        Reflect::set(&options, &name, &seconds)?;
        settled(self.namespace()?.put(key, &value, &options)).await?;
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        settled(self.namespace()?.delete(key)).await?;
        Ok(())
    }
}

impl From<JsValue> for StoreError {
    fn from(thrown: JsValue) -> Self {
        Self(runtime::name_of(&thrown))
    }
}
