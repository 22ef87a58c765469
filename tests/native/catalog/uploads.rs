use bhcr::hosted::catalog::uploads::{self, Progress, UploadError};
use bhcr::hosted::upload::id::UploadId;
use bhcr::refusal::upload::Ended;
use bhcr::services::database::DatabaseError;
use bhcr::services::objects::Part;
use pollster::block_on;

use super::world::{DAY, NOW, SESSION, WEEK, World, digest, session, world};

fn upload() -> UploadId {
    UploadId::random(NOW * 1000)
}

fn progress(offset: u64, parts: &[(u16, &str)]) -> Progress {
    let part = |(number, etag): &(u16, &str)| Part { number: *number, etag: (*etag).to_owned() };
    Progress {
        offset,
        multipart: Some("multipart".to_owned()),
        tail: Some(1),
        digest: Some(digest("so far")),
        parts: parts.iter().map(part).collect(),
    }
}

fn record(
    world: &World,
    upload: &UploadId,
    version: u64,
    it: &Progress,
) -> Result<(), UploadError> {
    let image = world.image("myapp");
    block_on(uploads::record(&world.database, session(&image, upload, NOW), version, it))
}

fn cancel(
    world: &World,
    upload: &UploadId,
    version: Option<u64>,
) -> Result<uploads::Leftover, UploadError> {
    let image = world.image("myapp");
    block_on(uploads::cancel(&world.database, session(&image, upload, NOW), version))
}

fn find(world: &World, upload: &UploadId) -> Result<Option<uploads::Claim>, UploadError> {
    block_on(uploads::find(&world.database, &world.image("myapp"), upload))
}

#[test]
fn the_first_claim_creates_the_row_and_each_claim_counts_up() {
    let (world, upload) = (world(), upload());
    assert_eq!(find(&world, &upload), Ok(None));
    for version in 1..4 {
        let claim = world.claim(&world.image("myapp"), &upload).expect("a claim");
        assert_eq!((claim.version, claim.progress), (version, Progress::default()));
    }
}

#[test]
fn what_was_recorded_is_there_for_the_next_claim() {
    let (world, upload) = (world(), upload());
    let image = world.image("myapp");
    world.claim(&image, &upload).expect("a claim");
    record(&world, &upload, 1, &progress(64, &[(2, "b"), (1, "a")])).expect("recorded");
    record(&world, &upload, 1, &progress(96, &[(3, "c"), (10, "j")])).expect("recorded");
    let known = progress(96, &[(1, "a"), (2, "b"), (3, "c"), (10, "j")]);
    assert_eq!(find(&world, &upload).map(|it| it.map(|it| it.progress)), Ok(Some(known.clone())));
    assert_eq!(world.claim(&image, &upload).map(|it| it.progress), Ok(known));
    // A part that was stored again has another etag.
    record(&world, &upload, 2, &progress(96, &[(3, "d")])).expect("recorded");
    let parts = find(&world, &upload).expect("it answers").expect("an upload").progress.parts;
    assert_eq!(parts.iter().map(|part| &*part.etag).collect::<Vec<_>>(), ["a", "b", "d", "j"]);
}

#[test]
fn a_claim_that_was_overtaken_records_nothing() {
    let (world, upload) = (world(), upload());
    let image = world.image("myapp");
    world.claim(&image, &upload).expect("a claim");
    world.claim(&image, &upload).expect("a newer claim");
    let late = || record(&world, &upload, 1, &progress(64, &[(1, "late")]));
    assert_eq!(world.writes_nothing(late), Err(UploadError::Lost));
    assert_eq!(record(&world, &upload, 2, &progress(64, &[(1, "a")])), Ok(()));
}

#[test]
fn a_cancelled_upload_is_not_revived() {
    let (world, upload) = (world(), upload());
    let image = world.image("myapp");
    world.claim(&image, &upload).expect("a claim");
    world.claim(&image, &upload).expect("a claim");
    record(&world, &upload, 2, &progress(64, &[(1, "a")])).expect("recorded");
    let left = cancel(&world, &upload, None).expect("cancelled");
    let key = upload.key(&world.account);
    assert_eq!((&*left.key, left.multipart.as_deref()), (key.as_str(), Some("multipart")));
    assert_eq!(world.trash(), [key.as_str().to_owned(), key.piece(1), key.piece(2)]);
    assert_eq!(world.writes_nothing(|| cancel(&world, &upload, None)), Ok(left));
    let ended = UploadError::Ended(Ended::Cancelled);
    let revive = || world.claim(&image, &upload);
    assert_eq!(world.writes_nothing(revive), Err(ended.clone()));
    assert_eq!(find(&world, &upload), Err(ended));
    assert_eq!(record(&world, &upload, 2, &progress(65, &[])), Err(UploadError::Lost));
}

#[test]
fn an_upload_without_a_byte_is_cancelled_too() {
    let (world, upload) = (world(), upload());
    let left = cancel(&world, &upload, None).expect("cancelled");
    assert_eq!(left.multipart, None);
    assert_eq!(world.trash(), [""; 0], "nothing was stored");
    let claim = world.claim(&world.image("myapp"), &upload);
    assert_eq!(claim, Err(UploadError::Ended(Ended::Cancelled)));
}

#[test]
fn who_was_overtaken_does_not_cancel_for_the_other() {
    let (world, upload) = (world(), upload());
    let image = world.image("myapp");
    world.claim(&image, &upload).expect("a claim");
    world.claim(&image, &upload).expect("a newer claim");
    let late = || cancel(&world, &upload, Some(1));
    assert_eq!(world.writes_nothing(late), Err(UploadError::Lost));
    assert!(cancel(&world, &upload, Some(2)).is_ok());
}

#[test]
fn a_committed_upload_is_not_cancelled_and_says_what_it_is() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    let stored = world.stored(&image);
    world.commit(&image, &stored, &layer, &world.owner).expect("it commits");
    let committed = UploadError::Ended(Ended::Committed(layer.into()));
    let late = || cancel(&world, &stored.upload, None);
    assert_eq!(world.writes_nothing(late), Err(committed.clone()));
    assert_eq!(world.claim(&image, &stored.upload), Err(committed.clone()));
    assert_eq!(find(&world, &stored.upload), Err(committed));
    assert_eq!(world.key(&image, &layer), Some(stored.key));
}

#[test]
fn a_session_belongs_to_one_image() {
    let (world, upload) = (world(), upload());
    world.claim(&world.image("myapp"), &upload).expect("a claim");
    let other = world.image("other");
    let expired = Err(UploadError::Ended(Ended::Expired));
    assert_eq!(world.writes_nothing(|| world.claim(&other, &upload)), expired);
    assert_eq!(block_on(uploads::find(&world.database, &other, &upload)), Ok(None));
    let cancel = || block_on(uploads::cancel(&world.database, session(&other, &upload, NOW), None));
    assert!(cancel().is_err());
    assert!(find(&world, &upload).is_ok_and(|it| it.is_some()), "it is still open");
}

#[test]
fn the_databases_clock_ends_a_session() {
    let (world, upload) = (world(), upload());
    let image = world.image("myapp");
    let claim = |expires| {
        let session = uploads::Session { image: &image, upload: &upload, expires };
        block_on(uploads::claim(&world.database, session))
    };
    let expired = Err(UploadError::Ended(Ended::Expired));
    assert_eq!(world.writes_nothing(|| claim(NOW)), expired, "over before it began");
    assert!(claim(NOW + 1).is_ok());
    world.clock.advance(1);
    assert_eq!(world.writes_nothing(|| claim(NOW + 1)), expired);
    let late = || record(&world, &upload, 1, &progress(64, &[]));
    assert_eq!(world.writes_nothing(late), Err(UploadError::Lost));
}

#[test]
fn an_ended_row_stays_until_its_session_is_over() {
    let (world, upload) = (world(), upload());
    cancel(&world, &upload, None).expect("cancelled");
    let forget = || block_on(uploads::forget(&world.database, &world.account, &upload));
    world.clock.advance(SESSION - 1);
    assert_eq!(world.writes_nothing(forget), Err(DatabaseError::Rejected));
    world.clock.advance(1);
    assert_eq!(forget(), Ok(()));
    // The sealed session is over as well, also for a Worker whose clock is behind.
    let late = || world.claim_until(&upload, NOW + SESSION);
    assert_eq!(world.writes_nothing(late), Err(UploadError::Ended(Ended::Expired)));
}

#[test]
fn an_expired_upload_leaves_its_keys_in_the_trash_for_seven_days() {
    let world = world();
    let image = world.image("myapp");
    let stored = world.stored(&image);
    let expired = || block_on(uploads::expired(&world.database, &world.account, 10));
    assert_eq!(expired(), Ok(Vec::new()));
    world.clock.advance(DAY);
    let left = expired().expect("uploads");
    assert_eq!(left.iter().map(|it| &it.upload).collect::<Vec<_>>(), [&stored.upload]);
    let forget = || block_on(uploads::forget(&world.database, &world.account, &stored.upload));
    assert_eq!(forget(), Ok(()));
    assert_eq!(world.writes_nothing(forget), Ok(()), "the same again");
    assert_eq!(world.trash(), [stored.key.clone(), format!("{}.1", stored.key)]);
    let due = || {
        let due = bhcr::hosted::catalog::trash::due(&world.database, &world.account, 10);
        block_on(due).expect("keys")
    };
    world.clock.advance(WEEK - 1);
    assert_eq!(due(), [""; 0]);
    world.clock.advance(1);
    assert_eq!(due().len(), 2);
}

impl World {
    fn claim_until(&self, upload: &UploadId, expires: u64) -> Result<uploads::Claim, UploadError> {
        let image = self.image("myapp");
        let session = uploads::Session { image: &image, upload, expires };
        block_on(uploads::claim(&self.database, session))
    }
}
