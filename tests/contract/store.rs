//! The promises of every [`Store`], and what Workers KV refuses. Run it with an empty store.

use bhcr::services::Store;

const SECONDS: u64 = 60;

/// Checks every promise.
pub async fn keeps_its_promises<S: Store>(store: S) {
    a_value_can_be_read_after_it_was_put(&store).await;
    a_value_is_any_text(&store).await;
    a_second_put_replaces_the_value(&store).await;
    a_deleted_key_has_no_value(&store).await;
    a_clone_is_the_same_store(&store).await;
    keys_are_told_apart(&store).await;
}

/// Checks that a store refuses what Workers KV refuses.
pub async fn refuses_what_workers_kv_refuses<S: Store>(store: S) {
    let too_long = "k".repeat(513);
    for (key, seconds) in [("short-lived", 59), ("short-lived", 0), (&*too_long, SECONDS)] {
        let put = store.put(key, "value".to_owned(), seconds).await;
        assert!(put.is_err(), "{} bytes for {seconds} seconds", key.len());
    }
    assert_eq!(value(&store, "short-lived").await, None, "a refused entry");
}

async fn put<S: Store>(store: &S, key: &str, value: &str) {
    store.put(key, value.to_owned(), SECONDS).await.expect("it takes a good entry");
}

async fn value<S: Store>(store: &S, key: &str) -> Option<String> {
    store.get(key).await.expect("it answers for a good key")
}

async fn a_value_can_be_read_after_it_was_put<S: Store>(store: &S) {
    assert_eq!(value(store, "put").await, None, "before it was put");
    put(store, "put", "value").await;
    assert_eq!(value(store, "put").await.as_deref(), Some("value"));
    assert_eq!(value(store, "put").await.as_deref(), Some("value"), "read a second time");
}

async fn a_value_is_any_text<S: Store>(store: &S) {
    // A manifest of 4 MiB, sealed.
    let long = "v".repeat(6 << 20);
    for text in ["", " padded ", "line\nbreak", "ünï \u{1f980}", "{\"json\":null}", &long] {
        put(store, "text", text).await;
        assert_eq!(value(store, "text").await.as_deref(), Some(text));
    }
}

async fn a_second_put_replaces_the_value<S: Store>(store: &S) {
    put(store, "again", "first").await;
    put(store, "again", "second").await;
    assert_eq!(value(store, "again").await.as_deref(), Some("second"));
}

async fn a_deleted_key_has_no_value<S: Store>(store: &S) {
    put(store, "deleted", "value").await;
    store.delete("deleted").await.expect("it deletes");
    assert_eq!(value(store, "deleted").await, None);
    store.delete("deleted").await.expect("what is not there is no error");
    put(store, "deleted", "back").await;
    assert_eq!(value(store, "deleted").await.as_deref(), Some("back"));
}

async fn a_clone_is_the_same_store<S: Store>(store: &S) {
    put(&store.clone(), "clone", "value").await;
    assert_eq!(value(store, "clone").await.as_deref(), Some("value"));
}

async fn keys_are_told_apart<S: Store>(store: &S) {
    let longest = "k".repeat(512);
    let digest = format!("manifest/1/v2/abc/sha512:{}", "0".repeat(128));
    let of_urls = ["a/b", "a%2Fb", "a?b", "a#b", "a/../b", "a b", "%"];
    let keys = ["release/5/public/org/app", "release/1/public/org/ap", "RELEASE", "é"];
    let keys = [&keys[..], &of_urls, &[&digest, &longest]].concat();
    for key in &keys {
        put(store, key, key).await;
    }
    for key in keys {
        assert_eq!(value(store, key).await.as_deref(), Some(key));
    }
    assert_eq!(value(store, "release/5/public/org/").await, None);
}
