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
    let claim = uploads::Claim { version, progress: it.clone() };
    block_on(uploads::record(&world.database, session(&image, upload, NOW), &claim))
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
fn the_first_claim_creates_the_row_and_each_claim_has_two_numbers() {
    let (world, upload) = (world(), upload());
    assert_eq!(find(&world, &upload), Ok(None));
    for version in [1, 3, 5] {
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
    record(&world, &upload, 3, &progress(96, &[(3, "d")])).expect("recorded");
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
    assert_eq!(record(&world, &upload, 3, &progress(64, &[(1, "a")])), Ok(()));
}

#[test]
fn what_a_claim_brings_is_recorded_first_unless_another_came_as_far() {
    let elsewhere = |progress| Progress { multipart: Some("another".to_owned()), ..progress };
    // What another claim recorded since then, how far the upload is, and whether the digest counts.
    for (other, offset, counts) in [
        (None, 96, true),
        (Some(progress(64, &[])), 96, false),
        (Some(progress(96, &[])), 96, true),
        (Some(progress(97, &[])), 97, true),
        (Some(elsewhere(progress(64, &[]))), 64, true),
    ] {
        let (world, upload) = (world(), upload());
        let image = world.image("myapp");
        world.claim(&image, &upload).expect("a claim");
        record(&world, &upload, 1, &progress(64, &[(1, "a")])).expect("recorded");
        if let Some(other) = &other {
            world.claim(&image, &upload).expect("a newer claim");
            record(&world, &upload, 3, other).expect("recorded");
        }
        let version = if other.is_some() { 3 } else { 1 };
        let brought = uploads::Claim { version: 1, progress: progress(96, &[(2, "b")]) };
        let session = session(&image, &upload, NOW);
        let claim = |offsets, brings_bytes| {
            let database = &world.database;
            block_on(uploads::claim_at(database, session, offsets, brings_bytes, Some(&brought)))
        };
        let elsewhere = Err(uploads::ClaimError::Elsewhere { received: offset });
        assert_eq!(claim(98..=98, true), elsewhere, "also where nothing is claimed");
        assert_eq!(claim(98..=100, false), elsewhere);
        let found = find(&world, &upload).expect("it answers").expect("an upload");
        assert_eq!((found.version, found.progress.offset), (version, offset));
        assert_eq!(found.progress.digest.is_some(), counts);
        let is_recorded = found.progress.parts.iter().any(|part| part.number == 2);
        assert_eq!(is_recorded, offset == 96 && other != Some(progress(96, &[])));
        assert_eq!(claim(offset..=offset, false), Ok(found.clone()));
        let claimed = claim(offset..=offset, true).expect("a claim");
        assert_eq!((claimed.version, claimed.progress), (version + 2, found.progress));
    }
}

#[test]
fn what_a_cancelled_upload_leaves_is_under_the_key_of_the_claim_that_began_it() {
    let (world, upload) = (world(), upload());
    let image = world.image("myapp");
    for _ in 0..2 {
        world.claim(&image, &upload).expect("a claim");
    }
    let marked = bhcr::hosted::upload::id::mark(3, "multipart");
    let progress = Progress { multipart: Some(marked), ..Progress::default() };
    record(&world, &upload, 3, &progress).expect("recorded");
    let left = cancel(&world, &upload, None).expect("cancelled");
    let key = upload.key(&world.account).of_parts(3);
    assert_eq!((&left.key, left.multipart.as_deref()), (&key, Some("multipart")));
    assert!(world.trash().contains(&key));
}

#[test]
fn a_cancelled_upload_is_not_revived() {
    let (world, upload) = (world(), upload());
    let image = world.image("myapp");
    world.claim(&image, &upload).expect("a claim");
    world.claim(&image, &upload).expect("a claim");
    record(&world, &upload, 3, &progress(64, &[(1, "a")])).expect("recorded");
    let left = cancel(&world, &upload, None).expect("cancelled");
    let key = upload.key(&world.account);
    assert_eq!((&*left.key, left.multipart.as_deref()), (key.as_str(), Some("multipart")));
    let [first, both] = [[key.as_str().to_owned(), key.piece(1)], [key.piece(2), key.piece(3)]];
    assert_eq!(world.trash(), [first, both].concat());
    assert_eq!(world.writes_nothing(|| cancel(&world, &upload, None)), Ok(left));
    let ended = UploadError::Ended(Ended::Cancelled);
    let revive = || world.claim(&image, &upload);
    assert_eq!(world.writes_nothing(revive), Err(ended.clone()));
    assert_eq!(find(&world, &upload), Err(ended));
    assert_eq!(record(&world, &upload, 3, &progress(65, &[])), Err(UploadError::Lost));
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
    assert!(cancel(&world, &upload, Some(3)).is_ok());
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
