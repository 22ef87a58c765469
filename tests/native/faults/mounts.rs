//! Mounts.

use super::client::{CONFIG, Way, manifest, sha256};
use super::store::{Store, survives};

async fn source(store: &Store) {
    store.client("source").push(b"layer", Way::Post).await;
}

#[test]
fn a_mount_from_an_image_and_from_any() {
    for from in [Some("acc-aaaaa/source"), None] {
        survives(
            source,
            async |store| {
                let mounted = store.client("app").mount(&sha256(b"layer"), from).await;
                assert_eq!(mounted.status, 201, "{}", mounted.text());
            },
            async |store| {
                let app = store.client("app");
                let seen = app.get(&format!("blobs/{}", sha256(b"layer"))).await;
                assert_eq!((seen.status, &*seen.body), (200, &b"layer"[..]));
                app.push(CONFIG, Way::Post).await;
                assert_eq!(app.put("latest", &manifest(&[b"layer"], "")).await.status, 201);
            },
        );
    }
}

#[test]
fn a_mount_of_what_is_not_there() {
    survives(
        source,
        async |store| {
            let app = store.client("app");
            assert_eq!(app.mount(&sha256(b"another"), None).await.status, 202);
        },
        async |store| {
            let path = format!("blobs/{}", sha256(b"another"));
            assert_eq!(store.client("app").get(&path).await.status, 404);
        },
    );
}
