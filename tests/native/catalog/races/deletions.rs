//! Deletions, and what needs the deleted.

use bhcr::hosted::catalog::accounts;
use bhcr::hosted::catalog::manifests::PutError;
use bhcr::hosted::catalog::mount::Mounted;
use bhcr::hosted::catalog::removal::RemovalError;
use bhcr::hosted::catalog::repositories;
use pollster::block_on;

use super::{is_sound, mark, mount, remove, remove_blob};
use crate::catalog::world::{DAY, World, digest, index, manifest, repository, world};

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
