//! Deletions. Where the first try was done and its answer lost, the second finds nothing to delete.

use http::Method;

use super::client::{Way, manifest, sha256};
use super::manifests::{large, means, prepared};
use super::store::{ACCOUNT, Store, survives};

async fn delete(store: &Store, path: &str) {
    let seen = store.client("app").delete(path).await;
    assert!([202, 404].contains(&seen.status), "{}: {}", seen.status, seen.text());
}

async fn is_gone(store: &Store, path: &str) {
    assert_eq!(store.client("app").get(path).await.status, 404, "{path}");
}

async fn tagged(store: &Store, text: &str) {
    prepared(store).await;
    assert_eq!(store.client("app").put("latest", text).await.status, 201);
}

#[test]
fn of_a_tag() {
    let text = manifest(&[b"layer"], "small");
    let digest = sha256(text.as_bytes()).to_string();
    survives(
        async |store| tagged(store, &text).await,
        async |store| delete(store, "manifests/latest").await,
        async |store| {
            is_gone(store, "manifests/latest").await;
            means(store, &digest, &text).await;
        },
    );
}

#[test]
fn of_a_manifest_small_or_large() {
    for text in [manifest(&[b"layer"], "small"), large("large")] {
        let path = format!("manifests/{}", sha256(text.as_bytes()));
        survives(
            async |store| tagged(store, &text).await,
            async |store| delete(store, &path).await,
            async |store| {
                is_gone(store, &path).await;
                is_gone(store, "manifests/latest").await;
                means(store, "before", &manifest(&[b"layer"], "before")).await;
            },
        );
    }
}

#[test]
fn of_a_large_manifest_that_is_pushed_again() {
    let text = large("large");
    let path = format!("manifests/{}", sha256(text.as_bytes()));
    survives(
        async |store| tagged(store, &text).await,
        async |store| {
            delete(store, &path).await;
            assert_eq!(store.client("app").put("latest", &text).await.status, 201);
        },
        async |store| means(store, "latest", &text).await,
    );
}

#[test]
fn of_a_blob() {
    let path = format!("blobs/{}", sha256(b"single"));
    survives(
        async |store| store.client("app").push(b"single", Way::Post).await,
        async |store| delete(store, &path).await,
        async |store| is_gone(store, &path).await,
    );
}

#[test]
fn of_a_blob_that_a_manifest_needs() {
    let path = format!("blobs/{}", sha256(b"layer"));
    survives(
        prepared,
        async |store| {
            let seen = store.client("app").delete(&path).await;
            assert_eq!(seen.status, 405, "{}", seen.text());
        },
        async |store| means(store, "before", &manifest(&[b"layer"], "before")).await,
    );
}

#[test]
fn of_a_repository() {
    let text = large("large");
    survives(
        async |store| tagged(store, &text).await,
        async |store| {
            let path = format!("/api/v1/accounts/{ACCOUNT}/repositories/app");
            let seen = store.client("app").ask_at(Method::DELETE, &path).await;
            assert!([204, 404].contains(&seen.status), "{}: {}", seen.status, seen.text());
        },
        async |store| {
            is_gone(store, "manifests/latest").await;
            is_gone(store, &format!("blobs/{}", sha256(b"layer"))).await;
        },
    );
}
