//! Requests that work on one upload at the same time, and uploads that have ended.

use bhcr::account::caller::Caller;
use bhcr::account::id::KeyId;
use bhcr::hosted::catalog::uploads::{self, Claim, Progress, Session, UploadError};
use bhcr::hosted::upload::FinishError;
use bhcr::hosted::upload::chunk::{Chunk, MAX_BLOB};
use bhcr::refusal::upload::{AppendError, Ended};
use bhcr::services::objects::Objects;

use super::world::{PART_BYTES, Upload, World, chunked, content, known, ranged, sha256, world};
use bhcr::hosted::upload::session::UploadSession;

const CANCELLED: AppendError = AppendError::Ended(Ended::Cancelled);

fn row<'a>(world: &'a World, session: &'a UploadSession) -> Session<'a> {
    Session { image: &world.image, upload: session.id(), expires: session.expires() }
}

fn claim(world: &World, upload: &Upload) -> Claim {
    let session = upload.session();
    let (row, unrecorded) = (row(world, &session), session.unrecorded());
    let claim = uploads::claim_at(world.database(), row, 0..=MAX_BLOB, true, unrecorded.as_ref());
    pollster::block_on(claim).expect("the claim succeeds")
}

fn record(world: &World, upload: &Upload, claim: &Claim) -> Result<(), UploadError> {
    let session = upload.session();
    pollster::block_on(uploads::record(world.database(), row(world, &session), claim))
}

#[test]
fn a_request_that_is_refused_does_not_take_the_upload_from_the_one_that_works_on_it() {
    let too_large = || Chunk { length: Some(MAX_BLOB - 9), ..known(b"") };
    let end = || Chunk { length: Some(MAX_BLOB), ..known(b"") };
    let elsewhere = || Err(AppendError::Offset { received: 10 });
    let limit = || Err(AppendError::TooLarge { limit: MAX_BLOB });
    type Stray = fn(&World, &Upload, Chunk<Vec<u8>>) -> Result<(), AppendError>;
    let patch: Stray = |world, session, chunk| world.append(session, chunk).map(drop);
    let put: Stray = |world, session, chunk| {
        world.finish(session, sha256(b"blob"), chunk).map_err(|error| match error {
            FinishError::Append(error) => error,
            other => panic!("{other:?}"),
        })
    };
    for stray in [patch, put] {
        for (chunk, refused) in [
            (ranged(b"abc", 3), elsewhere()),
            (ranged(b"abc", 0), elsewhere()),
            (ranged(b"abc", 11), elsewhere()),
            (too_large(), limit()),
            (end(), limit()),
            (Chunk { length: Some(u64::MAX), ..known(b"") }, limit()),
        ] {
            let world = world();
            let session = world.begin();
            world.append(&session, known(b"0123456789")).expect("the bytes are taken");
            let Claim { version, progress } = claim(&world, &session);
            assert_eq!(stray(&world, &session, chunk), refused);
            let news = Claim { version, progress: Progress { offset: 20, ..progress } };
            assert_eq!(record(&world, &session, &news), Ok(()), "{refused:?}");
        }
    }
}

#[test]
fn chunks_without_a_byte_leave_nothing_behind() {
    let world = world();
    let session = world.begin();
    world.append(&session, known(b"0123456789")).expect("the bytes are taken");
    let before = world.database().dump();
    for _ in 0..3 {
        assert_eq!(world.append(&session, known(b"")), Ok(10));
    }
    assert_eq!(world.database().dump(), before);
    let begun = world.begin();
    assert_eq!(world.append(&begun, known(b"")), Ok(0));
    assert_eq!(world.database().dump(), before);
}

#[test]
fn an_upload_in_too_many_requests_ends_before_it_cannot_be_cancelled() {
    let (world, limit) = (world(), uploads::MAX_CLAIMS);
    let session = world.begin();
    world.append(&session, known(b"a")).expect("the bytes are taken");
    claim(&world, &session);
    let last = 2 * limit - 1;
    world.database().run(&format!("update uploads set version = {last} - 2"));
    assert_eq!(world.append(&session, known(b"b")), Ok(2));
    let refused = AppendError::TooMany { limit };
    assert_eq!(world.append(&session, known(b"c")), Err(refused.clone()));
    assert_eq!(world.append(&session, ranged(b"c", 2)), Err(refused.clone()));
    let put = world.finish(&session, sha256(b"abc"), known(b"c"));
    assert_eq!(put, Err(FinishError::Append(refused)));
    assert_eq!(world.received(&session), Ok(2));
    assert_eq!(world.cancel(&session), Ok(()));
    let keys = world.database().texts("select cast(count(*) as text) from trash");
    assert_eq!(keys, [(last + 1).to_string()]);
}

#[test]
fn a_request_whose_isolate_ended_is_in_nobodys_way() {
    let (world, bytes) = (world(), content(PART_BYTES + 10));
    let session = world.begin();
    assert_eq!(world.append(&session, known(&bytes[..10])), Ok(10));
    claim(&world, &session);
    assert_eq!(world.append(&session, ranged(&bytes[10..], 10)), Ok(bytes.len() as u64));
    claim(&world, &session);
    assert_eq!(world.finish(&session, sha256(&bytes), known(b"")), Ok(()));
    world.has(&bytes);
}

#[test]
fn a_put_without_a_body_takes_what_is_recorded_whoever_works_on_the_upload() {
    for length in [10, PART_BYTES + 10] {
        let (world, bytes) = (world(), content(length));
        let session = world.begin();
        assert_eq!(world.append(&session, known(&bytes)), Ok(length as u64));
        let Claim { version, progress } = claim(&world, &session);
        assert_eq!(world.finish(&session, sha256(&bytes), known(b"")), Ok(()));
        world.has(&bytes);
        let late = Progress { offset: progress.offset + 1, ..progress };
        let late = Claim { version, progress: late };
        assert_eq!(record(&world, &session, &late), Err(UploadError::Lost));
    }
}

#[test]
fn a_put_without_a_byte_stores_nothing_under_the_claim_of_another_request() {
    let world = world();
    let session = world.begin();
    let Claim { version, .. } = claim(&world, &session);
    assert_eq!(world.finish(&session, sha256(b""), known(b"")), Ok(()));
    let key = session.id().key(world.image.account());
    pollster::block_on(world.objects().put_bytes(&key.piece(version), b"late")).expect("stored");
    world.has(b"");
}

#[test]
fn parts_that_were_put_together_for_nothing_are_never_taken_for_others() {
    let (world, mine) = (world(), content(PART_BYTES + 10));
    let other: Vec<_> = mine.iter().map(|byte| !byte).collect();
    let session = world.begin();
    let owner = world.caller.clone();
    let stranger = World { caller: Caller::Owner(KeyId::random()), ..world };
    let put = stranger.finish(&session, sha256(&other), chunked(&other));
    assert_eq!(put, Err(FinishError::Refused));
    let world = World { caller: owner, ..stranger };
    world.append(&session, chunked(&mine)).expect("the bytes are taken");
    assert_eq!(world.finish(&session, sha256(&mine), known(b"")), Ok(()));
    world.has(&mine);
    assert_eq!(world.find(&sha256(&other)), None);
}

#[test]
fn two_puts_at_once_make_one_blob() {
    let (world, bytes) = (world(), content(PART_BYTES + 10));
    let session = world.begin();
    world.append(&session, known(&bytes)).expect("the bytes are taken");
    world.objects().complete_elsewhere();
    assert_eq!(world.finish(&session, sha256(&bytes), known(b"")), Ok(()));
    world.has(&bytes);
}

#[test]
fn a_cancelled_upload_stays_cancelled() {
    let world = world();
    let (untouched, begun) = (world.begin(), world.begin());
    world.append(&begun, known(&content(PART_BYTES))).expect("the bytes are taken");
    for session in [&untouched, &begun] {
        assert_eq!(world.cancel(session), Ok(()));
        assert_eq!(world.received(session), Err(CANCELLED));
        assert_eq!(world.append(session, known(b"replay")), Err(CANCELLED));
        let put = world.finish(session, sha256(b"replay"), known(b"replay"));
        assert_eq!(put, Err(FinishError::Append(CANCELLED)));
    }
    assert_eq!(world.objects().open_uploads(), 0, "R2 forgot the parts");
    assert_eq!(world.find(&sha256(b"replay")), None);
}

#[test]
fn a_committed_upload_takes_nothing_more() {
    let world = world();
    let session = world.begin();
    assert_eq!(world.finish(&session, sha256(b"blob"), known(b"blob")), Ok(()));
    let ended = AppendError::Ended(Ended::Committed(sha256(b"blob").into()));
    assert_eq!(world.append(&session, known(b"more")), Err(ended.clone()));
    assert_eq!(world.cancel(&session), Err(ended.clone()));
    assert_eq!(world.received(&session), Err(ended));
    world.has(b"blob");
}

#[test]
fn an_upload_whose_time_is_over_takes_nothing_more() {
    let world = world();
    let session = world.begin();
    world.append(&session, known(b"begin")).expect("the bytes are taken");
    world.services.clock.advance(7 * 24 * 60 * 60);
    let expired = Err(AppendError::Ended(Ended::Expired));
    assert_eq!(world.append(&session, known(b"more")), expired);
}

#[test]
fn a_caller_without_the_right_commits_nothing() {
    let world = World { caller: Caller::Owner(KeyId::random()), ..world() };
    let session = world.begin();
    let put = world.finish(&session, sha256(b"blob"), known(b"blob"));
    assert_eq!(put, Err(FinishError::Refused));
    assert_eq!(world.find(&sha256(b"blob")), None);
}

#[test]
fn another_image_cannot_use_the_upload() {
    let world = world();
    let session = world.begin();
    world.append(&session, known(b"blob")).expect("the bytes are taken");
    let image = bhcr::account::name::ImageName::parse("acc-12345/other").expect("a name");
    let other = World { image, ..world };
    let put = other.finish(&session, sha256(b"blob"), known(b""));
    assert_eq!(put, Err(FinishError::Append(CANCELLED)));
}
