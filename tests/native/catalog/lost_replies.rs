//! A batch whose reply was lost was run all the same. Whoever runs it again finds the work done:
//! the result is the one that the first should have had, and nothing is written twice.

use std::cell::Cell;
use std::fmt::Debug;
use std::rc::Rc;

use bhcr::account::name::Account;
use bhcr::account::rights::Action;
use bhcr::hosted::catalog::commit::commit;
use bhcr::hosted::catalog::manifests::{self, NewContent, NewManifest};
use bhcr::hosted::catalog::uploads::{self, Progress};
use bhcr::hosted::catalog::{accounts, callers, collect, mount, repositories, trash};
use bhcr::services::database::{Database, DatabaseError, Outcome, Statement};
use bhcr::services::objects::Part;
use pollster::block_on;

use crate::twins::sqlite::SqliteDatabase;

use super::world::{
    DAY, NOW, WEEK, World, digest, key, manifest, new_caller, repository, session, world,
};

/// A database whose first reply is lost.
#[derive(Clone)]
struct Losing(SqliteDatabase, Rc<Cell<bool>>);

impl Database for Losing {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError> {
        let outcomes = self.0.batch(statements).await?;
        let lost = DatabaseError::Failed("the connection broke".to_owned());
        if self.1.replace(false) { Err(lost) } else { Ok(outcomes) }
    }
}

fn again<T: Debug + PartialEq>(
    world: &World,
    wanted: T,
    action: impl AsyncFn(Losing) -> Result<T, String>,
) {
    let losing = Losing(world.database.clone(), Rc::new(Cell::new(true)));
    let before = world.database.dump();
    assert!(block_on(action(losing.clone())).expect_err("lost").contains("the connection broke"));
    assert_ne!(world.database.dump(), before, "the batch was run");
    let result = world.writes_nothing(|| block_on(action(losing)));
    assert_eq!(result, Ok(wanted));
}

fn told<T, E: Debug>(result: Result<T, E>) -> Result<T, String> {
    result.map_err(|error| format!("{error:?}"))
}

#[test]
fn of_a_commit() {
    let world = world();
    let (image, stored) = (world.image("myapp"), world.stored(&world.image("myapp")));
    let layer = digest("layer");
    again(&world, (), async |database| {
        told(commit(&database, &image, &stored, &layer, &world.owner).await)
    });
    assert_eq!(world.key(&image, &layer), Some(stored.key));
}

#[test]
fn of_a_manifest_small_or_large() {
    let world = world();
    let image = world.image("myapp");
    let large = NewManifest {
        digest: digest("large"),
        content: NewContent::Object(world.stored(&image)),
        ..manifest(&[])
    };
    for new in [manifest(&[]), large] {
        let tags = [bhcr::oci::reference::Tag::parse("latest").expect("a tag")];
        again(&world, (), async |database| {
            told(manifests::put(&database, &image, &world.owner, &new, &tags).await)
        });
    }
}

#[test]
fn of_a_mount() {
    let world = world();
    let (from, to, layer) = (world.image("from"), world.image("to"), digest("layer"));
    world.push(&from, &layer);
    again(&world, mount::Mounted::Yes, async |database| {
        told(mount::mount(&database, &to, &layer, Some(&from), &world.owner).await)
    });
}

#[test]
fn of_an_uploads_progress_and_end() {
    let world = world();
    let (image, stored) = (world.image("myapp"), world.stored(&world.image("myapp")));
    let parts = vec![Part { number: 1, etag: "a".to_owned() }];
    let progress = Progress { offset: 64, parts, ..Progress::default() };
    let session = session(&image, &stored.upload, NOW);
    again(&world, (), async |database| {
        let claim = uploads::Claim { version: stored.version, progress: progress.clone() };
        told(uploads::record(&database, session, &claim).await)
    });
    let left = uploads::Leftover {
        upload: stored.upload.clone(),
        key: stored.key.clone(),
        multipart: None,
    };
    again(&world, left, async |database| told(uploads::cancel(&database, session, None).await));
    world.clock.advance(DAY);
    again(&world, (), async |database| {
        told(uploads::forget(&database, &world.account, &stored.upload).await)
    });
    world.clock.advance(WEEK);
    let keys = world.trash();
    again(&world, (), async |database| told(trash::purged(&database, &world.account, &keys).await));
}

#[test]
fn of_a_claim_whose_version_is_passed_over() {
    let world = world();
    let (image, stored) = (world.image("myapp"), world.stored(&world.image("myapp")));
    let losing = Losing(world.database.clone(), Rc::new(Cell::new(true)));
    let claim = || block_on(uploads::claim(&losing, session(&image, &stored.upload, NOW)));
    assert!(claim().is_err());
    assert_eq!(claim().map(|claim| claim.version), Ok(5));
}

#[test]
fn of_accounts_callers_and_repositories() {
    let world = world();
    let account = Account::parse("acc-another").expect("an account");
    let owner = new_caller(key("key-first"), &[]);
    again(&world, (), async |database| {
        told(accounts::create(&database, &account, "another", &owner).await)
    });
    let client = new_caller(
        bhcr::account::caller::Caller::Client(
            bhcr::account::id::ClientId::parse("cli-deploy").expect("an id"),
        ),
        &[("*", &[Action::Pull]), ("myapp", &[Action::Push])],
    );
    again(&world, true, async |database| told(callers::create(&database, &account, &client).await));
    again(&world, true, async |database| {
        told(repositories::set(&database, &account, &repository("app"), Some(true)).await)
    });
}

#[test]
fn of_a_page_of_collection_whose_work_is_then_done() {
    let world = world();
    world.push(&world.image("myapp"), &digest("layer"));
    world.clock.advance(DAY);
    let nothing = collect::Collected::default();
    again(&world, nothing, async |database| {
        told(collect::drop_links(&database, &world.account, collect::Haste::Usual).await)
    });
    again(&world, nothing, async |database| told(collect::mark(&database, &world.account).await));
}
