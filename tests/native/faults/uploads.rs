//! Uploads of blobs.

use bhcr::services::objects::PART;

use super::client::{CONFIG, WAYS, Way, manifest, sha256};
use super::store::{Store, survives};

fn large() -> Vec<u8> {
    (0..PART as usize + 10).map(|at| (at % 251) as u8).collect()
}

async fn nothing(_: &Store) {}

async fn has(store: &Store, bytes: &[u8]) {
    let app = store.client("app");
    let seen = app.get(&format!("blobs/{}", sha256(bytes))).await;
    assert_eq!(seen.status, 200);
    assert!(seen.body == bytes, "the bytes are those that were pushed");
}

async fn serves(store: &Store, bytes: &[u8]) {
    has(store, bytes).await;
    let app = store.client("app");
    app.push(CONFIG, Way::Post).await;
    assert_eq!(app.put("latest", &manifest(&[bytes], "")).await.status, 201);
}

#[test]
fn a_small_blob() {
    for way in WAYS {
        survives(
            nothing,
            async |store| store.client("app").push(b"layer", way).await,
            async |store| serves(store, b"layer").await,
        );
    }
}

#[test]
fn an_empty_blob() {
    for way in
        [Way::Put { chunked: false }, Way::Put { chunked: true }, Way::Patch { chunked: true }]
    {
        survives(
            nothing,
            async |store| store.client("app").push(b"", way).await,
            async |store| serves(store, b"").await,
        );
    }
}

#[test]
fn a_blob_of_more_than_a_part() {
    let bytes = large();
    for way in
        [Way::Put { chunked: false }, Way::Put { chunked: true }, Way::Patch { chunked: true }]
    {
        survives(
            nothing,
            async |store| store.client("app").push(&bytes, way).await,
            async |store| has(store, &bytes).await,
        );
    }
}

#[test]
fn a_blob_that_the_account_has_in_another_image() {
    survives(
        async |store| store.client("other").push(b"layer", Way::Post).await,
        async |store| store.client("app").push(b"layer", Way::Put { chunked: false }).await,
        async |store| serves(store, b"layer").await,
    );
}

#[test]
fn a_blob_that_collection_has_marked() {
    survives(
        async |store| {
            store.client("app").push(b"layer", Way::Post).await;
            store.pass(super::account::DAY);
            store.collect().await;
        },
        async |store| store.client("app").push(b"layer", Way::Put { chunked: false }).await,
        async |store| serves(store, b"layer").await,
    );
}

#[test]
fn an_upload_that_is_cancelled() {
    let bytes = large();
    survives(
        nothing,
        async |store| {
            let app = store.client("app");
            let location = app.begin().await;
            let location = app.patch(&location, &bytes, false).await;
            assert_eq!(app.cancel(&location).await.status, 204);
            let late = app.put_blob(&location, b"", false, &sha256(&bytes)).await;
            assert_eq!(late.status, 404, "{}", late.text());
        },
        nothing,
    );
}

#[test]
fn an_upload_with_the_wrong_digest() {
    survives(
        nothing,
        async |store| {
            let app = store.client("app");
            let location = app.begin().await;
            let wrong = app.put_blob(&location, b"layer", false, &sha256(b"another")).await;
            // The upload has ended with the first try, if that came so far.
            assert!([400, 404].contains(&wrong.status), "{}", wrong.text());
        },
        async |store| {
            let path = format!("blobs/{}", sha256(b"another"));
            assert_eq!(store.client("app").get(&path).await.status, 404);
        },
    );
}
