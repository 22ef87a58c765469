use bhcr::account::rights::Action;
use bhcr::hosted::catalog::commit::{CommitError, Stored};
use bhcr::hosted::catalog::uploads;
use bhcr::hosted::upload::id::UploadId;
use pollster::block_on;

use super::world::{NOW, SESSION, digest, session, world};

#[test]
fn a_commit_makes_a_blob_of_the_image_and_its_repository() {
    let world = world();
    let (image, layer) = (world.image("myapp/image"), digest("layer"));
    let stored = world.stored(&image);
    let batches = world.database.batches();
    assert_eq!(world.commit(&image, &stored, &layer, &world.owner), Ok(()));
    assert_eq!(world.database.batches(), batches + 1, "one batch");
    assert_eq!(world.key(&image, &layer), Some(stored.key));
    let repositories = world.database.texts("select repository from repositories");
    assert_eq!(repositories, ["myapp"]);
    assert_eq!(world.database.texts("select image from images"), ["myapp/image"]);
    assert_eq!(world.key(&world.image("myapp"), &layer), None, "another image of the repository");
}

#[test]
fn a_commit_wants_its_own_intent() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    let upload = UploadId::random(NOW * 1000);
    let key = upload.key(&world.account).as_str().to_owned();
    let never = Stored { upload, version: 1, key, size: 1 };
    let commit = |stored: &Stored| {
        world.writes_nothing(|| world.commit(&image, stored, &layer, &world.owner))
    };
    assert_eq!(commit(&never), Err(CommitError::Ended), "no row");
    let mut stored = world.stored(&image);
    stored.version += 1;
    assert_eq!(commit(&stored), Err(CommitError::Lost), "a version that nobody claimed");
    let elsewhere = world.stored(&world.image("other"));
    assert_eq!(commit(&elsewhere), Err(CommitError::Ended), "the intent of another image");
}

#[test]
fn a_commit_wants_an_intent_that_has_not_expired() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    let [in_time, late] = [world.stored(&image), world.stored(&image)];
    world.clock.advance(SESSION - 1);
    assert_eq!(world.commit(&image, &in_time, &layer, &world.owner), Ok(()));
    world.clock.advance(1);
    let late = || world.commit(&image, &late, &digest("late"), &world.owner);
    assert_eq!(world.writes_nothing(late), Err(CommitError::Ended));
}

#[test]
fn a_commit_of_an_overtaken_or_cancelled_claim_writes_nothing() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    let overtaken = world.stored(&image);
    world.claim(&image, &overtaken.upload).expect("a newer claim");
    let commit = || world.commit(&image, &overtaken, &layer, &world.owner);
    assert_eq!(world.writes_nothing(commit), Err(CommitError::Lost));
    let cancelled = world.stored(&image);
    let session = session(&image, &cancelled.upload, NOW);
    block_on(uploads::cancel(&world.database, session, None)).expect("cancelled");
    let commit = || world.commit(&image, &cancelled, &layer, &world.owner);
    assert_eq!(world.writes_nothing(commit), Err(CommitError::Ended));
}

#[test]
fn a_commit_wants_a_caller_who_may_still_push() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    let pusher = world.client("cli-pusher", &[("myapp", &[Action::Push])]);
    let puller = world.client("cli-puller", &[("*", &[Action::Pull, Action::Delete])]);
    let elsewhere = world.client("cli-elsewhere", &[("myapp2", &[Action::Push])]);
    let stored = world.stored(&image);
    let commit = |caller| world.commit(&image, &stored, &layer, caller);
    for caller in [&puller, &elsewhere] {
        assert_eq!(world.writes_nothing(|| commit(caller)), Err(CommitError::Refused));
    }
    world.revoke(&pusher);
    assert_eq!(world.writes_nothing(|| commit(&pusher)), Err(CommitError::Refused));
    assert_eq!(commit(&world.owner), Ok(()));
}

#[test]
fn what_the_account_has_already_is_kept_once_and_the_new_key_goes_to_the_trash() {
    let world = world();
    let (here, there, layer) = (world.image("one"), world.image("two"), digest("layer"));
    let first = world.push(&here, &layer);
    let second = world.push(&there, &layer);
    assert_eq!(world.key(&here, &layer), Some(first.clone()));
    assert_eq!(world.key(&there, &layer), Some(first.clone()));
    assert!(!world.trash().contains(&first));
    let of_second: Vec<_> = world.trash().into_iter().filter(|key| key.contains(&second)).collect();
    assert_eq!(of_second, [second.clone(), format!("{second}.1")]);
}

#[test]
fn a_key_that_is_an_objects_is_never_trashed() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    let key = world.push(&image, &layer);
    assert_eq!(world.trash(), [format!("{key}.1")], "its tail, which nobody needs");
    // A blob that is smaller than a part is its tail.
    let small = digest("small");
    let mut stored = world.stored(&image);
    let whole = stored.key.clone();
    stored.key = format!("{whole}.1");
    world.commit(&image, &stored, &small, &world.owner).expect("it commits");
    assert_eq!(world.key(&image, &small), Some(format!("{whole}.1")));
    assert!(world.trash().contains(&whole));
    assert!(!world.trash().contains(&stored.key));
}

#[test]
fn the_same_commit_again_finds_the_work_done() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    let stored = world.stored(&image);
    let commit = || world.commit(&image, &stored, &layer, &world.owner);
    assert_eq!(commit(), Ok(()));
    assert_eq!(world.writes_nothing(commit), Ok(()));
    let other = || world.commit(&image, &stored, &digest("other"), &world.owner);
    assert_eq!(world.writes_nothing(other), Err(CommitError::Ended), "as something else");
}
