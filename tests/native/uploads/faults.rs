//! R2 failing at each call in turn: the client tries once more, and everything is right.

use super::world::{PART_BYTES, World, chunked, content, known, ranged, sha256, world};

// A push as a client does it that asks how far it came, as it would after a failure.
fn push(
    world: &World,
    bytes: &[u8],
    body: fn(&[u8]) -> bhcr::hosted::upload::chunk::Chunk<Vec<u8>>,
) {
    let session = world.begin();
    if world.append(&session, body(bytes)).is_err() {
        let received = world.received(&session).expect("the upload is open") as usize;
        if received < bytes.len() {
            let rest = ranged(&bytes[received..], received);
            world.append(&session, rest).expect("the second time it is taken");
        }
    }
    if world.finish(&session, sha256(bytes), known(b"")).is_err() {
        let again = world.finish(&session, sha256(bytes), known(b""));
        assert_eq!(again, Ok(()), "the second time it is finished");
    }
}

#[test]
fn whichever_call_to_r2_fails_the_second_try_succeeds() {
    let bytes = content(2 * PART_BYTES + 10);
    for body in [known, chunked] {
        for calls in 0..12 {
            let world = world();
            world.objects().gate().fail_after(2 * calls);
            push(&world, &bytes, body);
            world.objects().gate().heal();
            world.has(&bytes);
        }
    }
}

#[test]
fn whichever_call_fails_while_a_blob_comes_in_one_request_it_can_be_sent_again() {
    for (length, calls) in [(0, 0), (0, 1), (10, 0), (10, 1), (PART_BYTES + 1, 0)] {
        let (world, bytes) = (world(), content(length));
        world.objects().gate().fail_after(2 * calls);
        let session = world.begin();
        if world.finish(&session, sha256(&bytes), known(&bytes)).is_err() {
            assert_eq!(world.finish(&session, sha256(&bytes), known(&bytes)), Ok(()));
        }
        world.objects().gate().heal();
        world.has(&bytes);
    }
}
