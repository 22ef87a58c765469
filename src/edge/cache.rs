//! The Cache API as a store.

use js_sys::encode_uri_component;
use wasm_bindgen::JsValue;

use super::runtime;
use crate::services::{Store, StoreError};

// Nobody can ask for what is under it: no zone has this host.
const ORIGIN: &str = "https://bhcr.internal/";

/// The cache of the data centre.
#[derive(Clone)]
pub struct EdgeCache;

impl Store for EdgeCache {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let found = runtime::cache_get(&url(key)).await.map_err(store_error)?;
        Ok(found.as_string())
    }

    async fn put(&self, key: &str, value: String, seconds: u64) -> Result<(), StoreError> {
        runtime::cache_put(&url(key), &value, seconds as f64).await.map_err(store_error)
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        runtime::cache_delete(&url(key)).await.map_err(store_error)
    }
}

fn url(key: &str) -> String {
    format!("{ORIGIN}{}", encode_uri_component(key))
}

fn store_error(thrown: JsValue) -> StoreError {
    StoreError(runtime::name_of(&thrown))
}
