//! Two batches that meet. The database runs one after the other, so each race has two orders, and
//! each order has an end that is right.

mod collection;
mod deletions;
mod uploads;

use bhcr::account::name::ImageName;
use bhcr::hosted::catalog::check;
use bhcr::hosted::catalog::collect;
use bhcr::hosted::catalog::collect::Haste;
use bhcr::hosted::catalog::mount;
use bhcr::hosted::catalog::mount::Mounted;
use bhcr::hosted::catalog::removal;
use bhcr::hosted::catalog::removal::RemovalError;
use bhcr::oci::digest::Digest;
use pollster::block_on;

use super::world::World;

pub fn drop_links(world: &World) {
    block_on(collect::drop_links(&world.database, &world.account, Haste::Usual))
        .expect("collected");
}

pub fn mark(world: &World) {
    block_on(collect::mark(&world.database, &world.account)).expect("marked");
}

pub fn remove(world: &World, image: &ImageName, digest: &Digest) -> Result<(), RemovalError> {
    block_on(removal::manifest(&world.database, image, &world.owner, digest))
}

pub fn remove_blob(world: &World, image: &ImageName, digest: &Digest) -> Result<(), RemovalError> {
    block_on(removal::blob(&world.database, image, &world.owner, digest))
}

pub fn mount(world: &World, to: &ImageName, digest: &Digest) -> Mounted {
    let mount = mount::mount(&world.database, to, digest, None, &world.owner);
    block_on(mount).expect("it answers")
}

/// Nothing is lost: the whole account is sound, and no key is both in use and in the trash.
pub fn is_sound(world: &World) {
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
