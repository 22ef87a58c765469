//! Requests that work on one upload at the same time, and uploads that have ended.

use bhcr::hosted::catalog::Caller;
use bhcr::hosted::catalog::uploads::{self, Ended, Session};
use bhcr::hosted::id::KeyId;
use bhcr::hosted::upload::{AppendError, FinishError};

use super::world::{PART_BYTES, World, content, known, ranged, sha256, world};
use bhcr::hosted::upload::session::UploadSession;

const CANCELLED: AppendError = AppendError::Ended(Ended::Cancelled);

fn claim(world: &World, session: &UploadSession) {
    let row = Session { image: &world.image, upload: session.id(), expires: session.expires() };
    pollster::block_on(uploads::claim(world.database(), row)).expect("the claim succeeds");
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
    let ended = AppendError::Ended(Ended::Committed(sha256(b"blob")));
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
    let image = bhcr::hosted::name::ImageName::parse("acc-12345/other").expect("a name");
    let other = World { image, ..world };
    let put = other.finish(&session, sha256(b"blob"), known(b""));
    assert_eq!(put, Err(FinishError::Append(AppendError::Ended(Ended::Expired))));
}
