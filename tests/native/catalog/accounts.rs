use bhcr::account::credential::{Kind, SecretHash};
use bhcr::account::name::Account;
use bhcr::account::rights::{Action, Actions, Target};
use bhcr::hosted::catalog::accounts::{self, CloseError, CreateError};
use bhcr::hosted::catalog::{callers, repositories};
use pollster::block_on;

use super::world::{DAY, NOW, WEEK, World, digest, key, new_caller, repository, world};

fn account(text: &str) -> Account {
    Account::parse(text).expect("an account")
}

fn close(world: &World) -> Result<(), CloseError> {
    block_on(accounts::close(&world.database, &world.account))
}

#[test]
fn an_account_is_found_as_it_was_created() {
    let world = world();
    let found = block_on(accounts::find(&world.database, &world.account)).expect("it answers");
    let found = found.expect("an account");
    assert_eq!((found.account, &*found.name), (world.account, "a team"));
    assert_eq!((found.created, &*found.database), (NOW, "CATALOG"));
    let other = block_on(accounts::find(&world.database, &account("acc-other")));
    assert_eq!(other, Ok(None));
}

#[test]
fn an_account_that_is_taken_is_told() {
    let world = world();
    let owner = new_caller(key("key-second"), &[]);
    let again = || block_on(accounts::create(&world.database, &world.account, "mine", &owner));
    assert_eq!(world.writes_nothing(again), Err(CreateError::Taken));
}

#[test]
fn accounts_come_in_pages() {
    let world = world();
    let names = ["acc-aaaaa", "acc-bbbbb", "acc-ccccc"].map(account);
    names.iter().for_each(|name| world.settle(name));
    let page = |after: Option<&Account>| {
        let page = block_on(accounts::page(&world.database, after, false, 2)).expect("a page");
        page.into_iter().map(|it| it.account.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(page(None), ["acc-aaaaa", "acc-bbbbb"]);
    assert_eq!(page(Some(&names[1])), ["acc-ccccc", "acc-x1y2z"]);
    assert_eq!(page(Some(&world.account)), [""; 0]);
}

#[test]
fn an_account_with_a_repository_is_not_deleted() {
    let world = world();
    world.push(&world.image("myapp"), &digest("layer"));
    assert_eq!(world.writes_nothing(|| close(&world)), Err(CloseError::NotEmpty));
}

#[test]
fn a_deleted_account_ends_its_callers_at_once_and_its_name_is_free_when_nothing_is_left() {
    let world = world();
    let stored = world.stored(&world.image("myapp"));
    assert_eq!(close(&world), Ok(()));
    assert_eq!(close(&world), Err(CloseError::Unknown));
    let late = world.commit(&world.image("myapp"), &stored, &digest("layer"), &world.owner);
    assert_eq!(late, Err(bhcr::hosted::catalog::commit::CommitError::Refused));
    let found = block_on(accounts::find(&world.database, &world.account));
    assert_eq!(found, Ok(None));
    let forgotten = || block_on(accounts::forget_closed(&world.database, &world.account));
    assert_eq!(forgotten(), Ok(false), "an upload is left");
    let owner = new_caller(key("key-second"), &[]);
    let create = || block_on(accounts::create(&world.database, &world.account, "new", &owner));
    assert_eq!(create(), Err(CreateError::Taken));

    world.clock.advance(DAY);
    let expired =
        block_on(bhcr::hosted::catalog::uploads::expired(&world.database, &world.account, 10));
    for left in expired.expect("uploads") {
        let forget = bhcr::hosted::catalog::uploads::forget;
        block_on(forget(&world.database, &world.account, &left.upload)).expect("forgotten");
    }
    assert_eq!(forgotten(), Ok(false), "a key is in the trash");
    world.clock.advance(WEEK);
    use bhcr::hosted::catalog::trash;
    let due = block_on(trash::due(&world.database, &world.account, 10)).expect("keys");
    block_on(trash::purged(&world.database, &world.account, &due)).expect("purged");
    assert_eq!(forgotten(), Ok(true));
    assert_eq!(create(), Ok(()));
}

#[test]
fn collection_also_visits_deleted_accounts() {
    let world = world();
    close(&world).expect("deleted");
    let page = |closed| block_on(accounts::page(&world.database, None, closed, 10));
    assert_eq!(page(false).expect("a page").len(), 0);
    assert_eq!(page(true).expect("a page").len(), 1);
}

#[test]
fn nothing_is_created_in_an_account_that_is_not_there() {
    let world = world();
    let nowhere = account("acc-nowhere");
    let set = || block_on(repositories::set(&world.database, &nowhere, &repository("app"), None));
    assert_eq!(world.writes_nothing(set), Ok(false));
    let new = new_caller(key("key-somebody"), &[]);
    let create = || block_on(callers::create(&world.database, &nowhere, &new));
    assert_eq!(world.writes_nothing(create), Ok(false));
}

#[test]
fn a_secret_leads_to_its_account_caller_and_grants() {
    let world = world();
    let client = bhcr::account::caller::Caller::Client(
        bhcr::account::id::ClientId::parse("cli-deploy").expect("an id"),
    );
    let mut new = new_caller(client, &[("myapp", &[Action::Pull]), ("*", &[Action::Push])]);
    new.expires = Some(NOW + 10);
    block_on(callers::create(&world.database, &world.account, &new)).expect("created");
    let identify = |secret| block_on(accounts::identify(&world.database, secret));
    let found = identify(new.secret).expect("it answers").expect("somebody");
    assert_eq!((&found.account, &found.caller), (&world.account, &new.caller));
    assert_eq!((found.expires, found.expired), (Some(NOW + 10), false));
    let mut targets: Vec<_> = found.grants.iter().map(|it| it.target.as_str()).collect();
    targets.sort_unstable();
    assert_eq!(targets, ["*", "myapp"]);
    world.clock.advance(10);
    assert!(identify(new.secret).expect("it answers").expect("somebody").expired);
    world.revoke(&new.caller);
    assert_eq!(identify(new.secret), Ok(None));
    let unknown = SecretHash::of(&Kind::Key.random_secret());
    assert_eq!(identify(unknown), Ok(None));
}

#[test]
fn an_access_key_may_do_everything_whatever_grants_it_came_with() {
    let world = world();
    let new = new_caller(key("key-second"), &[("myapp", &[Action::Pull])]);
    block_on(callers::create(&world.database, &world.account, &new)).expect("created");
    let found = block_on(accounts::identify(&world.database, new.secret));
    let found = found.expect("it answers").expect("somebody");
    let grants: Vec<_> = found.grants.iter().map(|it| (&it.target, it.actions)).collect();
    assert_eq!(grants, [(&Target::All, Actions::ALL)]);
}
