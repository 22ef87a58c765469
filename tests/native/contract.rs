//! The in-memory store keeps the promises of every store, and forgets in time besides.

#[path = "../contract/store.rs"]
mod store;

use bhcr::services::Store;
use bhcr::services::memory::{MemoryClock, MemoryStore};

#[test]
fn the_memory_store_keeps_the_promises_of_every_store() {
    pollster::block_on(store::keeps_its_promises(MemoryStore::default()));
}

#[test]
fn the_memory_store_forgets_when_the_time_to_live_is_over() {
    pollster::block_on(async {
        let clock = MemoryClock::at(1000);
        let store = MemoryStore::new(clock.clone());
        store.put("key", "value".to_owned(), 90).await.expect("it takes the entry");
        clock.advance(89);
        assert_eq!(store.get("key").await, Ok(Some("value".to_owned())));
        clock.advance(1);
        assert_eq!(store.get("key").await, Ok(None));
    });
}
