//! Two batches that meet. The database runs one after the other, so each race has two orders, and
//! each order has an end that is right.

use bhcr::hosted::catalog::collect::{self, Haste};
use bhcr::hosted::catalog::commit::CommitError;
use bhcr::hosted::catalog::manifests::PutError;
use bhcr::hosted::catalog::mount::{self, Mounted};
use bhcr::hosted::catalog::removal::{self, RemovalError};
use bhcr::hosted::catalog::uploads::{self, Ended, UploadError};
use bhcr::hosted::catalog::{Caller, accounts, blobs, check, repositories};
use bhcr::hosted::name::ImageName;
use bhcr::hosted::rights::Action;
use bhcr::oci::digest::Digest;
use pollster::block_on;

use super::world::{DAY, NOW, SESSION, World, digest, index, manifest, repository, session, world};

fn drop_links(world: &World) {
    block_on(collect::drop_links(&world.database, &world.account, Haste::Usual))
        .expect("collected");
}

fn mark(world: &World) {
    block_on(collect::mark(&world.database, &world.account)).expect("marked");
}

fn remove(world: &World, image: &ImageName, digest: &Digest) -> Result<(), RemovalError> {
    block_on(removal::manifest(&world.database, image, &world.owner, digest))
}

fn remove_blob(world: &World, image: &ImageName, digest: &Digest) -> Result<(), RemovalError> {
    block_on(removal::blob(&world.database, image, &world.owner, digest))
}

fn mount(world: &World, to: &ImageName, digest: &Digest) -> Mounted {
    let mount = mount::mount(&world.database, to, digest, None, &world.owner);
    block_on(mount).expect("it answers")
}

/// Nothing is lost: the whole account is sound, and no key is both in use and in the trash.
fn is_sound(world: &World) {
    let mut next = Some(check::Cursor::start());
    while let Some(cursor) = next {
        let page = block_on(check::page(&world.database, &world.account, &cursor));
        let page = page.expect("it answers");
        assert_eq!(page.problems, []);
        next = page.next;
    }
    let both = "select o.key from objects as o join trash as t on t.key = o.key where o.live = 1";
    assert_eq!(world.database.texts(both), [""; 0]);
}

#[test]
fn a_manifest_and_the_fall_of_its_link() {
    let layer = digest("layer");
    // The manifest first: the link stays.
    let world1 = world();
    let image = world1.image("myapp");
    world1.push(&image, &layer);
    world1.clock.advance(DAY);
    assert_eq!(world1.put(&image, &manifest(&[layer]), &["latest"]), Ok(()));
    drop_links(&world1);
    mark(&world1);
    assert!(world1.key(&image, &layer).is_some());
    is_sound(&world1);
    // The fall first: the manifest is refused, and the blob is uploaded again.
    let world2 = world();
    world2.push(&image, &layer);
    world2.clock.advance(DAY);
    drop_links(&world2);
    let put = || world2.put(&image, &manifest(&[layer]), &["latest"]);
    assert_eq!(world2.writes_nothing(put), Err(PutError::Unknown(vec![layer])));
    world2.push(&image, &layer);
    assert_eq!(put(), Ok(()));
    mark(&world2);
    is_sound(&world2);
}

#[test]
fn a_manifest_and_the_mark_of_its_blob() {
    let layer = digest("layer");
    for marked_first in [false, true] {
        let world = world();
        let image = world.image("myapp");
        world.push(&image, &layer);
        world.clock.advance(DAY);
        drop_links(&world);
        if marked_first {
            mark(&world);
        }
        world.push(&image, &layer);
        assert_eq!(world.put(&image, &manifest(&[layer]), &["latest"]), Ok(()));
        mark(&world);
        assert!(world.key(&image, &layer).is_some(), "marked first: {marked_first}");
        is_sound(&world);
    }
}

#[test]
fn a_commit_and_the_mark_of_the_same_digest() {
    let layer = digest("layer");
    for marked_first in [false, true] {
        let world = world();
        let (here, there) = (world.image("here"), world.image("there"));
        let old = world.push(&here, &layer);
        let stored = world.stored(&there);
        assert_eq!(remove_blob(&world, &here, &layer), Ok(()));
        world.clock.advance(SESSION / 2);
        let commit = || world.commit(&there, &stored, &layer, &world.owner);
        if marked_first {
            mark(&world);
            assert_eq!(commit(), Ok(()));
            // The marked key stays in the trash; the new data counts.
            assert_eq!(world.key(&there, &layer), Some(stored.key));
            assert!(world.trash().contains(&old));
        } else {
            assert_eq!(commit(), Ok(()));
            mark(&world);
            assert_eq!(world.key(&there, &layer), Some(old.clone()));
            assert!(world.trash().contains(&stored.key));
            assert!(!world.trash().contains(&old));
        }
        is_sound(&world);
    }
}

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
fn a_mount_and_the_deletion_of_its_source() {
    let layer = digest("layer");
    for deleted_first in [false, true] {
        let world = world();
        let (source, target) = (world.image("source"), world.image("target"));
        world.push(&source, &layer);
        if deleted_first {
            assert_eq!(remove_blob(&world, &source, &layer), Ok(()));
            let mount = || mount(&world, &target, &layer);
            assert_eq!(world.writes_nothing(mount), Mounted::No);
        } else {
            assert_eq!(mount(&world, &target, &layer), Mounted::Yes);
            assert_eq!(remove_blob(&world, &source, &layer), Ok(()));
        }
        world.clock.advance(DAY / 2);
        mark(&world);
        assert_eq!(world.key(&target, &layer).is_some(), !deleted_first);
        is_sound(&world);
    }
}

#[test]
fn a_mount_and_the_fall_and_mark_of_its_source() {
    let layer = digest("layer");
    for collected_first in [false, true] {
        let world = world();
        let (source, target) = (world.image("source"), world.image("target"));
        world.push(&source, &layer);
        world.clock.advance(DAY);
        if collected_first {
            drop_links(&world);
            mark(&world);
            assert_eq!(mount(&world, &target, &layer), Mounted::No);
        } else {
            assert_eq!(mount(&world, &target, &layer), Mounted::Yes);
            drop_links(&world);
            mark(&world);
            assert_eq!(world.key(&source, &layer), None);
        }
        assert_eq!(world.key(&target, &layer).is_some(), !collected_first);
        is_sound(&world);
    }
}

#[test]
fn an_index_and_the_deletion_of_a_manifest_that_it_lists() {
    for listed_first in [false, true] {
        let world = world();
        let (image, child) = (world.image("myapp"), manifest(&[]));
        world.put(&image, &child, &[]).expect("put");
        let list = index(&[child.digest]);
        let put = || world.put(&image, &list, &["latest"]);
        let delete = || remove(&world, &image, &child.digest);
        if listed_first {
            assert_eq!(put(), Ok(()));
            assert_eq!(world.writes_nothing(delete), Err(RemovalError::Needed(list.digest)));
        } else {
            assert_eq!(delete(), Ok(()));
            let put = world.writes_nothing(put);
            assert_eq!(put, Err(PutError::Unknown(vec![child.digest])));
        }
        is_sound(&world);
    }
}

#[test]
fn a_manifest_and_the_deletion_of_a_blob_that_it_needs() {
    let layer = digest("layer");
    for put_first in [false, true] {
        let world = world();
        let image = world.image("myapp");
        world.push(&image, &layer);
        let new = manifest(&[layer]);
        let put = || world.put(&image, &new, &["latest"]);
        let delete = || remove_blob(&world, &image, &layer);
        if put_first {
            assert_eq!(put(), Ok(()));
            assert_eq!(world.writes_nothing(delete), Err(RemovalError::Needed(new.digest)));
        } else {
            assert_eq!(delete(), Ok(()));
            assert_eq!(world.writes_nothing(put), Err(PutError::Unknown(vec![layer])));
        }
        is_sound(&world);
    }
}

#[test]
fn a_retag_and_the_deletion_of_the_manifest_that_the_tag_had() {
    for deleted_first in [false, true] {
        let world = world();
        let image = world.image("myapp");
        let (old, new) = (manifest(&[]), index(&[]));
        world.put(&image, &old, &["latest"]).expect("put");
        if deleted_first {
            assert_eq!(remove(&world, &image, &old.digest), Ok(()));
            assert_eq!(world.put(&image, &new, &["latest"]), Ok(()));
        } else {
            assert_eq!(world.put(&image, &new, &["latest"]), Ok(()));
            assert_eq!(remove(&world, &image, &old.digest), Ok(()));
        }
        let tag = world.database.texts("select digest from tags where tag = 'latest'");
        assert_eq!(
            tag,
            [new.digest.to_string()],
            "the new tag is not deleted with the old manifest"
        );
        is_sound(&world);
    }
}

#[test]
fn a_push_and_the_deletion_of_its_repository() {
    let layer = digest("layer");
    let delete = |world: &World| {
        let name = repository("myapp");
        block_on(repositories::delete(&world.database, &world.account, &name)).expect("deleted")
    };
    // Between blob and manifest: the manifest is refused, and a whole push begins anew.
    let world1 = world();
    let image = world1.image("myapp");
    world1.push(&image, &layer);
    assert!(delete(&world1));
    let put = || world1.put(&image, &manifest(&[layer]), &["latest"]);
    assert_eq!(world1.writes_nothing(put), Err(PutError::Unknown(vec![layer])));
    world1.push(&image, &layer);
    assert_eq!(put(), Ok(()));
    is_sound(&world1);
    // Before the commit: the commit makes the repository again, with that blob alone.
    let world2 = world();
    world2.push(&image, &digest("before"));
    let stored = world2.stored(&image);
    assert!(delete(&world2));
    assert_eq!(world2.commit(&image, &stored, &layer, &world2.owner), Ok(()));
    assert!(world2.key(&image, &layer).is_some());
    assert_eq!(world2.key(&image, &digest("before")), None);
    is_sound(&world2);
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
            let committed = UploadError::Ended(Ended::Committed(layer));
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
            assert_eq!(claim().map(|claim| claim.version), Ok(2));
            assert_eq!(world.writes_nothing(commit), Err(CommitError::Lost));
        } else {
            assert_eq!(commit(), Ok(()));
            let committed = UploadError::Ended(Ended::Committed(layer));
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
fn a_pushers_look_and_the_fall_of_the_link() {
    let layer = digest("layer");
    for looked_first in [false, true] {
        let world = world();
        let image = world.image("myapp");
        world.push(&image, &layer);
        world.clock.advance(DAY);
        let look = || block_on(blobs::find_and_touch(&world.database, &image, &layer));
        if looked_first {
            assert!(look().is_ok_and(|it| it.is_some()));
            drop_links(&world);
            mark(&world);
            // Who was told that the blob is here relies on it.
            assert_eq!(world.put(&image, &manifest(&[layer]), &["latest"]), Ok(()));
        } else {
            drop_links(&world);
            assert_eq!(look(), Ok(None));
        }
        is_sound(&world);
    }
}

#[test]
fn a_new_repository_and_the_deletion_of_the_account() {
    for deleted_first in [false, true] {
        let world = world();
        let set = || {
            let name = repository("myapp");
            block_on(repositories::set(&world.database, &world.account, &name, None))
        };
        let close = || block_on(accounts::close(&world.database, &world.account));
        if deleted_first {
            assert_eq!(close(), Ok(()));
            assert_eq!(world.writes_nothing(set), Ok(false));
        } else {
            assert_eq!(set(), Ok(true));
            assert_eq!(world.writes_nothing(close), Err(accounts::CloseError::NotEmpty));
        }
    }
}

#[test]
fn a_blob_that_came_back_between_the_fall_of_its_link_and_the_mark() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    let old = world.push(&image, &layer);
    world.clock.advance(DAY);
    drop_links(&world);
    world.push(&image, &layer);
    mark(&world);
    assert_eq!(world.key(&image, &layer), Some(old));
    // The candidate is spent; the next time that the link falls, there is a new one.
    world.clock.advance(DAY);
    drop_links(&world);
    mark(&world);
    assert_eq!(world.database.texts("select digest from objects where live = 1"), [""; 0]);
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
    assert_eq!(block_on(change(&world.database, &world.account, id, &[], None)), Ok(true));
    let commit = || world.commit(&image, &after, &digest("after"), &client);
    assert_eq!(world.writes_nothing(commit), Err(CommitError::Refused));
}
