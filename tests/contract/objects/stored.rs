//! Objects that are stored, read, listed and deleted.

use bhcr::oci::digest::{Algorithm, Digest};
use bhcr::services::objects::{Listed, MAX_DELETE, MAX_KEY, Objects, PutError, ReadError, Span};

use super::{World, content, read};

pub async fn what_was_put_is_there<W: World>(world: &W) {
    let objects = world.objects();
    assert_eq!(objects.size("put").await, Ok(None), "before it was put");
    assert_eq!(read(world, "put", None).await, None, "before it was put");
    for length in [0, 1, 1000, 300_000] {
        put(world, "put", &content(length)).await.expect("it is stored");
        assert_eq!(objects.size("put").await, Ok(Some(length as u64)));
        assert!(read(world, "put", None).await == Some(content(length)), "{length} bytes");
    }
}

pub async fn a_span_is_within_the_object<W: World>(world: &W) {
    put(world, "span", &content(10)).await.expect("it is stored");
    for (offset, length) in [(0, 1), (0, 10), (9, 1), (3, 4)] {
        let expected = content(10)[offset..offset + length].to_vec();
        let span = Span { offset: offset as u64, length: length as u64 };
        assert_eq!(read(world, "span", Some(span)).await, Some(expected), "{span:?}");
    }
    for (offset, length) in [(10, 1), (9, 2), (0, 11), (200, 1)] {
        let refused = world.objects().read("span", Some(Span { offset, length })).await.err();
        assert_eq!(refused, Some(ReadError::PastEnd { size: 10 }), "{offset} {length}");
    }
    let nothing = Some(Span { offset: 0, length: 1 });
    assert_eq!(read(world, "no such object", nothing).await, None);
}

pub async fn a_wrong_digest_stores_nothing<W: World>(world: &W) {
    let objects = world.objects();
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let right = algorithm.digest(b"bytes");
        let put = objects.put("checked", world.body(b"bytes"), 5, right).await;
        assert_eq!(put, Ok(()), "{right}");
        objects.delete(&["checked".to_owned()]).await.expect("it is deleted");
        let put = objects.put("checked", world.body(b"other"), 5, right).await;
        assert_eq!(put, Err(PutError::Mismatch), "{right}");
        assert_eq!(objects.size("checked").await, Ok(None), "{right}");
    }
}

pub async fn bytes_in_memory_are_stored<W: World>(world: &W) {
    let objects = world.objects();
    objects.put_bytes("memory", b"0123456789").await.expect("it is stored");
    assert_eq!(read(world, "memory", None).await, Some(b"0123456789".to_vec()));
}

pub async fn a_key_that_is_too_long_is_refused<W: World>(world: &W) {
    let refused = world.objects().put_bytes(&"k".repeat(MAX_KEY + 1), b"bytes").await;
    assert_eq!(refused.map_err(|error| error.code), Err(Some(10020)));
    world.objects().put_bytes(&"k".repeat(MAX_KEY), b"bytes").await.expect("it is stored");
}

pub async fn a_digest_is_made_by_reading_back<W: World>(world: &W) {
    let bytes = content(300_000);
    put(world, "digest", &bytes).await.expect("it is stored");
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let made: Option<Digest> = world.objects().digest("digest", algorithm).await.expect("it");
        assert_eq!(made, Some(algorithm.digest(&bytes)));
        assert_eq!(world.objects().digest("no such object", algorithm).await, Ok(None));
    }
}

pub async fn what_was_deleted_is_gone<W: World>(world: &W) {
    let objects = world.objects();
    for key in ["one", "two"] {
        objects.put_bytes(key, b"bytes").await.expect("it is stored");
    }
    let keys = ["one", "two", "never there"].map(str::to_owned);
    assert_eq!(objects.delete(&keys).await, Ok(()));
    assert_eq!(objects.delete(&[]).await, Ok(()), "nothing to delete");
    assert_eq!(objects.size("one").await, Ok(None));
    assert_eq!(objects.size("two").await, Ok(None));
    let many = vec!["one".to_owned(); MAX_DELETE + 1];
    assert!(objects.delete(&many).await.is_err(), "too many at once");
}

pub async fn a_list_has_pages<W: World>(world: &W) {
    let objects = world.objects();
    let keys: Vec<_> = (0..1003).map(|at| format!("listed/{at:04}")).collect();
    for key in &keys {
        objects.put_bytes(key, b"12").await.expect("it is stored");
    }
    let first = objects.list("listed/", None).await.expect("a page");
    let second = objects.list("listed/", first.cursor.as_deref()).await.expect("a page");
    assert!(first.cursor.is_some(), "there is more");
    assert_eq!(second.cursor, None);
    let expected = keys.into_iter().map(|key| Listed { key, size: 2 });
    let found = first.objects.into_iter().chain(second.objects);
    assert!(found.eq(expected), "all keys, in order");
    assert_eq!(objects.list("no such prefix", None).await, Ok(Default::default()));
}

async fn put<W: World>(world: &W, key: &str, bytes: &[u8]) -> Result<(), PutError> {
    let digest = Algorithm::Sha256.digest(bytes);
    world.objects().put(key, world.body(bytes), bytes.len() as u64, digest).await
}
