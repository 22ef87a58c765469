use bhcr::account::caller::Caller;
use bhcr::account::id::ClientId;
use bhcr::account::rights::{Action, Actions, ClientGrant, Target};
use bhcr::hosted::catalog::access::{self, Access};
use bhcr::hosted::catalog::callers::{self, Kind};
use bhcr::hosted::catalog::repositories;
use bhcr::services::database::DatabaseError;
use pollster::block_on;

use super::world::{NOW, World, key, new_caller, repository, world};

fn access(world: &World, name: &str, caller: Option<&Caller>) -> Access {
    let name = repository(name);
    block_on(access::read(&world.database, &world.account, &name, caller)).expect("it answers")
}

fn may(world: &World, name: &str, caller: &Caller) -> Vec<Action> {
    access(world, name, Some(caller)).actions.iter().collect()
}

fn client_id(caller: &Caller) -> &ClientId {
    match caller {
        Caller::Client(id) => id,
        Caller::Owner(_) => panic!("an owner"),
    }
}

#[test]
fn a_client_may_do_what_all_of_its_grants_say() {
    use Action::{Delete, Pull, Push};
    let world = world();
    let client = world.client("cli-deploy", &[("*", &[Pull]), ("myapp", &[Push])]);
    assert_eq!(may(&world, "myapp", &client), [Pull, Push]);
    assert_eq!(may(&world, "myapp2", &client), [Pull]);
    let narrow = world.client("cli-narrow", &[("myapp", &[Pull, Push, Delete])]);
    assert_eq!(may(&world, "myapp", &narrow), Action::ALL);
    for other in ["myapp2", "my", "myap"] {
        assert_eq!(may(&world, other, &narrow), [], "{other}");
    }
    assert_eq!(may(&world, "anything", &world.owner), Action::ALL);
}

#[test]
fn anybody_may_pull_from_a_public_repository_only() {
    let world = world();
    let nobody = |name| access(&world, name, None);
    assert_eq!(nobody("myapp"), Access { actions: Actions::NONE, public: false });
    for (public, actions) in [(true, vec![Action::Pull]), (false, vec![])] {
        let (database, name) = (&world.database, repository("myapp"));
        let set = repositories::set(database, &world.account, &name, Some(public));
        assert_eq!(block_on(set), Ok(true));
        assert_eq!(nobody("myapp").actions.iter().collect::<Vec<_>>(), actions);
        assert_eq!(nobody("myapp").public, public);
        assert_eq!(nobody("myapp2").actions, Actions::NONE);
    }
}

#[test]
fn changed_grants_and_ends_hold_at_once() {
    let world = world();
    let client = world.client("cli-deploy", &[("*", &[Action::Push])]);
    let id = client_id(&client);
    let pull = ClientGrant {
        target: Target::One(repository("myapp")),
        actions: [Action::Pull].into_iter().collect(),
    };
    let change = |grants: &[ClientGrant], expires| {
        let (grants, expires) = (Some(grants), Some(expires));
        block_on(callers::change(&world.database, &world.account, id, grants, expires))
    };
    assert_eq!(change(std::slice::from_ref(&pull), Some(NOW + 100)), Ok(true));
    assert_eq!(may(&world, "myapp", &client), [Action::Pull]);
    assert_eq!(may(&world, "other", &client), []);
    let found = block_on(callers::find(&world.database, &world.account, &client));
    let found = found.expect("it answers").expect("a client");
    assert_eq!((found.grants, found.expires), (vec![pull], Some(NOW + 100)));
    world.clock.advance(100);
    assert_eq!(may(&world, "myapp", &client), [], "it has expired");
    assert_eq!(change(&[], None), Ok(true));
    assert_eq!(may(&world, "myapp", &client), [], "it has no grant");
}

#[test]
fn a_client_that_is_not_there_cannot_be_changed() {
    let world = world();
    let id = ClientId::parse("cli-nobody").expect("an id");
    let grants = [ClientGrant { target: Target::All, actions: Actions::ALL }];
    for expires in [None, Some(None), Some(Some(NOW + 1))] {
        for grants in [None, Some(&grants[..])] {
            let change = callers::change(&world.database, &world.account, &id, grants, expires);
            assert_eq!(world.writes_nothing(|| block_on(change)), Ok(false));
        }
    }
}

#[test]
fn a_change_leaves_alone_what_it_does_not_speak_of() {
    let world = world();
    let client = world.client("cli-deploy", &[("*", &[Action::Push])]);
    let id = client_id(&client);
    let pull = ClientGrant { target: Target::All, actions: [Action::Pull].into_iter().collect() };
    let change = |grants: Option<&[ClientGrant]>, expires| {
        let changed = callers::change(&world.database, &world.account, id, grants, expires);
        assert_eq!(block_on(changed), Ok(true));
        let found = block_on(callers::find(&world.database, &world.account, &client));
        let found = found.expect("it answers").expect("a client");
        (found.grants, found.expires)
    };
    let fewer = || vec![pull.clone()];
    assert_eq!(change(Some(&fewer()), None), (fewer(), None));
    assert_eq!(change(None, Some(Some(NOW + 9))), (fewer(), Some(NOW + 9)));
    assert_eq!(change(None, None), (fewer(), Some(NOW + 9)));
    assert_eq!(change(Some(&[]), None), (vec![], Some(NOW + 9)));
    assert_eq!(change(None, Some(None)), (vec![], None));
}

#[test]
fn a_revoked_caller_may_nothing_and_is_not_listed() {
    let world = world();
    let client = world.client("cli-deploy", &[("*", &[Action::Pull])]);
    assert!(world.revoke(&client));
    assert!(!world.revoke(&client));
    assert_eq!(may(&world, "myapp", &client), []);
    let found = block_on(callers::find(&world.database, &world.account, &client));
    assert_eq!(found, Ok(None));
}

#[test]
fn an_identifier_belongs_to_one_caller() {
    let world = world();
    world.client("cli-deploy", &[]);
    let id = Caller::Client(ClientId::parse("cli-deploy").expect("an id"));
    let other = new_caller(id, &[("*", &[Action::Delete])]);
    let create = || block_on(callers::create(&world.database, &world.account, &other));
    assert_eq!(world.writes_nothing(create), Err(DatabaseError::Rejected));
}

#[test]
fn keys_and_clients_are_listed_apart_in_pages_and_without_secrets() {
    let world = world();
    for id in ["cli-bbbbb", "cli-aaaaa", "cli-ccccc"] {
        world.client(id, &[("myapp", &[Action::Pull]), ("other", &[Action::Push])]);
    }
    let new = new_caller(key("key-second"), &[]);
    block_on(callers::create(&world.database, &world.account, &new)).expect("created");
    let page = |kind, after: Option<&Caller>| {
        let page = callers::page(&world.database, &world.account, kind, after, 2);
        block_on(page).expect("a page")
    };
    let ids = |rows: &[callers::CallerRow]| {
        rows.iter().map(|row| row.caller.id().to_owned()).collect::<Vec<_>>()
    };
    let first = page(Kind::Clients, None);
    assert_eq!(ids(&first), ["cli-aaaaa", "cli-bbbbb"]);
    assert!(first.iter().all(|row| row.grants.len() == 2 && row.created == NOW));
    assert_eq!(ids(&page(Kind::Clients, Some(&first[1].caller))), ["cli-ccccc"]);
    assert_eq!(ids(&page(Kind::Keys, None)), ["key-owner", "key-second"]);
}
