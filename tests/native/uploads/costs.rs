//! How often an upload asks the database: one writes for all accounts.

use bhcr::account::name::ImageName;
use bhcr::hosted::catalog::mount;
use bhcr::hosted::upload::chunk::Chunk;

use super::world::{PART_BYTES, World, chunked, content, known, ranged, sha256, world};

/// What was asked of the database.
#[derive(Debug, PartialEq, Eq)]
struct Cost {
    writes: usize,
    reads: usize,
}

fn cost(push: impl Fn(&World)) -> Cost {
    let world = world();
    let database = world.database();
    let (batches, writes) = (database.batches(), database.writes());
    push(&world);
    let writes = database.writes() - writes;
    Cost { writes, reads: database.batches() - batches - writes }
}

// POST with a digest, and PUT with a body: containerd, buildkit, oras, helm.
#[test]
fn a_blob_in_one_request_costs_two_writes() {
    type Body = fn(&[u8]) -> Chunk<Vec<u8>>;
    for (length, body) in
        [(10, known as Body), (10, chunked), (PART_BYTES, known), (12 * PART_BYTES + 10, chunked)]
    {
        let bytes = content(length);
        let push = |world: &World| {
            let upload = world.begin();
            world.finish(&upload, sha256(&bytes), body(&bytes)).expect("it is pushed");
        };
        assert_eq!(cost(push), Cost { writes: 2, reads: 0 }, "{length} bytes");
    }
}

fn patch_and_put(bytes: &[u8]) -> Cost {
    cost(|world: &World| {
        let upload = world.begin();
        world.append(&upload, chunked(bytes)).expect("the bytes are taken");
        world.finish(&upload, sha256(bytes), known(b"")).expect("it is pushed");
    })
}

#[test]
fn docker_costs_two_writes_for_a_blob() {
    for length in [0, 10, PART_BYTES, 12 * PART_BYTES + 10] {
        assert_eq!(patch_and_put(&content(length)), Cost { writes: 2, reads: 0 }, "{length} bytes");
    }
}

// The parts of a longer one are recorded on the way, and then have to be read.
#[test]
fn docker_costs_a_write_more_for_every_thirteen_parts() {
    for (parts, writes) in [(13, 4), (26, 5)] {
        let cost = patch_and_put(&content(parts * PART_BYTES + 10));
        assert_eq!(cost, Cost { writes, reads: 0 }, "{parts} parts");
    }
}

#[test]
fn each_chunk_with_a_range_costs_two_writes() {
    let bytes = content(4 * PART_BYTES);
    let push = |world: &World| {
        let upload = world.begin();
        for at in (0..bytes.len()).step_by(PART_BYTES) {
            let chunk = ranged(&bytes[at..at + PART_BYTES], at);
            world.append(&upload, chunk).expect("the bytes are taken");
        }
        world.finish(&upload, sha256(&bytes), known(b"")).expect("it is pushed");
    };
    assert_eq!(cost(push), Cost { writes: 2 * 4 + 1, reads: 1 });
}

#[test]
fn a_mount_costs_one_write() {
    let (world, digest) = (world(), sha256(b"blob"));
    world.finish(&world.begin(), digest, known(b"blob")).expect("it is pushed");
    let other = ImageName::parse("acc-12345/other").expect("a name");
    let before = world.database().batches();
    let mounted = mount::mount(world.database(), &other, &digest, None, &world.caller);
    assert_eq!(pollster::block_on(mounted), Ok(mount::Mounted::Yes));
    assert_eq!(world.database().batches() - before, 1);
}
