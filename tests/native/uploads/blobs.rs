//! Blobs in one request, and what a digest decides.

use bhcr::hosted::catalog::{callers, removal};
use bhcr::hosted::upload::FinishError;
use bhcr::oci::digest::Algorithm;
use bhcr::refusal::upload::{AppendError, Ended};

use super::world::{PART_BYTES, chunked, content, known, sha256, world};

#[test]
fn a_blob_of_any_size_comes_in_one_request() {
    for length in [0, 1, 1000, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES] {
        for body in [known, chunked] {
            let (world, bytes) = (world(), content(length));
            assert_eq!(world.finish(&world.begin(), sha256(&bytes), body(&bytes)), Ok(()));
            world.has(&bytes);
            assert_eq!(world.objects().open_uploads(), 0, "{length} bytes");
        }
    }
}

#[test]
fn a_blob_is_checked_against_a_digest_of_either_algorithm() {
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        for body in [known, chunked] {
            let (world, bytes) = (world(), content(PART_BYTES + 3));
            let digest = algorithm.digest(&bytes);
            assert_eq!(world.finish(&world.begin(), digest, body(&bytes)), Ok(()));
            assert_eq!(world.find(&digest).map(|blob| blob.size), Some(bytes.len() as u64));
        }
    }
}

#[test]
fn a_wrong_digest_ends_the_upload_however_the_bytes_came() {
    let (bytes, wrong) = (content(PART_BYTES + 3), sha256(b"another blob"));
    let nothing = known(b"");
    for (patch, put) in [
        (None, known(&bytes)),
        (None, chunked(&bytes)),
        (Some(known(&bytes)), nothing),
        (Some(chunked(b"small")), known(b"")),
        (Some(known(&bytes[..5])), known(&bytes[5..])),
        (None, known(b"")),
    ] {
        let world = world();
        let session = world.begin();
        if let Some(chunk) = patch {
            world.append(&session, chunk).expect("the bytes are taken");
        }
        assert_eq!(world.finish(&session, wrong, put), Err(FinishError::Digest));
        assert_eq!(world.find(&wrong), None);
        let ended = AppendError::Ended(Ended::Cancelled);
        assert_eq!(world.append(&session, known(b"more")), Err(ended.clone()));
        assert_eq!(world.received(&session), Err(ended));
        assert_eq!(world.objects().open_uploads(), 0);
    }
}

#[test]
fn an_answer_that_was_lost_is_given_again() {
    let (world, bytes) = (world(), content(PART_BYTES + 3));
    let session = world.begin();
    world.append(&session, known(&bytes)).expect("the bytes are taken");
    for _ in 0..3 {
        assert_eq!(world.finish(&session, sha256(&bytes), known(b"")), Ok(()));
    }
    let other = world.finish(&session, sha256(b"other"), known(b""));
    let committed = AppendError::Ended(Ended::Committed(sha256(&bytes).into()));
    assert_eq!(other, Err(FinishError::Append(committed)));
}

#[test]
fn a_replayed_put_succeeds_only_where_the_blob_is_there_and_the_caller_may_push() {
    let world = world();
    let (session, digest) = (world.begin(), sha256(b"blob"));
    let replay = || world.finish(&session, digest, known(b"blob"));
    assert_eq!(replay(), Ok(()));
    assert_eq!(replay(), Ok(()));
    let removed = removal::blob(world.database(), &world.image, &world.caller, &digest);
    pollster::block_on(removed).expect("removed");
    let ended = AppendError::Ended(Ended::Cancelled);
    assert_eq!(replay(), Err(FinishError::Append(ended)), "the client begins anew");
    world.finish(&world.begin(), digest, known(b"blob")).expect("it is pushed again");
    assert_eq!(replay(), Ok(()));
    let revoked = callers::revoke(world.database(), world.image.account(), &world.caller);
    assert_eq!(pollster::block_on(revoked), Ok(true));
    assert_eq!(replay(), Err(FinishError::Refused));
}

#[test]
fn a_blob_that_the_account_has_is_kept_once() {
    let (world, bytes) = (world(), content(100));
    let push = || world.finish(&world.begin(), sha256(&bytes), known(&bytes));
    assert_eq!(push(), Ok(()));
    let first = world.find(&sha256(&bytes));
    for _ in 0..3 {
        assert_eq!(push(), Ok(()));
        assert_eq!(world.find(&sha256(&bytes)), first, "its key never changes");
    }
    world.has(&bytes);
}
