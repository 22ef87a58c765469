//! Blobs in several requests.

use bhcr::hosted::upload::FinishError;
use bhcr::hosted::upload::chunk::{Chunk, ContentRange, InvalidContentRange, MAX_BLOB};
use bhcr::refusal::upload::AppendError;

use super::world::{PART_BYTES, chunked, content, known, ranged, sha256, world};

#[test]
fn docker_sends_one_stream_and_then_a_put_without_a_body() {
    for length in [0, 10, PART_BYTES, 2 * PART_BYTES + 10] {
        let (world, bytes) = (world(), content(length));
        let session = world.begin();
        assert_eq!(world.append(&session, chunked(&bytes)), Ok(length as u64));
        assert_eq!(world.finish(&session, sha256(&bytes), known(b"")), Ok(()), "{length}");
        world.has(&bytes);
    }
}

#[test]
fn chunks_of_any_size_make_the_blob() {
    let bytes = content(3 * PART_BYTES + 77);
    let even = PART_BYTES;
    for sizes in
        [vec![1, 2, 3], vec![even], vec![even - 1, 2, even], vec![even + 1, 5, 7], vec![70]]
    {
        let world = world();
        let session = world.begin();
        let mut at = 0;
        for size in sizes {
            let chunk = &bytes[at..at + size];
            at += size;
            assert_eq!(world.append(&session, ranged(chunk, at - size)), Ok(at as u64));
            assert_eq!(world.received(&session), Ok(at as u64));
        }
        let rest = ranged(&bytes[at..], at);
        assert_eq!(world.finish(&session, sha256(&bytes), rest), Ok(()));
        world.has(&bytes);
    }
}

#[test]
fn known_and_unknown_lengths_may_take_turns() {
    let (world, bytes) = (world(), content(4 * PART_BYTES));
    let session = world.begin();
    for (at, body) in [known, chunked, known, chunked].into_iter().enumerate() {
        let from = at * PART_BYTES;
        world.append(&session, body(&bytes[from..from + PART_BYTES])).expect("it is taken");
    }
    assert_eq!(world.finish(&session, sha256(&bytes), known(b"")), Ok(()));
    world.has(&bytes);
}

#[test]
fn a_chunk_that_begins_elsewhere_is_refused_and_does_no_harm() {
    let (world, bytes) = (world(), content(20));
    let session = world.begin();
    let elsewhere = |received| Err(AppendError::Offset { received });
    assert_eq!(world.append(&session, ranged(&bytes[10..], 10)), elsewhere(0));
    assert_eq!(world.append(&session, ranged(&bytes[..10], 0)), Ok(10));
    assert_eq!(world.append(&session, ranged(&bytes[..10], 0)), elsewhere(10), "a second time");
    assert_eq!(world.append(&session, ranged(&bytes[11..], 11)), elsewhere(10), "a gap");
    let put = world.finish(&session, sha256(&bytes), ranged(&bytes[9..], 9));
    assert_eq!(put, Err(FinishError::Append(AppendError::Offset { received: 10 })));
    assert_eq!(world.finish(&session, sha256(&bytes), ranged(&bytes[10..], 10)), Ok(()));
    world.has(&bytes);
}

#[test]
fn headers_that_contradict_each_other_are_refused_before_anything_is_stored() {
    let world = world();
    let session = world.begin();
    let chunk = Chunk { length: Some(9), ..ranged(&content(10), 0) };
    assert_eq!(world.append(&session, chunk), Err(AppendError::Length));
    let chunk = Chunk { length: Some(11), ..ranged(&content(10), 0) };
    let put = world.finish(&session, sha256(b""), chunk);
    assert_eq!(put, Err(FinishError::Append(AppendError::Length)));
    assert_eq!(world.received(&session), Ok(0));
    assert_eq!(world.objects().keys(), Vec::<String>::new());
}

#[test]
fn a_chunked_body_has_to_be_as_long_as_its_range_says() {
    let bytes = content(10);
    let range = |text| Some(ContentRange::parse(text).expect("a range"));
    for (range, expected) in [
        (range("0-9"), Ok(10)),
        (range("0-10"), Err(AppendError::Cut { received: 0 })),
        (range("0-8"), Err(AppendError::Length)),
    ] {
        let world = world();
        let session = world.begin();
        assert_eq!(world.append(&session, Chunk { range, ..chunked(&bytes) }), expected);
        assert_eq!(world.received(&session), Ok(expected.unwrap_or(0)));
    }
}

#[test]
fn what_r2_cannot_keep_is_refused_before_it_is_read() {
    let world = world();
    let session = world.begin();
    let too_long = Chunk { body: Vec::new(), length: Some(MAX_BLOB + 1), range: None, after: None };
    let refused = AppendError::TooLarge { limit: MAX_BLOB };
    assert_eq!(world.append(&session, too_long), Err(refused));
}

#[test]
fn a_range_is_two_numbers_in_order() {
    for text in ["0-0", "5-9", "0-18446744073709551614"] {
        assert!(ContentRange::parse(text).is_ok(), "{text}");
    }
    for text in [
        "",
        "-",
        "5",
        "5-",
        "-5",
        "9-5",
        "+1-2",
        "1-+2",
        " 0-1",
        "0-1 ",
        "bytes 0-1/2",
        "a-b",
        "0-18446744073709551615",
        "0-18446744073709551616",
    ] {
        assert_eq!(ContentRange::parse(text), Err(InvalidContentRange), "{text}");
    }
}
