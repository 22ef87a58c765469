use bhcr::hosted::catalog::blobs;
use bhcr::hosted::catalog::collect::{self, Haste};
use pollster::block_on;

use super::world::{DAY, HOUR, digest, manifest, world};

const MINUTE: u64 = HOUR / 60;

#[test]
fn a_blob_is_found_with_its_key_and_size_in_one_batch() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    let key = world.push(&image, &layer);
    let batches = world.database.batches();
    let found = block_on(blobs::find(&world.database, &image, &layer)).expect("it answers");
    assert_eq!(found, Some(blobs::Blob { key, size: 1000 }));
    assert_eq!(world.database.batches(), batches + 1);
}

#[test]
fn a_pushers_look_spares_a_blob_from_collection_and_is_written_once_in_five_minutes() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    world.push(&image, &layer);
    let touch = || block_on(blobs::find_and_touch(&world.database, &image, &layer));
    let collect = || block_on(collect::drop_links(&world.database, &world.account, Haste::Usual));
    world.clock.advance(5 * MINUTE - 1);
    assert!(world.writes_nothing(touch).is_ok_and(|it| it.is_some()));
    world.clock.advance(1);
    assert!(touch().is_ok_and(|it| it.is_some()));
    assert!(world.writes_nothing(touch).is_ok_and(|it| it.is_some()));
    world.clock.advance(DAY - 5 * MINUTE);
    collect().expect("collected");
    assert!(world.key(&image, &layer).is_some(), "a day after the push, and less after the look");
    world.clock.advance(5 * MINUTE);
    collect().expect("collected");
    assert!(world.key(&image, &layer).is_none());
    assert_eq!(world.writes_nothing(touch), Ok(None), "what is gone is not touched");
}

#[test]
fn a_pushers_look_spares_a_blob_also_from_collection_now() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    world.push(&image, &layer);
    let look = || block_on(blobs::find_and_touch(&world.database, &image, &layer));
    let collect = || block_on(collect::drop_links(&world.database, &world.account, Haste::Now));
    world.clock.advance(50 * MINUTE);
    assert!(look().is_ok_and(|it| it.is_some()));
    world.clock.advance(5 * MINUTE - 1);
    assert!(world.writes_nothing(look).is_ok_and(|it| it.is_some()));
    world.clock.advance(10 * MINUTE);
    collect().expect("collected");
    assert!(world.key(&image, &layer).is_some(), "ten minutes after a look that wrote nothing");
    world.clock.advance(1);
    collect().expect("collected");
    assert_eq!(world.key(&image, &layer), None, "fifteen minutes after the look that wrote");
}

#[test]
fn a_look_at_a_blob_in_use_and_any_anonymous_look_write_nothing() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    world.push(&image, &layer);
    world.put(&image, &manifest(&[layer]), &[]).expect("put");
    world.clock.advance(2 * DAY);
    block_on(collect::drop_links(&world.database, &world.account, Haste::Usual))
        .expect("collected");
    let touch = || block_on(blobs::find_and_touch(&world.database, &image, &layer));
    assert!(world.writes_nothing(touch).is_ok_and(|it| it.is_some()));
    let look = || block_on(blobs::find(&world.database, &image, &layer));
    assert!(world.writes_nothing(look).is_ok_and(|it| it.is_some()));
}
