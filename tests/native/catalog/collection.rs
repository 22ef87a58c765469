use bhcr::account::name::ImageName;
use bhcr::hosted::catalog::collect::{self, Collected, Haste};
use bhcr::hosted::catalog::{removal, trash};
use bhcr::oci::digest::Digest;
use pollster::block_on;

use super::world::{DAY, WEEK, World, digest, manifest, world};

const MINUTE: u64 = 60;

fn drop_links(world: &World, haste: Haste) -> Collected {
    block_on(collect::drop_links(&world.database, &world.account, haste)).expect("collected")
}

fn mark(world: &World) -> Collected {
    block_on(collect::mark(&world.database, &world.account)).expect("marked")
}

fn due(world: &World) -> Vec<String> {
    block_on(trash::due(&world.database, &world.account, 1000)).expect("keys")
}

fn remove(world: &World, image: &ImageName, digest: &Digest) {
    let removed = removal::manifest(&world.database, image, &world.owner, digest);
    block_on(removed).expect("removed");
}

fn remove_blob(world: &World, image: &ImageName, digest: &Digest) {
    let removed = removal::blob(&world.database, image, &world.owner, digest);
    block_on(removed).expect("removed");
}

fn is_live(world: &World, digest: &Digest) -> bool {
    let live = format!("select 'live' from objects where digest = '{digest}' and live = 1");
    !world.database.texts(&live).is_empty()
}

#[test]
fn a_link_that_no_manifest_uses_falls_after_a_day_and_its_object_with_it() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    let key = world.push(&image, &layer);
    world.clock.advance(DAY - 1);
    let nothing = Collected::default();
    assert_eq!(world.writes_nothing(|| drop_links(&world, Haste::Usual)), nothing);
    world.clock.advance(1);
    assert_eq!(drop_links(&world, Haste::Usual), Collected { looked_at: 1, taken: 1 });
    assert_eq!(world.key(&image, &layer), None);
    assert!(is_live(&world, &layer), "it is for the next page");
    assert_eq!(mark(&world), Collected { looked_at: 1, taken: 1 });
    assert!(!is_live(&world, &layer));
    assert!(world.trash().contains(&key));
    assert_eq!(world.writes_nothing(|| mark(&world)), nothing);
    assert_eq!(world.writes_nothing(|| drop_links(&world, Haste::Usual)), nothing);
}

#[test]
fn now_keeps_a_grace_of_fifteen_minutes() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    world.push(&image, &layer);
    world.clock.advance(15 * MINUTE - 1);
    let collect = || drop_links(&world, Haste::Now);
    assert_eq!(world.writes_nothing(collect), Collected::default());
    world.clock.advance(1);
    assert_eq!(collect().taken, 1);
    assert_eq!(mark(&world).taken, 1, "the grace is over for the object as well");
}

#[test]
fn an_object_that_lost_its_last_link_has_the_grace_too() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    world.push(&image, &layer);
    world.clock.advance(DAY);
    remove_blob(&world, &image, &layer);
    world.clock.advance(15 * MINUTE - 1);
    assert_eq!(world.writes_nothing(|| mark(&world)), Collected::default());
    world.clock.advance(1);
    assert_eq!(mark(&world).taken, 1);
}

#[test]
fn what_a_manifest_uses_stays_until_the_manifest_is_gone() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    world.push(&image, &layer);
    let [one, two] = [manifest(&[layer]), manifest(&[layer, layer])];
    for new in [&one, &two] {
        world.put(&image, new, &[]).expect("put");
    }
    world.clock.advance(WEEK);
    assert_eq!(drop_links(&world, Haste::Usual), Collected { looked_at: 1, taken: 0 });
    mark(&world);
    remove(&world, &image, &one.digest);
    world.clock.advance(WEEK);
    assert_eq!(drop_links(&world, Haste::Usual), Collected { looked_at: 1, taken: 0 });
    mark(&world);
    assert!(world.key(&image, &layer).is_some(), "the other manifest needs it");
    remove(&world, &image, &two.digest);
    world.clock.advance(DAY - 1);
    assert_eq!(drop_links(&world, Haste::Usual), Collected::default());
    world.clock.advance(1);
    assert_eq!(drop_links(&world, Haste::Usual).taken, 1);
    assert_eq!(mark(&world).taken, 1);
}

#[test]
fn a_second_push_spares_a_blob_for_another_day() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    world.push(&image, &layer);
    world.clock.advance(DAY - 1);
    world.push(&image, &layer);
    world.clock.advance(DAY - 1);
    assert_eq!(drop_links(&world, Haste::Usual), Collected::default());
    world.clock.advance(1);
    assert_eq!(drop_links(&world, Haste::Usual).taken, 1);
}

#[test]
fn an_object_lives_while_any_image_links_it() {
    let world = world();
    let (here, there, layer) = (world.image("here"), world.image("there"), digest("layer"));
    world.push(&here, &layer);
    world.push(&there, &layer);
    world.put(&there, &manifest(&[layer]), &[]).expect("put");
    world.clock.advance(DAY);
    assert_eq!(drop_links(&world, Haste::Usual), Collected { looked_at: 2, taken: 1 });
    assert_eq!(mark(&world).taken, 0);
    assert_eq!(world.key(&here, &layer), None);
    assert!(world.key(&there, &layer).is_some());
}

#[test]
fn what_was_marked_comes_back_with_new_data_only_and_under_a_new_key() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    let old = world.push(&image, &layer);
    remove_blob(&world, &image, &layer);
    world.clock.advance(DAY);
    mark(&world);
    let new = world.push(&image, &layer);
    assert_ne!(new, old);
    assert_eq!(world.key(&image, &layer), Some(new.clone()));
    assert!(world.trash().contains(&old));
    assert!(!world.trash().contains(&new));
}

#[test]
fn a_page_takes_five_hundred_candidates_and_the_oldest_first() {
    let world = world();
    let image = world.image("myapp");
    let digests: Vec<_> = (0..1101).map(|at| digest(&format!("layer {at}"))).collect();
    for digest in &digests {
        world.push(&image, digest);
    }
    world.clock.advance(DAY);
    let pages = |collect: &dyn Fn() -> Collected| {
        let pages = std::iter::repeat_with(collect).map(|it| (it.looked_at, it.taken));
        pages.take(4).collect::<Vec<_>>()
    };
    let wanted = [(500, 500), (500, 500), (101, 101), (0, 0)];
    let batches = world.database.batches();
    assert_eq!(pages(&|| drop_links(&world, Haste::Usual)), wanted);
    assert_eq!(pages(&|| mark(&world)), wanted);
    assert_eq!(world.database.batches(), batches + 8, "a page is one batch");
    assert!(digests.iter().all(|digest| !is_live(&world, digest)));
    assert_eq!(world.trash().len(), 2 * 1101);
}

#[test]
fn a_mark_and_its_trash_are_one() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    world.push(&image, &layer);
    remove_blob(&world, &image, &layer);
    world.clock.advance(DAY);
    // The last statement of the batch fails.
    world.database.run(
        "create trigger fails before delete on candidates begin select raise(abort, 'no'); end",
    );
    let fails = || block_on(collect::mark(&world.database, &world.account)).is_err();
    assert!(world.writes_nothing(fails));
    assert!(is_live(&world, &layer));
}

#[test]
fn the_trash_waits_for_seven_days_also_where_collection_is_wanted_now() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    let key = world.push(&image, &layer);
    world.clock.advance(DAY);
    drop_links(&world, Haste::Now);
    mark(&world);
    world.clock.advance(WEEK - 1);
    assert!(!due(&world).contains(&key));
    world.clock.advance(1);
    assert!(due(&world).contains(&key));
}

#[test]
fn what_was_purged_is_forgotten_by_key_and_nothing_else() {
    let world = world();
    let (image, layer, other) = (world.image("myapp"), digest("layer"), digest("other"));
    let old = world.push(&image, &layer);
    world.push(&image, &other);
    world.put(&image, &manifest(&[other]), &[]).expect("put");
    world.clock.advance(DAY);
    drop_links(&world, Haste::Usual);
    mark(&world);
    let new = world.push(&image, &layer);
    world.clock.advance(WEEK);
    let keys = due(&world);
    assert!(keys.contains(&old));
    let purged = || block_on(trash::purged(&world.database, &world.account, &keys));
    assert_eq!(purged(), Ok(()));
    assert_eq!(world.writes_nothing(purged), Ok(()));
    assert_eq!(world.key(&image, &layer), Some(new));
    assert!(is_live(&world, &other));
    assert_eq!(world.database.texts("select key from trash where due <= unixepoch()"), [""; 0]);
}

#[test]
fn a_purged_object_leaves_no_row() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    world.push(&image, &layer);
    remove_blob(&world, &image, &layer);
    world.clock.advance(DAY);
    mark(&world);
    world.clock.advance(WEEK);
    let keys = due(&world);
    block_on(trash::purged(&world.database, &world.account, &keys)).expect("purged");
    assert_eq!(world.database.texts("select key from objects"), [""; 0]);
}

#[test]
fn a_key_that_is_in_use_is_never_due() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    let key = world.push(&image, &layer);
    // No statement of the catalog does this.
    let trash = "insert into trash (account, key, due) select account, key, 0 from objects";
    world.database.run(trash);
    assert!(!due(&world).contains(&key));
}
