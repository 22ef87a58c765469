//! How often an upload asks the database: one writes for all accounts.

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
    for length in [10, PART_BYTES, 20 * PART_BYTES] {
        let bytes = content(length);
        let push = |world: &World| {
            let session = world.begin();
            world.finish(&session, sha256(&bytes), known(&bytes)).expect("it is pushed");
        };
        assert_eq!(cost(push), Cost { writes: 2, reads: 0 }, "{length} bytes");
    }
}

#[test]
fn docker_costs_three_writes_and_a_read_for_a_blob() {
    for length in [10, PART_BYTES, 3 * PART_BYTES + 10] {
        let bytes = content(length);
        let push = |world: &World| {
            let session = world.begin();
            world.append(&session, chunked(&bytes)).expect("the bytes are taken");
            world.finish(&session, sha256(&bytes), known(b"")).expect("it is pushed");
        };
        assert_eq!(cost(push), Cost { writes: 3, reads: 1 }, "{length} bytes");
    }
}

#[test]
fn each_chunk_costs_two_writes() {
    let bytes = content(4 * PART_BYTES);
    let push = |world: &World| {
        let session = world.begin();
        for at in (0..bytes.len()).step_by(PART_BYTES) {
            let chunk = ranged(&bytes[at..at + PART_BYTES], at);
            world.append(&session, chunk).expect("the bytes are taken");
        }
        world.finish(&session, sha256(&bytes), known(b"")).expect("it is pushed");
    };
    assert_eq!(cost(push), Cost { writes: 2 * 4 + 1, reads: 1 });
}
