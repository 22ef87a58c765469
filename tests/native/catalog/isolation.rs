//! Two accounts with the same names, digests and identifiers: whatever is done in one is neither
//! seen nor felt in the other.

use bhcr::account::rights::Action;
use bhcr::hosted::catalog::collect::{self, Haste};
use bhcr::hosted::catalog::{
    access, accounts, blobs, callers, manifests, referrers, removal, repositories, tags, trash,
    uploads,
};
use bhcr::hosted::upload::id::UploadId;
use bhcr::oci::reference::Reference;
use pollster::block_on;

use super::world::{DAY, NOW, WEEK, World, digest, index, manifest, repository, session, world};

/// One of everything.
fn fill(world: &World) {
    let (image, layer) = (world.image("myapp"), digest("layer"));
    world.client("cli-deploy", &[("*", &[Action::Pull])]);
    world.push(&image, &layer);
    world.push(&image, &digest("unused"));
    let new = manifest(&[layer]);
    world.put(&image, &new, &["latest"]).expect("put");
    world.put(&image, &index(&[new.digest]), &["all"]).expect("put");
}

fn rows_of(world: &World) -> Vec<String> {
    let account = format!("\"{}\"", world.account);
    world.database.dump().into_iter().filter(|row| row.contains(&account)).collect()
}

#[test]
fn nothing_that_is_done_in_one_account_is_felt_in_another() {
    let world = world();
    let other = world.other();
    fill(&world);
    fill(&other);
    let (image, layer) = (world.image("myapp"), digest("layer"));
    let (database, account) = (&world.database, &world.account);
    let theirs = rows_of(&other);
    let unfelt = |what: &str| assert_eq!(rows_of(&other), theirs, "{what}");

    let upload = UploadId::random(NOW * 1000);
    world.claim(&image, &upload).expect("a claim");
    block_on(uploads::cancel(database, session(&image, &upload, NOW), None)).expect("cancelled");
    unfelt("an upload");
    world.push(&world.image("more"), &layer);
    world.put(&world.image("more"), &manifest(&[layer]), &["latest"]).expect("put");
    unfelt("a push");
    world.publish("myapp");
    unfelt("a setting");
    world.clock.advance(DAY);
    assert_eq!(block_on(collect::drop_links(database, account, Haste::Now)).expect("it").taken, 1);
    assert_eq!(block_on(collect::mark(database, account)).expect("it").taken, 1);
    unfelt("collection");
    for left in block_on(uploads::expired(database, account, 100)).expect("uploads") {
        block_on(uploads::forget(database, account, &left.upload)).expect("forgotten");
    }
    unfelt("expired uploads");
    world.clock.advance(WEEK);
    let keys: Vec<_> = world.trash();
    block_on(trash::purged(database, account, &keys)).expect("purged");
    unfelt("a purge, of their keys too");
    let owner = &world.owner;
    block_on(removal::manifest(
        database,
        &image,
        owner,
        &index(&[manifest(&[layer]).digest]).digest,
    ))
    .expect("deleted");
    block_on(removal::manifest(database, &image, owner, &manifest(&[layer]).digest)).expect("it");
    block_on(removal::blob(database, &image, owner, &layer)).expect("deleted");
    unfelt("deletions");
    for name in ["myapp", "more"] {
        assert!(block_on(repositories::delete(database, account, &repository(name))).expect("it"));
    }
    unfelt("the deletion of a repository");
    let deploy = world.database.texts("select id from credentials where id like 'cli-%'");
    assert_eq!(deploy.len(), 2);
    block_on(accounts::close(database, account)).expect("deleted");
    unfelt("the deletion of the account");
}

#[test]
fn nothing_of_one_account_is_seen_in_another() {
    let world = world();
    let other = world.other();
    fill(&other);
    let (image, layer) = (world.image("myapp"), digest("layer"));
    let (database, account) = (&world.database, &world.account);
    assert_eq!(block_on(blobs::find(database, &image, &layer)), Ok(None));
    for reference in ["latest", &manifest(&[layer]).digest.to_string()] {
        let reference = Reference::parse(reference).expect("a reference");
        assert_eq!(block_on(manifests::find(database, &image, &reference, None)), Ok(None));
    }
    assert_eq!(block_on(tags::page(database, &image, None, 10)), Ok(None));
    let referrers = referrers::page(database, &image, &layer, None, None, 10);
    assert_eq!(block_on(referrers).expect("it answers").referrers, []);
    assert_eq!(block_on(repositories::page(database, account, None, 10)), Ok(vec![]));
    let clients = callers::page(database, account, callers::Kind::Clients, None, 10);
    assert_eq!(block_on(clients), Ok(vec![]));
    let deploy = bhcr::account::caller::Caller::Client(
        bhcr::account::id::ClientId::parse("cli-deploy").expect("an id"),
    );
    let name = repository("myapp");
    let access = access::read(database, account, &name, Some(&deploy));
    assert!(block_on(access).expect("it answers").actions.is_empty());
}

#[test]
fn a_caller_of_one_account_may_nothing_in_another() {
    let world = world();
    let other = world.other();
    let pusher = other.client("cli-pusher", &[("*", &[Action::Push, Action::Delete])]);
    let image = world.image("myapp");
    let stored = world.stored(&image);
    let commit = || world.commit(&image, &stored, &digest("layer"), &pusher);
    let refused = bhcr::hosted::catalog::commit::CommitError::Refused;
    assert_eq!(world.writes_nothing(commit), Err(refused));
    let new = manifest(&[]);
    let put = manifests::put(&world.database, &image, &pusher, &new, &[]);
    assert_eq!(block_on(put), Err(manifests::PutError::Refused));
    let removed = removal::manifest(&world.database, &image, &pusher, &new.digest);
    assert_eq!(block_on(removed), Err(removal::RemovalError::Refused));
}
