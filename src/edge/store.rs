//! Workers KV as the store.

use worker::{Env, KvError, KvStore};

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
    env.kv(BINDING).err().map(|_| Misconfigured {
        setting: BINDING,
        problem: "is not bound to a KV namespace".to_owned(),
    })
}

impl EdgeStore {
    /// The store of this environment.
    pub fn new(env: Env) -> Self {
        Self { env }
    }

    fn namespace(&self) -> Result<KvStore, StoreError> {
        self.env.kv(BINDING).map_err(|error| StoreError(error.to_string()))
    }
}

impl Store for EdgeStore {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.namespace()?.get(key).text().await.map_err(store_error)
    }

    async fn put(&self, key: &str, value: String, seconds: u64) -> Result<(), StoreError> {
        let put = self.namespace()?.put(key, value).map_err(store_error)?;
        put.expiration_ttl(seconds).execute().await.map_err(store_error)
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.namespace()?.delete(key).await.map_err(store_error)
    }
}

fn store_error(error: KvError) -> StoreError {
    StoreError(format!("{error:?}"))
}
