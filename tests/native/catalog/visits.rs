//! Visits of collection to all accounts.

use bhcr::account::name::Account;
use bhcr::hosted::catalog::places;
use bhcr::hosted::collect::visit;
use pollster::block_on;

use super::world::{World, world};
use crate::twins::objects::MemoryObjects;

/// Gives every account a candidate that a visit takes away.
const CANDIDATES: &str = "insert into candidates \
    select account, 'link', 'x', 'sha256:00', 1, 0 from accounts";
/// The database fails where this account is collected.
const FAILS: &str = "create trigger fails before delete on candidates \
    when old.account = 'acc-bbbbb' begin select raise(abort, 'datatype'); end";

fn accounts(names: &[&str]) -> World {
    let world = world();
    names.iter().for_each(|name| world.settle(&Account::parse(name).expect("an account")));
    world
}

fn collect(world: &World) -> Vec<String> {
    block_on(visit(&world.database, &MemoryObjects::default()))
}

fn unvisited(world: &World) -> Vec<String> {
    world.database.texts("select account from candidates where kind = 'link' order by account")
}

#[test]
fn collection_goes_on_with_other_accounts_where_one_fails() {
    let world = accounts(&["acc-aaaaa", "acc-bbbbb", "acc-ccccc"]);
    world.database.run(FAILS);
    world.database.run(CANDIDATES);
    let problems = collect(&world);
    assert_eq!(unvisited(&world), ["acc-bbbbb"]);
    assert!(problems.len() == 1 && problems[0].starts_with("acc-bbbbb: "), "{problems:?}");
}

#[test]
fn every_account_is_visited_by_collection_sooner_or_later() {
    let world = world();
    let numbers = "with recursive n (i) as (select 0 union all select i + 1 from n where i < 149)";
    for name in ["printf('0%031x', i)", "printf('acc-z%05d', i)", "printf('f%031x', i)"] {
        world.database.run(&format!(
            "{numbers} insert into accounts (account, name, created) select {name}, 'x', 1 from n"
        ));
    }
    // Each visit of 451 accounts has a hundred pages.
    for _ in 0..2 {
        world.database.run(CANDIDATES);
        for visits in 1..=4 {
            assert_eq!(collect(&world), [""; 0]);
            assert_eq!(unvisited(&world).len(), 451 - visits * 100);
        }
        assert_eq!(collect(&world), [""; 0]);
        assert_eq!(unvisited(&world), [""; 0]);
    }
}

#[test]
fn one_visit_reaches_each_account_once_wherever_it_begins() {
    let names = ["acc-aaaaa", "acc-bbbbb", "acc-ccccc"];
    let mut costs = Vec::new();
    for begin in [None, Some("acc-aaaaa"), Some("acc-bbbbb"), Some("acc-zzzzz")] {
        let world = accounts(&names);
        if let Some(begin) = begin {
            let account = Account::parse(begin).expect("an account");
            block_on(places::come_to(&world.database, &account)).expect("it is noted");
        }
        world.database.run(CANDIDATES);
        let before = world.database.batches();
        collect(&world);
        costs.push(world.database.batches() - before);
        assert_eq!(unvisited(&world), [""; 0], "{begin:?}");
    }
    // The accounts are listed once more where the visit begins in their middle.
    assert!(costs.iter().all(|cost| cost.abs_diff(costs[0]) <= 2), "{costs:?}");
}

#[test]
fn an_account_that_brings_the_worker_down_is_not_the_next_to_be_visited() {
    let world = accounts(&["acc-aaaaa", "acc-bbbbb", "acc-ccccc"]);
    world.database.run(CANDIDATES);
    world.database.run(
        "create trigger sees before delete on candidates when old.account = 'acc-bbbbb' \
         and not exists (select 1 from places where account = 'acc-bbbbb') \
         begin select raise(abort, 'its place was not noted before it was collected'); end",
    );
    assert_eq!(collect(&world), [""; 0]);
    assert_eq!(unvisited(&world), [""; 0]);
}
