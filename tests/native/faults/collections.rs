//! Collection: marks, purges, and uploads that nobody completed.

use bhcr::services::objects::PART;
use serde_json::{Value, json};

use super::account::DAY;
use super::client::{Way, manifest, sha256};
use super::manifests::{large, means, prepared};
use super::store::{Store, survives};

/// A manifest with its blobs, and a large one, a blob and an upload that nothing needs any more.
async fn used_and_unused(store: &Store) {
    prepared(store).await;
    let app = store.client("app");
    app.push(b"unused", Way::Post).await;
    assert_eq!(app.put("large", &large("large")).await.status, 201);
    let digest = sha256(large("large").as_bytes());
    assert_eq!(app.delete(&format!("manifests/{digest}")).await.status, 202);
    app.patch(&app.begin().await, b"unfinished", false).await;
}

async fn what_is_used_is_there(store: &Store) {
    let app = store.client("app");
    means(store, "before", &manifest(&[b"layer"], "before")).await;
    assert_eq!(app.get(&format!("blobs/{}", sha256(b"layer"))).await.body, b"layer");
    assert_eq!(app.get(&format!("blobs/{}", sha256(b"unused"))).await.status, 404);
}

async fn visit(store: &Store) {
    if store.fated.housekeep().await.is_none() {
        store.fated.housekeep().await.expect("the second visit is completed");
    }
}

#[test]
fn that_marks() {
    survives(
        async |store| {
            used_and_unused(store).await;
            store.pass(DAY);
        },
        async |store| store.collect().await,
        what_is_used_is_there,
    );
}

#[test]
fn that_forgets_uploads() {
    let large = vec![7; PART as usize + 10];
    survives(
        async |store| {
            used_and_unused(store).await;
            let app = store.client("app");
            app.patch(&app.begin().await, &large, false).await;
            store.pass(DAY);
            store.collect().await;
            store.pass(6 * DAY);
        },
        async |store| store.collect().await,
        what_is_used_is_there,
    );
}

#[test]
fn that_purges() {
    survives(
        async |store| {
            used_and_unused(store).await;
            store.pass(7 * DAY);
            store.collect().await;
            store.pass(7 * DAY);
        },
        async |store| store.collect().await,
        what_is_used_is_there,
    );
}

#[test]
fn that_purges_what_is_pushed_again() {
    survives(
        async |store| {
            used_and_unused(store).await;
            store.pass(7 * DAY);
            store.collect().await;
            store.pass(7 * DAY);
        },
        async |store| {
            store.collect().await;
            store.client("app").push(b"unused", Way::Put { chunked: false }).await;
        },
        async |store| {
            let path = format!("blobs/{}", sha256(b"unused"));
            assert_eq!(store.client("app").get(&path).await.body, b"unused");
        },
    );
}

#[test]
fn that_a_schedule_causes() {
    survives(
        async |store| {
            used_and_unused(store).await;
            store.pass(7 * DAY);
        },
        visit,
        async |store| {
            // A visit that failed says so in its log, and the next one does the rest.
            visit(store).await;
            what_is_used_is_there(store).await;
        },
    );
}

/// An account whose trash has waited long enough.
async fn with_due_trash() -> Store {
    let store = Store::new();
    used_and_unused(&store).await;
    store.pass(7 * DAY);
    store.collect().await;
    store.pass(7 * DAY);
    store
}

#[test]
fn in_the_middle_of_a_page_of_a_check_which_finds_nothing() {
    let (mut cursor, mut pages) = (json!({}), 0);
    while cursor != Value::Null {
        let mut next = Value::Null;
        for sides in 0.. {
            let store = pollster::block_on(with_due_trash());
            let check = store.account().manage("check", &cursor);
            let collect = || pollster::block_on(store.collect());
            let Some(seen) = store.fated.interrupted(&check, sides, collect) else { break };
            assert_eq!(seen.json()["problems"], json!([]), "page {pages}, after {sides} sides");
            next = seen.json();
        }
        cursor = next.get("cursor").map_or(Value::Null, |cursor| json!({ "cursor": cursor }));
        pages += 1;
    }
    assert_eq!(pages, 6, "five of the catalog, and one of R2");
}
