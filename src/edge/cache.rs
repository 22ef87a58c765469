//! The Cache API as a store.

use std::rc::Rc;
use std::sync::Arc;

use super::runtime::{self, settled, text_in};
use crate::services::{Store, StoreError};

/// The cache of the data centre. A zone's deployments share it, so each has folders of its own.
#[derive(Clone)]
pub struct EdgeCache {
    url: Rc<str>,
    namespaces: Arc<[String]>,
}

impl EdgeCache {
    /// The cache of a deployment that is asked for `url`, its entries under `namespaces`: it writes
    /// under the first, and also reads under the others.
    pub fn new(url: &str, namespaces: Arc<[String]>) -> Self {
        Self { url: url.into(), namespaces }
    }

    // The URL and the namespaces, with line breaks between.
    fn folders(&self) -> String {
        [&*self.url, &self.namespaces.join("\n")].join("\n")
    }
}

impl Store for EdgeCache {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(text_in(&settled(runtime::cache_get(&self.folders(), key)).await?))
    }

    async fn put(&self, key: &str, value: String, seconds: u64) -> Result<(), StoreError> {
        settled(runtime::cache_put(&self.folders(), key, &value, seconds as f64)).await?;
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        settled(runtime::cache_delete(&self.folders(), key)).await?;
        Ok(())
    }
}
