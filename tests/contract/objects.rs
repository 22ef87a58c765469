//! What every [`Objects`] promises, with what R2 refuses. Run it on an empty bucket.

use bhcr::oci::digest::{Algorithm, Digest};
use bhcr::services::objects::{
    Arrival, CompleteError, End, Intake, Listed, MAX_DELETE, MAX_KEY, Multipart, Objects, Order,
    PART, PutError, ReadError, Span, Stored,
};

const PART_BYTES: usize = PART as usize;
/// How many bodies of unknown length are taken in at once.
const BUFFERS: usize = 12;
/// How many of one owner.
const SHARE: usize = 5;

/// A bucket, and bodies to try it with.
#[allow(async_fn_in_trait, reason = "tests have one thread")]
pub trait World {
    /// The bucket's type.
    type Objects: Objects;
    /// The bucket.
    fn objects(&self) -> &Self::Objects;
    /// A body as it comes in.
    fn body(&self, bytes: &[u8]) -> <Self::Objects as Objects>::Body;
    /// All bytes of a body.
    async fn bytes(&self, body: <Self::Objects as Objects>::Body) -> Vec<u8>;
}

/// Every promise, one after the other.
pub async fn keeps_its_promises<W: World>(world: W) {
    what_was_put_is_there(&world).await;
    a_span_is_within_the_object(&world).await;
    a_wrong_digest_stores_nothing(&world).await;
    bytes_in_memory_are_stored(&world).await;
    a_key_that_is_too_long_is_refused(&world).await;
    a_body_is_taken_in_whatever_its_length(&world).await;
    bytes_that_wait_come_first(&world).await;
    an_intake_stops_after_the_parts_that_were_ordered(&world).await;
    a_body_of_another_length_leaves_only_parts(&world).await;
    buffers_are_counted_and_come_back(&world).await;
    nobody_takes_all_buffers(&world).await;
    an_upload_is_completed_once(&world).await;
    only_the_etags_of_the_last_parts_count(&world).await;
    parts_are_of_one_size(&world).await;
    an_aborted_upload_takes_nothing_more(&world).await;
    a_digest_is_made_by_reading_back(&world).await;
    what_was_deleted_is_gone(&world).await;
    a_list_has_pages(&world).await;
}

/// Bytes that differ from place to place, so that no two parts look alike.
pub fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8 ^ (at >> 16) as u8).collect()
}

async fn put<W: World>(world: &W, key: &str, bytes: &[u8]) -> Result<(), PutError> {
    let digest = Algorithm::Sha256.digest(bytes);
    world.objects().put(key, world.body(bytes), bytes.len() as u64, digest).await
}

async fn read<W: World>(world: &W, key: &str, span: Option<Span>) -> Option<Vec<u8>> {
    match world.objects().read(key, span).await.expect("it can be read") {
        Some(body) => Some(world.bytes(body).await),
        None => None,
    }
}

async fn what_was_put_is_there<W: World>(world: &W) {
    let objects = world.objects();
    assert_eq!(objects.size("put").await, Ok(None), "before it was put");
    assert_eq!(read(world, "put", None).await, None, "before it was put");
    for length in [0, 1, 1000, 300_000] {
        put(world, "put", &content(length)).await.expect("it is stored");
        assert_eq!(objects.size("put").await, Ok(Some(length as u64)));
        assert!(read(world, "put", None).await == Some(content(length)), "{length} bytes");
    }
}

async fn a_span_is_within_the_object<W: World>(world: &W) {
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

async fn a_wrong_digest_stores_nothing<W: World>(world: &W) {
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

async fn bytes_in_memory_are_stored<W: World>(world: &W) {
    let objects = world.objects();
    objects.put_bytes("memory", b"0123456789").await.expect("it is stored");
    assert_eq!(read(world, "memory", None).await, Some(b"0123456789".to_vec()));
}

async fn a_key_that_is_too_long_is_refused<W: World>(world: &W) {
    let refused = world.objects().put_bytes(&"k".repeat(MAX_KEY + 1), b"bytes").await;
    assert_eq!(refused.map_err(|error| error.code), Err(Some(10020)));
    world.objects().put_bytes(&"k".repeat(MAX_KEY), b"bytes").await.expect("it is stored");
}

/// A body of one owner.
fn arrival(length: Option<u64>, algorithm: Option<Algorithm>) -> Arrival<'static> {
    Arrival { owner: "owner", length, algorithm }
}

/// Takes a body in at once, into the object `key`.
async fn take_in<W: World>(world: &W, bytes: &[u8], known: bool, order: Order<'_>) -> Stored {
    let length = known.then_some(bytes.len() as u64);
    let taken =
        world.objects().take_in(world.body(bytes), arrival(length, Some(Algorithm::Sha256)));
    let mut intake = taken.expect("there is a buffer");
    intake.store(&order).await
}

fn order<'a>(key: &'a str, rest: &'a str) -> Order<'a> {
    Order { key, upload: None, next: 1, parts: 100, tail: None, rest }
}

async fn complete<W: World>(world: &W, key: &str, stored: &Stored) -> Result<(), CompleteError> {
    let id = stored.upload.as_deref().expect("an upload was begun");
    world.objects().complete(Multipart { key, id }, &stored.parts).await
}

/// What was stored, put together: the parts, and the rest.
async fn put_together<W: World>(world: &W, key: &str, rest: &str, stored: &Stored) -> Vec<u8> {
    let mut whole = Vec::new();
    if !stored.parts.is_empty() {
        complete(world, key, stored).await.expect("it is completed");
        whole = read(world, key, None).await.expect("the object is there");
    }
    whole.extend(read(world, rest, None).await.unwrap_or_default());
    whole
}

async fn a_body_is_taken_in_whatever_its_length<W: World>(world: &W) {
    let lengths = [0, 1, 70_000, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES + 7];
    for length in lengths {
        for known in [true, false] {
            let bytes = content(length);
            let (key, rest) = (format!("whole-{length}-{known}"), format!("rest-{length}-{known}"));
            let stored = take_in(world, &bytes, known, order(&key, &rest)).await;
            let digest = Some(Algorithm::Sha256.digest(&bytes));
            let end = End::Whole { rest: (length % PART_BYTES) as u64, digest };
            assert_eq!(stored.end, end, "{length} bytes, known: {known}");
            let numbers: Vec<_> =
                stored.parts.iter().map(|part| usize::from(part.number)).collect();
            assert_eq!(numbers, (1..=length / PART_BYTES).collect::<Vec<_>>(), "{length} {known}");
            assert!(put_together(world, &key, &rest, &stored).await == bytes, "{length} {known}");
        }
    }
}

async fn bytes_that_wait_come_first<W: World>(world: &W) {
    for (waiting, length) in [(3, 4), (PART_BYTES - 1, 1), (100, PART_BYTES), (5, 2 * PART_BYTES)] {
        for known in [true, false] {
            let bytes = content(waiting + length);
            let (key, rest) = (format!("after-{length}-{known}"), format!("last-{length}-{known}"));
            world.objects().put_bytes("waiting", &bytes[..waiting]).await.expect("it is stored");
            let order = Order { tail: Some("waiting"), ..order(&key, &rest) };
            let stored = take_in(world, &bytes[waiting..], known, order).await;
            // The digest is the body's alone.
            let digest = Some(Algorithm::Sha256.digest(&bytes[waiting..]));
            let end = End::Whole { rest: (bytes.len() % PART_BYTES) as u64, digest };
            assert_eq!(stored.end, end, "{waiting} and {length} bytes, known: {known}");
            assert!(put_together(world, &key, &rest, &stored).await == bytes, "{length} {known}");
        }
    }
}

async fn an_intake_stops_after_the_parts_that_were_ordered<W: World>(world: &W) {
    let bytes = content(3 * PART_BYTES + 9);
    for length in [Some(bytes.len() as u64), None] {
        let body = world.body(&bytes);
        let taken = world.objects().take_in(body, arrival(length, Some(Algorithm::Sha512)));
        let mut intake = taken.expect("there is a buffer");
        let first = Order { parts: 2, ..order("steps", "steps-rest") };
        let mut stored = intake.store(&first).await;
        assert_eq!((stored.parts.len(), &stored.end), (2, &End::More), "{length:?}");
        let upload = stored.upload.clone();
        let second = Order { upload: upload.as_deref(), next: 3, parts: 2, ..first };
        let more = intake.store(&second).await;
        let digest = Some(Algorithm::Sha512.digest(&bytes));
        assert_eq!(more.end, End::Whole { rest: 9, digest }, "{length:?}");
        assert_eq!(more.upload, stored.upload, "{length:?}");
        stored.parts.extend(more.parts);
        let whole = put_together(world, "steps", "steps-rest", &stored).await;
        assert!(whole == bytes, "{length:?}");
    }
}

async fn a_body_of_another_length_leaves_only_parts<W: World>(world: &W) {
    let bytes = content(PART_BYTES + 10);
    for (length, end) in [(PART + 11, End::Cut), (2 * PART + 11, End::Cut), (PART + 9, End::Long)] {
        let taken = world.objects().take_in(world.body(&bytes), arrival(Some(length), None));
        let mut intake = taken.expect("no buffer is needed");
        let stored = intake.store(&order("other-length", "other-rest")).await;
        assert_eq!(stored.end, end, "{length}");
        assert_eq!(stored.parts.len(), 1, "{length}");
        assert_eq!(world.objects().size("other-rest").await, Ok(None), "{length}");
    }
}

/// Takes in a body of unknown length.
fn hold<W: World>(world: &W, owner: &str) -> Option<<W::Objects as Objects>::Intake> {
    let arrival = Arrival { owner, length: None, algorithm: None };
    world.objects().take_in(world.body(b"bytes"), arrival).ok()
}

async fn buffers_are_counted_and_come_back<W: World>(world: &W) {
    let owners: Vec<_> = (0..BUFFERS).map(|at| format!("owner {at}")).collect();
    let hold_all = || owners.iter().map_while(|owner| hold(world, owner)).collect::<Vec<_>>();
    let mut held = hold_all();
    assert_eq!(held.len(), BUFFERS);
    assert!(hold(world, "another").is_none(), "all are in use");
    let known = world.objects().take_in(world.body(b"bytes"), arrival(Some(5), None));
    assert!(known.is_ok(), "a known length needs no buffer");
    held.pop();
    let mut last = hold(world, "another").expect("one came back");
    let end = last.store(&order("buffered", "buffered-rest")).await.end;
    assert_eq!(end, End::Whole { rest: 5, digest: None });
    drop((held, last));
    assert_eq!(hold_all().len(), BUFFERS, "all came back");
}

async fn nobody_takes_all_buffers<W: World>(world: &W) {
    let hold_all = || std::iter::from_fn(|| hold(world, "greedy")).collect::<Vec<_>>();
    let mut held = hold_all();
    assert_eq!(held.len(), SHARE);
    let other = hold(world, "other");
    assert!(other.is_some(), "others are served");
    held.pop();
    assert_eq!(hold_all().len(), 1, "one that came back is free for the owner again");
    drop((held, other));
    assert_eq!(hold_all().len(), SHARE, "all came back");
}

async fn an_upload_is_completed_once<W: World>(world: &W) {
    let stored = take_in(world, &content(PART_BYTES), true, order("once", "once-rest")).await;
    assert_eq!(complete(world, "once", &stored).await, Ok(()));
    assert_eq!(complete(world, "once", &stored).await, Err(CompleteError::Gone));
    let upload = Multipart { key: "once", id: stored.upload.as_deref().expect("an upload") };
    world.objects().put_bytes("more", b"more").await.expect("it is stored");
    assert_eq!(world.objects().append(upload, 2, "more").await, Err(CompleteError::Gone));
    assert_eq!(world.objects().size("once").await, Ok(Some(PART)));
}

async fn only_the_etags_of_the_last_parts_count<W: World>(world: &W) {
    let bytes = content(PART_BYTES);
    let old = take_in(world, &bytes, true, order("etags", "etags-rest")).await;
    let again = Order { upload: old.upload.as_deref(), ..order("etags", "etags-rest") };
    let new = take_in(world, &bytes, true, again).await;
    assert_ne!(old.parts, new.parts);
    assert_eq!(complete(world, "etags", &old).await, Err(CompleteError::WrongPart));
    assert_eq!(complete(world, "etags", &new).await, Ok(()));
}

async fn parts_are_of_one_size<W: World>(world: &W) {
    let objects = world.objects();
    for (first, last, code) in [(PART_BYTES, PART_BYTES + 1, 10048), (10, 10, 10011)] {
        objects.put_bytes("last", &content(last)).await.expect("it is stored");
        let stored = take_in(world, &content(PART_BYTES), true, order("sizes", "x")).await;
        let upload = Multipart { key: "sizes", id: stored.upload.as_deref().expect("an upload") };
        objects.put_bytes("first", &content(first)).await.expect("it is stored");
        let parts = [
            objects.append(upload, 1, "first").await.expect("it is stored"),
            objects.append(upload, 2, "last").await.expect("it is stored"),
        ];
        match objects.complete(upload, &parts).await {
            Err(CompleteError::Failed(error)) => assert_eq!(error.code, Some(code)),
            other => panic!("{first} and {last} bytes: {other:?}"),
        }
    }
}

async fn an_aborted_upload_takes_nothing_more<W: World>(world: &W) {
    let objects = world.objects();
    let stored = take_in(world, &content(PART_BYTES), true, order("aborted", "x")).await;
    let upload = Multipart { key: "aborted", id: stored.upload.as_deref().expect("an upload") };
    assert_eq!(objects.abort(upload).await, Ok(()));
    assert_eq!(objects.abort(upload).await, Ok(()), "a second time");
    assert_eq!(complete(world, "aborted", &stored).await, Err(CompleteError::Gone));
    objects.put_bytes("more", b"more").await.expect("it is stored");
    assert_eq!(objects.append(upload, 2, "more").await, Err(CompleteError::Gone));
    assert_eq!(objects.size("aborted").await, Ok(None));
}

async fn a_digest_is_made_by_reading_back<W: World>(world: &W) {
    let bytes = content(300_000);
    put(world, "digest", &bytes).await.expect("it is stored");
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let made: Option<Digest> = world.objects().digest("digest", algorithm).await.expect("it");
        assert_eq!(made, Some(algorithm.digest(&bytes)));
        assert_eq!(world.objects().digest("no such object", algorithm).await, Ok(None));
    }
}

async fn what_was_deleted_is_gone<W: World>(world: &W) {
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

async fn a_list_has_pages<W: World>(world: &W) {
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
