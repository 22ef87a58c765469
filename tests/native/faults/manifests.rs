//! Manifests that are pushed.

use super::client::{CONFIG, Way, index, manifest, sha256};
use super::store::{Store, survives};

/// A manifest of more bytes than the catalog keeps.
pub fn large(note: &str) -> String {
    manifest(&[b"layer"], &format!("{note} {}", "x".repeat(256 * 1024)))
}

/// An image's blobs, and a manifest under another tag.
pub async fn prepared(store: &Store) {
    let app = store.client("app");
    app.push(CONFIG, Way::Post).await;
    app.push(b"layer", Way::Post).await;
    assert_eq!(app.put("before", &manifest(&[b"layer"], "before")).await.status, 201);
}

async fn put(store: &Store, reference: &str, text: &str) {
    let seen = store.client("app").put(reference, text).await;
    assert_eq!(seen.status, 201, "{}", seen.text());
    let digest = sha256(text.as_bytes()).to_string();
    assert_eq!(seen.header("docker-content-digest"), Some(&*digest));
}

/// A tag means this, and so does its digest.
pub async fn means(store: &Store, tag: &str, text: &str) {
    for reference in [tag.to_owned(), sha256(text.as_bytes()).to_string()] {
        let seen = store.client("app").get(&format!("manifests/{reference}")).await;
        assert_eq!(seen.status, 200, "{reference}");
        assert!(seen.body == text.as_bytes(), "{reference} means another manifest");
    }
}

#[test]
fn a_manifest_small_or_large() {
    for text in [manifest(&[b"layer"], "small"), large("large")] {
        survives(
            prepared,
            async |store| put(store, "latest", &text).await,
            async |store| means(store, "latest", &text).await,
        );
    }
}

#[test]
fn a_manifest_small_or_large_that_is_pushed_again() {
    for text in [manifest(&[b"layer"], "small"), large("large")] {
        survives(
            async |store| {
                prepared(store).await;
                put(store, "latest", &text).await;
            },
            async |store| put(store, "latest", &text).await,
            async |store| means(store, "latest", &text).await,
        );
    }
}

#[test]
fn a_tag_that_moves() {
    for (old, new) in
        [(manifest(&[b"layer"], "old"), large("new")), (large("old"), manifest(&[b"layer"], "new"))]
    {
        survives(
            async |store| {
                prepared(store).await;
                put(store, "latest", &old).await;
            },
            async |store| put(store, "latest", &new).await,
            async |store| {
                means(store, "latest", &new).await;
                let digest = sha256(old.as_bytes()).to_string();
                means(store, &digest, &old).await;
            },
        );
    }
}

#[test]
fn several_tags_at_once() {
    let text = manifest(&[b"layer"], "small");
    survives(
        prepared,
        async |store| {
            let reference = format!("{}?tag=one&tag=two", sha256(text.as_bytes()));
            put(store, &reference, &text).await;
        },
        async |store| {
            means(store, "one", &text).await;
            means(store, "two", &text).await;
        },
    );
}

#[test]
fn an_index() {
    let child = manifest(&[b"layer"], "before");
    survives(
        prepared,
        async |store| put(store, "all", &index(&child)).await,
        async |store| means(store, "all", &index(&child)).await,
    );
}

#[test]
fn a_manifest_small_or_large_whose_blob_is_not_there() {
    for note in ["small".to_owned(), "x".repeat(256 * 1024)] {
        let text = manifest(&[b"another"], &note);
        survives(
            prepared,
            async |store| {
                let seen = store.client("app").put("latest", &text).await;
                assert_eq!(seen.status, 404);
                assert!(seen.text().contains("MANIFEST_BLOB_UNKNOWN"), "{}", seen.text());
            },
            async |store| {
                assert_eq!(store.client("app").get("manifests/latest").await.status, 404);
            },
        );
    }
}
