//! Collection, and pushes that are under way.

use bhcr::hosted::catalog::blobs;
use bhcr::hosted::catalog::manifests::PutError;
use bhcr::hosted::catalog::mount::Mounted;
use pollster::block_on;

use super::{drop_links, is_sound, mark, mount, remove_blob};
use crate::catalog::world::{DAY, SESSION, digest, manifest, world};

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
