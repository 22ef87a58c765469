//! Answers that are lost, and a `Location` that is used again: nothing is taken twice, and nothing is
//! ever taken for another blob.

use bhcr::hosted::upload::FinishError;
use bhcr::hosted::upload::chunk::Chunk;
use bhcr::refusal::upload::AppendError;
use bhcr::services::objects::{Arrival, Intake, Objects, Order};

use super::world::{PART_BYTES, Upload, World, chunked, content, known, ranged, sha256, world};

const LENGTHS: [usize; 2] = [10, PART_BYTES + 10];

/// Whoever goes on by the same `Location`, whatever others were answered.
fn other(upload: &Upload) -> Upload {
    Upload::at(upload.session())
}

fn inverted(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| !byte).collect()
}

/// Nothing is committed, or what is has the right bytes.
fn is_no_other_blob(world: &World, bytes: &[u8]) {
    if world.find(&sha256(bytes)).is_some() {
        world.has(bytes);
    }
}

#[test]
fn a_patch_without_an_answer_is_sent_again() {
    for length in LENGTHS {
        for body in [known, chunked] {
            let (world, bytes) = (world(), content(length));
            let upload = world.begin();
            assert_eq!(world.append(&other(&upload), body(&bytes)), Ok(length as u64));
            assert_eq!(world.received(&upload), Ok(0), "nothing is recorded");
            assert_eq!(world.append(&upload, body(&bytes)), Ok(length as u64));
            assert_eq!(world.finish(&upload, sha256(&bytes), known(b"")), Ok(()));
            world.has(&bytes);
        }
    }
}

#[test]
fn a_long_patch_without_an_answer_goes_on_where_it_was_recorded() {
    let (world, bytes) = (world(), content(13 * PART_BYTES + 10));
    let (upload, received) = (world.begin(), 13 * PART_BYTES);
    let offset = AppendError::Offset { received: received as u64 };
    assert_eq!(world.append(&other(&upload), chunked(&bytes)), Ok(bytes.len() as u64));
    assert_eq!(world.append(&upload, chunked(&bytes)), Err(offset));
    assert_eq!(world.append(&upload, chunked(&bytes[received..])), Ok(bytes.len() as u64));
    assert_eq!(world.finish(&upload, sha256(&bytes), known(b"")), Ok(()));
    world.has(&bytes);
}

#[test]
fn a_put_without_an_answer_is_sent_again_whether_it_was_committed_or_not() {
    // The first batch is the claim. The second is the commit: it does not come about, or is not told.
    for sides in [2, 3] {
        for length in LENGTHS {
            for body in [known, chunked] {
                let (world, bytes) = (world(), content(length));
                let upload = world.begin();
                world.database().gate().fail_after(sides);
                let lost = world.finish(&upload, sha256(&bytes), body(&bytes));
                assert!(matches!(lost, Err(FinishError::Append(AppendError::Database(_)))));
                assert_eq!(world.finish(&upload, sha256(&bytes), body(&bytes)), Ok(()));
                world.has(&bytes);
            }
        }
    }
}

#[test]
fn a_long_put_without_an_answer_goes_on_where_it_was_recorded() {
    let (world, bytes) = (world(), content(13 * PART_BYTES + 10));
    let (upload, received) = (world.begin(), 13 * PART_BYTES);
    // The claim, the record, and then the commit.
    world.database().gate().fail_after(4);
    assert!(world.finish(&upload, sha256(&bytes), chunked(&bytes)).is_err());
    let offset = AppendError::Offset { received: received as u64 };
    let again = world.finish(&upload, sha256(&bytes), chunked(&bytes));
    assert_eq!(again, Err(FinishError::Append(offset)));
    let rest = ranged(&bytes[received..], received);
    assert_eq!(world.finish(&upload, sha256(&bytes), rest), Ok(()));
    world.has(&bytes);
}

#[test]
fn a_put_of_what_is_stored_is_sent_again_whatever_became_of_it() {
    for (length, sides) in [(10, 0..2), (PART_BYTES + 10, 0..2)] {
        for sides in sides {
            let (world, bytes) = (world(), content(length));
            let upload = world.begin();
            world.append(&upload, chunked(&bytes)).expect("the bytes are taken");
            world.database().gate().fail_after(sides);
            assert!(world.finish(&upload, sha256(&bytes), known(b"")).is_err());
            assert_eq!(world.finish(&upload, sha256(&bytes), known(b"")), Ok(()));
            world.has(&bytes);
        }
    }
}

#[test]
fn a_late_claim_by_an_older_location_takes_nothing_from_an_answer() {
    for length in [10, 13 * PART_BYTES + 10] {
        let (world, bytes) = (world(), content(length));
        let recorded = length / PART_BYTES * PART_BYTES;
        let old = world.begin();
        let new = other(&old);
        world.append(&new, chunked(&bytes)).expect("the bytes are taken");
        assert_eq!(world.received(&other(&old)), Ok(recorded as u64));
        world.objects().break_after(3);
        let cut = world.append(&old, ranged(&bytes[recorded..], recorded));
        assert_eq!(cut, Err(AppendError::Cut { received: recorded as u64 }));
        assert_eq!(world.received(&other(&new)), Ok(length as u64));
        let put = world.finish(&new, sha256(&bytes), known(b""));
        assert_eq!(put, Ok(()));
        world.has(&bytes);
    }
}

#[test]
fn a_location_that_does_not_count_any_more_is_told_how_far_the_upload_is() {
    let (world, bytes) = (world(), content(13 * PART_BYTES + 10));
    let (upload, received) = (world.begin(), 13 * PART_BYTES as u64);
    world.append(&upload, chunked(&bytes)).expect("the bytes are taken");
    world.database().run("update uploads set version = version + 2, multipart = 'another'");
    let offset = AppendError::Offset { received };
    let put = world.finish(&upload, sha256(&bytes), known(b""));
    assert_eq!(put, Err(FinishError::Append(offset.clone())), "the upload has not ended");
    assert_eq!(world.append(&other(&upload), known(b"more")), Err(offset));
    assert_eq!(world.received(&upload), Ok(received));
}

#[test]
fn what_is_not_recorded_is_recorded_by_the_next_chunk_also_where_that_breaks() {
    let (world, bytes) = (world(), content(2 * PART_BYTES + 20));
    let upload = world.begin();
    let (first, second) = bytes.split_at(PART_BYTES + 10);
    world.append(&upload, chunked(first)).expect("the bytes are taken");
    world.objects().break_after(3);
    let received = first.len() as u64;
    assert_eq!(world.append(&upload, chunked(second)), Err(AppendError::Cut { received }));
    assert_eq!(world.received(&upload), Ok(received));
    assert_eq!(world.append(&upload, chunked(second)), Ok(bytes.len() as u64));
    assert_eq!(world.finish(&upload, sha256(&bytes), known(b"")), Ok(()));
    world.has(&bytes);
}

#[test]
fn two_holders_of_a_location_make_one_blob() {
    for length in [0, 10, PART_BYTES + 10] {
        let (world, bytes) = (world(), content(length));
        let upload = world.begin();
        world.append(&upload, chunked(&bytes)).expect("the bytes are taken");
        for holder in [other(&upload), upload] {
            assert_eq!(world.finish(&holder, sha256(&bytes), known(b"")), Ok(()));
        }
        world.has(&bytes);
    }
}

#[test]
fn two_streams_of_one_upload_never_make_a_wrong_blob() {
    for (alike, swapped) in [(false, false), (false, true), (true, false), (true, true)] {
        for length in [10, PART_BYTES + 10] {
            let (world, one) = (world(), content(length));
            let two = inverted(&one);
            world.objects().make_etags_alike(alike);
            let upload = world.begin();
            let (first, second) = (other(&upload), upload);
            world.append(&first, chunked(&one)).expect("the bytes are taken");
            world.append(&second, chunked(&two)).expect("the bytes are taken");
            let streams = [(&first, &one), (&second, &two)];
            let [(holder, bytes), (late, lost)] = match swapped {
                true => [streams[1], streams[0]],
                false => streams,
            };
            assert_eq!(world.finish(holder, sha256(bytes), known(b"")), Ok(()));
            assert!(world.finish(late, sha256(lost), known(b"")).is_err());
            world.has(bytes);
            assert_eq!(world.find(&sha256(lost)), None);
        }
    }
}

#[test]
fn a_fork_never_makes_a_wrong_blob() {
    for alike in [false, true] {
        for (before, after) in [(10, 20), (PART_BYTES, PART_BYTES), (PART_BYTES + 5, PART_BYTES)] {
            for swapped in [false, true] {
                let (world, bytes) = (world(), content(before + after));
                world.objects().make_etags_alike(alike);
                let upload = world.begin();
                world.append(&upload, chunked(&bytes[..before])).expect("the bytes are taken");
                let ends = [bytes[before..].to_vec(), inverted(&bytes[before..])];
                let mut forks = ends.map(|end| {
                    let fork = other(&upload);
                    world.append(&fork, chunked(&end)).expect("the bytes are taken");
                    (fork, [&bytes[..before], &end].concat())
                });
                if swapped {
                    forks.reverse();
                }
                for (fork, whole) in &forks {
                    let _ = world.finish(fork, sha256(whole), known(b""));
                    forks.iter().for_each(|(_, whole)| is_no_other_blob(&world, whole));
                }
            }
        }
    }
}

// R2's etag of a part is its MD5, so whoever chooses the bytes can make two of one etag.
#[test]
fn a_part_that_another_request_replaced_is_noticed_whatever_its_etag() {
    let (world, bytes) = (world(), content(2 * PART_BYTES));
    world.objects().make_etags_alike(true);
    let upload = world.begin();
    // The multipart upload begins, its first part fails, and so more than one claim knows it.
    world.objects().gate().fail_after(2);
    assert!(world.append(&other(&upload), chunked(&bytes)).is_err());
    assert_eq!(world.append(&upload, chunked(&bytes)), Ok(bytes.len() as u64));
    let key = upload.id().key(world.image.account());
    let arrival = Arrival { owner: "another", length: None, algorithm: None };
    let mut late = world.objects().take_in(inverted(&bytes), arrival).expect("a buffer");
    let order = Order {
        key: key.as_str(),
        upload: Some("upload-1"),
        next: 1,
        parts: 2,
        tail: None,
        rest: "b/rest",
    };
    assert_eq!(pollster::block_on(late.store(&order)).parts.len(), 2);
    let put = world.finish(&upload, sha256(&bytes), known(b""));
    assert_eq!(put, Err(FinishError::Digest));
    assert_eq!(world.find(&sha256(&bytes)), None);
}

#[test]
fn an_old_location_without_bytes_completes_what_is_recorded() {
    let (world, bytes) = (world(), content(20));
    let upload = world.begin();
    let old = other(&upload);
    world.append(&upload, known(&bytes[..10])).expect("the bytes are taken");
    world.append(&upload, known(&bytes[10..])).expect("the bytes are taken");
    let put = world.finish(&old, sha256(&bytes[..10]), Chunk { after: Some(0), ..known(b"") });
    assert_eq!(put, Ok(()), "the first ten bytes");
    world.has(&bytes[..10]);
}

#[test]
fn a_cancellation_has_r2_forget_what_was_not_recorded() {
    let world = world();
    let upload = world.begin();
    let old = other(&upload);
    world.append(&upload, known(&content(PART_BYTES))).expect("the bytes are taken");
    let first = other(&upload);
    world.append(&old, known(&content(PART_BYTES))).expect("the bytes are taken");
    assert_eq!(world.objects().open_uploads(), 2);
    assert_eq!((world.cancel(&first), world.cancel(&old)), (Ok(()), Ok(())));
    assert_eq!(world.objects().open_uploads(), 0);
}

#[test]
fn a_put_by_an_older_location_leaves_what_a_patch_brought() {
    for length in LENGTHS {
        let (world, bytes) = (world(), content(length));
        let upload = world.begin();
        let older = other(&upload);
        assert_eq!(world.append(&upload, known(&bytes)), Ok(length as u64));
        let refused = Err(AppendError::Offset { received: 0 }.into());
        assert_eq!(world.finish(&older, sha256(&bytes), known(b"")), refused);
        assert_eq!(world.finish(&upload, sha256(&bytes), known(b"")), Ok(()));
        world.has(&bytes);
    }
}
