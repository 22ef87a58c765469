//! When pushes start collection: only where no clock does.

use bhcr::account::name::Account;
use bhcr::hosted::catalog::places;
use bhcr::hosted::upkeep::OVERDUE;
use pollster::block_on;

use super::world::{World, image};

const NAME: &str = "acc-aaaaa/app";
/// Makes an entry that collection removes.
const CANDIDATE: &str = "insert into candidates \
    select account, 'link', 'x', 'sha256:00', 1, 0 from accounts";

struct Pushing {
    world: World,
    key: String,
    config: String,
}

fn pushing() -> Pushing {
    let world = World::new();
    let key = world.account("acc-aaaaa");
    let config = world.blob(NAME, &key, b"{}");
    Pushing { world, key, config }
}

impl Pushing {
    /// Pushes a manifest, and says whether collection ran after it.
    fn push_collects(&self) -> bool {
        self.world.database().run("delete from candidates");
        self.world.database().run(CANDIDATE);
        let seen = self.world.put(NAME, &self.key, "v1", &image(&self.config));
        assert_eq!(seen.status, 201);
        let left = self.world.database().texts("select image from candidates where image = 'x'");
        left.is_empty()
    }
}

#[test]
fn a_push_starts_collection_if_none_ran_for_an_hour() {
    let pushing = pushing();
    assert!(!pushing.push_collects(), "a new isolate leaves it to older ones");
    for _ in 0..2 {
        pushing.world.services.clock.advance(OVERDUE - 1);
        assert!(!pushing.push_collects(), "less than an hour is over");
        pushing.world.services.clock.advance(1);
        assert!(pushing.push_collects(), "an hour is over");
    }
}

#[test]
fn where_a_clock_starts_collection_pushes_start_none() {
    let pushing = pushing();
    let account = Account::parse("acc-aaaaa").expect("an account");
    for _ in 0..3 {
        pushing.world.services.clock.advance(OVERDUE);
        block_on(places::come_to(pushing.world.database(), &account)).expect("it is noted");
        assert!(!pushing.push_collects());
    }
}

#[test]
fn pushes_look_for_the_last_collection_once_an_hour() {
    let pushing = pushing();
    let cost = || {
        let before = pushing.world.batches();
        pushing.push_collects();
        pushing.world.batches() - before
    };
    pushing.push_collects();
    pushing.world.services.clock.advance(OVERDUE);
    let first = cost();
    let others = [cost(), cost()];
    assert!(others.iter().all(|cost| *cost < first), "{first}, then {others:?}");
    assert_eq!(others[0], others[1]);
}
