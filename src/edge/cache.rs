//! The Cache API as a store.

use js_sys::encode_uri_component;

use super::runtime;
use crate::services::{Store, StoreError};

// Nobody can ask for what is under it: no zone has this host.
const ORIGIN: &str = "https://bhcr.internal/";

/// The cache of the data centre.
#[derive(Clone)]
pub struct EdgeCache;

impl Store for EdgeCache {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(runtime::text_in(&runtime::cache_get(&url(key)).await?))
    }

    async fn put(&self, key: &str, value: String, seconds: u64) -> Result<(), StoreError> {
        Ok(runtime::cache_put(&url(key), &value, seconds as f64).await?)
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        Ok(runtime::cache_delete(&url(key)).await?)
    }
}

fn url(key: &str) -> String {
    format!("{ORIGIN}{}", encode_uri_component(key))
}
