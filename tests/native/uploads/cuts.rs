//! Connections that break, and uploads that go on.

use bhcr::refusal::upload::AppendError;
use bhcr::services::objects::{Arrival, Objects};

use super::world::{PART_BYTES, chunked, content, known, ranged, sha256, world};

#[test]
fn after_a_cut_the_upload_goes_on_behind_the_last_whole_part() {
    let bytes = content(3 * PART_BYTES + 10);
    for arrived in [0, 10, PART_BYTES - 1, PART_BYTES, 2 * PART_BYTES + 5, 3 * PART_BYTES + 9] {
        for body in [known, chunked] {
            let world = world();
            let session = world.begin();
            let received = arrived / PART_BYTES * PART_BYTES;
            world.objects().break_after(arrived);
            let cut = world.append(&session, body(&bytes));
            assert_eq!(cut, Err(AppendError::Cut { received: received as u64 }), "{arrived}");
            assert_eq!(world.received(&session), Ok(received as u64), "{arrived}");
            let rest = ranged(&bytes[received..], received);
            assert_eq!(world.append(&session, rest), Ok(bytes.len() as u64));
            assert_eq!(world.finish(&session, sha256(&bytes), known(b"")), Ok(()), "{arrived}");
            world.has(&bytes);
        }
    }
}

#[test]
fn what_waited_is_not_lost_when_the_next_chunk_breaks() {
    let (world, bytes) = (world(), content(PART_BYTES + 20));
    let session = world.begin();
    assert_eq!(world.append(&session, known(&bytes[..10])), Ok(10));
    world.objects().break_after(5);
    let cut = world.append(&session, ranged(&bytes[10..], 10));
    assert_eq!(cut, Err(AppendError::Cut { received: 10 }));
    assert_eq!(world.append(&session, ranged(&bytes[10..], 10)), Ok(bytes.len() as u64));
    assert_eq!(world.finish(&session, sha256(&bytes), known(b"")), Ok(()));
    world.has(&bytes);
}

#[test]
fn a_put_that_breaks_can_be_sent_again() {
    let (world, bytes) = (world(), content(PART_BYTES + 20));
    let session = world.begin();
    world.objects().break_after(100);
    assert!(world.finish(&session, sha256(&bytes), known(&bytes)).is_err());
    assert_eq!(world.find(&sha256(&bytes)), None);
    assert_eq!(world.finish(&session, sha256(&bytes), known(&bytes)), Ok(()));
    world.has(&bytes);
}

#[test]
fn a_long_body_is_recorded_on_the_way() {
    let (world, bytes) = (world(), content(14 * PART_BYTES));
    let session = world.begin();
    // The isolate ends: the fourteenth part and what would be recorded of it never come about.
    world.objects().gate().fail_after(2 * 14);
    let failed = world.append(&session, known(&bytes));
    assert!(matches!(failed, Err(AppendError::Objects(_))), "{failed:?}");
    assert!(world.received(&session).expect("the upload is open") >= 13 * PART_BYTES as u64);
}

#[test]
fn buffers_come_back_after_a_cut() {
    let world = world();
    for _ in 0..20 {
        world.objects().break_after(3);
        let cut = world.append(&world.begin(), chunked(b"hello"));
        assert_eq!(cut, Err(AppendError::Cut { received: 0 }));
    }
}

#[test]
fn a_body_that_stalls_is_recorded_as_far_as_it_came() {
    let bytes = content(PART_BYTES + 10);
    for body in [known, chunked] {
        let world = world();
        let session = world.begin();
        world.objects().stall_after(PART_BYTES + 1);
        let received = PART_BYTES as u64;
        assert_eq!(world.append(&session, body(&bytes)), Err(AppendError::Slow { received }));
        assert_eq!(world.received(&session), Ok(received));
        assert_eq!(
            world.append(&session, ranged(&bytes[PART_BYTES..], PART_BYTES)),
            Ok(bytes.len() as u64)
        );
        assert_eq!(world.finish(&session, sha256(&bytes), known(b"")), Ok(()));
        world.has(&bytes);
    }
}

#[test]
fn without_a_buffer_nothing_is_read_or_written() {
    let world = world();
    let account = world.image.account().as_str();
    let arrival = Arrival { owner: account, length: None, algorithm: None };
    let take_in = || world.objects().take_in(Vec::new(), arrival).ok();
    let taken: Vec<_> = std::iter::from_fn(take_in).collect();
    let session = world.begin();
    assert_eq!(world.append(&session, chunked(b"hello")), Err(AppendError::Busy));
    assert_eq!(world.append(&session, known(b"hello")), Ok(5), "a known length needs none");
    drop(taken);
    assert_eq!(world.append(&session, chunked(b"hello")), Ok(10));
}
