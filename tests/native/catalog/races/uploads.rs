//! Commits, and what becomes of their uploads and callers.

use bhcr::account::caller::Caller;
use bhcr::account::rights::Action;
use bhcr::hosted::catalog::commit::CommitError;
use bhcr::hosted::catalog::uploads;
use bhcr::hosted::catalog::uploads::UploadError;
use bhcr::refusal::upload::Ended;
use pollster::block_on;

use super::is_sound;
use crate::catalog::world::{NOW, SESSION, digest, session, world};

#[test]
fn two_commits_of_the_same_digest() {
    let layer = digest("layer");
    for swapped in [false, true] {
        let world = world();
        let images = [world.image("one"), world.image("two")];
        let mut both = images.map(|image| (world.stored(&image), image));
        if swapped {
            both.reverse();
        }
        for (stored, image) in &both {
            assert_eq!(world.commit(image, stored, &layer, &world.owner), Ok(()));
        }
        let [(first, here), (second, there)] = &both;
        assert_eq!(world.key(here, &layer).as_ref(), Some(&first.key));
        assert_eq!(world.key(there, &layer).as_ref(), Some(&first.key));
        assert!(world.trash().contains(&second.key));
        is_sound(&world);
    }
}

#[test]
fn a_commit_and_the_revocation_of_its_caller() {
    let layer = digest("layer");
    let begin = || {
        let world = world();
        let client = world.client("cli-pusher", &[("*", &[Action::Push])]);
        let image = world.image("myapp");
        let stored = world.stored(&image);
        (world, client, image, stored)
    };
    let (world, client, image, stored) = begin();
    assert_eq!(world.commit(&image, &stored, &layer, &client), Ok(()));
    assert!(world.revoke(&client));
    assert!(world.key(&image, &layer).is_some());
    let (world, client, image, stored) = begin();
    assert!(world.revoke(&client));
    let commit = || world.commit(&image, &stored, &layer, &client);
    assert_eq!(world.writes_nothing(commit), Err(CommitError::Refused));
}

#[test]
fn a_commit_and_the_end_of_its_callers_time() {
    let world = world();
    let client = world.client("cli-pusher", &[("*", &[Action::Push])]);
    let image = world.image("myapp");
    let [early, late] = [world.stored(&image), world.stored(&image)];
    world
        .database
        .run(&format!("update credentials set expires = {} where id like 'cli-%'", NOW + 9));
    world.clock.advance(8);
    assert_eq!(world.commit(&image, &early, &digest("early"), &client), Ok(()));
    world.clock.advance(1);
    let late = || world.commit(&image, &late, &digest("late"), &client);
    assert_eq!(world.writes_nothing(late), Err(CommitError::Refused));
}

#[test]
fn a_commit_and_the_cancellation_of_its_upload() {
    for cancelled_first in [false, true] {
        let world = world();
        let (image, layer) = (world.image("myapp"), digest("layer"));
        let stored = world.stored(&image);
        let session = session(&image, &stored.upload, NOW);
        let cancel = || block_on(uploads::cancel(&world.database, session, None));
        let commit = || world.commit(&image, &stored, &layer, &world.owner);
        if cancelled_first {
            assert!(cancel().is_ok());
            assert_eq!(world.writes_nothing(commit), Err(CommitError::Ended));
            assert!(world.trash().contains(&stored.key));
        } else {
            assert_eq!(commit(), Ok(()));
            let committed = UploadError::Ended(Ended::Committed(layer.into()));
            assert_eq!(world.writes_nothing(cancel), Err(committed));
            assert!(!world.trash().contains(&stored.key));
        }
        is_sound(&world);
    }
}

#[test]
fn a_commit_and_a_newer_claim_of_its_upload() {
    for claimed_first in [false, true] {
        let world = world();
        let (image, layer) = (world.image("myapp"), digest("layer"));
        let stored = world.stored(&image);
        let claim = || world.claim(&image, &stored.upload);
        let commit = || world.commit(&image, &stored, &layer, &world.owner);
        if claimed_first {
            assert_eq!(claim().map(|claim| claim.version), Ok(3));
            assert_eq!(world.writes_nothing(commit), Err(CommitError::Lost));
        } else {
            assert_eq!(commit(), Ok(()));
            let committed = UploadError::Ended(Ended::Committed(layer.into()));
            assert_eq!(world.writes_nothing(claim), Err(committed));
        }
        is_sound(&world);
    }
}

#[test]
fn a_commit_and_the_sweep_of_its_expired_upload() {
    for in_time in [false, true] {
        let world = world();
        let (image, layer) = (world.image("myapp"), digest("layer"));
        let stored = world.stored(&image);
        let commit = || world.commit(&image, &stored, &layer, &world.owner);
        let forget = || block_on(uploads::forget(&world.database, &world.account, &stored.upload));
        if in_time {
            assert_eq!(commit(), Ok(()));
        }
        world.clock.advance(SESSION);
        assert_eq!(forget(), Ok(()));
        if in_time {
            assert_eq!(world.key(&image, &layer), Some(stored.key.clone()));
        } else {
            assert_eq!(world.writes_nothing(commit), Err(CommitError::Ended));
        }
        assert_eq!(world.trash().contains(&stored.key), !in_time);
        is_sound(&world);
    }
}

#[test]
fn changed_grants_and_a_push() {
    let world = world();
    let client = world.client("cli-pusher", &[("myapp", &[Action::Push])]);
    let Caller::Client(id) = &client else { panic!("a client") };
    let image = world.image("myapp");
    let [before, after] = [world.stored(&image), world.stored(&image)];
    assert_eq!(world.commit(&image, &before, &digest("before"), &client), Ok(()));
    let change = bhcr::hosted::catalog::callers::change;
    assert_eq!(block_on(change(&world.database, &world.account, id, Some(&[]), None)), Ok(true));
    let commit = || world.commit(&image, &after, &digest("after"), &client);
    assert_eq!(world.writes_nothing(commit), Err(CommitError::Refused));
}
