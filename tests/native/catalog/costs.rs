//! What an operation costs does not depend on how much else is there: SQLite takes about as many
//! steps in an account with ten of everything as in one with two thousand.

use bhcr::account::rights::Action::{Pull, Push};
use bhcr::hosted::catalog::collect::{self, Haste};
use bhcr::hosted::catalog::{
    access, accounts, blobs, check, manifests, mount, referrers, removal, repositories, tags,
    trash, uploads,
};
use bhcr::oci::reference::{Reference, Tag};
use pollster::block_on;

use super::world::{DAY, NOW, World, digest, index, manifest, repository, session, world};

const FEW: usize = 10;
const MANY: usize = 2000;
/// As many steps more as a larger account may cost: searches skip some rows more or less.
const SLACK: u64 = 60;

/// An account with a number of everything in the image `myapp`, and of other images.
fn filled(number: usize) -> World {
    let world = world();
    let (image, shared) = (world.image("myapp"), digest("shared"));
    world.push(&image, &shared);
    let names: Vec<_> = (0..number).map(|at| format!("v{at:05}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    world.put(&image, &manifest(&[shared]), &names).expect("put");
    // As pushes would leave it, in a fraction of the time.
    let fill = [
        "insert into objects select ?, 'sha256:' || d, 'b/' || d, 1, 1, ! from n",
        "insert into objects select ?, 'sha256:f' || d, 'c/' || d, 1, 0, ! from n",
        "insert into links select ?, 'myapp', 'sha256:' || d, ! from n",
        "insert into manifests select ?, 'myapp', 'sha256:' || d, 'x', 1, null, 'm/' || d, \
         null, null, null, ! from n",
        "insert into manifest_references select ?, 'myapp', 'sha256:' || d, 'sha256:' || d, \
         'blob' from n",
        "insert into repositories select ?, 'app' || d, 0, ! from n",
        "insert into images select ?, 'app' || d, 'app' || d, ! from n",
        "insert into trash select ?, 'c/' || d, ! - 1000 from n",
        "insert into uploads select ?, d, 'myapp', 'u/' || d, 'open', 1, 0, null, null, null, \
         ! + 90000 from n",
        "insert into candidates select ?, 'link', 'myapp', 'sha256:' || d, ! + 99, 0 from n",
    ];
    for sql in fill {
        let sql = sql.replace('?', &format!("'{}'", world.account));
        let sql = sql.replace('!', &NOW.to_string());
        let numbers = format!(
            "with recursive c (i) as (select 1 union all select i + 1 from c where i < {number}), \
             n (d) as (select printf('%063d', i) from c) "
        );
        // A digest has 64 digits; the dead ones begin with an f.
        let sql = sql.replace("'sha256:' || d", "'sha256:0' || d");
        world.database.run(&format!("{numbers}{sql}"));
    }
    world
}

fn grows(what: &str, prepare: impl Fn(&World) -> Box<dyn Fn() + '_>) {
    let cost = |number| {
        let world = filled(number);
        let action = prepare(&world);
        let before = world.database.steps();
        action();
        world.database.steps() - before
    };
    let (few, many) = (cost(FEW), cost(MANY));
    assert!(many <= few + SLACK, "{what}: {few} steps among few, {many} among many");
}

fn look_grows(what: &str, look: fn(&World)) {
    grows(what, |world| Box::new(move || look(world)));
}

#[test]
fn of_uploads_and_commits() {
    grows("a claim", |world| {
        let upload = bhcr::hosted::upload::id::UploadId::random(NOW * 1000);
        Box::new(move || drop(world.claim(&world.image("myapp"), &upload).expect("a claim")))
    });
    grows("a commit", |world| {
        let (image, stored) = (world.image("myapp"), world.stored(&world.image("myapp")));
        let layer = digest("layer");
        Box::new(move || world.commit(&image, &stored, &layer, &world.owner).expect("committed"))
    });
    grows("the end of an upload", |world| {
        let (image, stored) = (world.image("myapp"), world.stored(&world.image("myapp")));
        Box::new(move || {
            let session = session(&image, &stored.upload, NOW);
            block_on(uploads::cancel(&world.database, session, None)).expect("cancelled");
        })
    });
    grows("a look at a blob", |world| {
        let (image, shared) = (world.image("myapp"), digest("shared"));
        Box::new(move || {
            let found = block_on(blobs::find_and_touch(&world.database, &image, &shared));
            assert!(found.expect("it answers").is_some());
        })
    });
}

#[test]
fn of_mounts() {
    for named in [true, false] {
        grows("a mount", |world| {
            let client = world.client("cli-mounts", &[("*", &[Pull]), ("target", &[Push])]);
            let (from, to, shared) =
                (world.image("myapp"), world.image("target"), digest("shared"));
            Box::new(move || {
                let from = named.then_some(&from);
                let mounted = mount::mount(&world.database, &to, &shared, from, &client);
                assert_eq!(block_on(mounted).expect("it answers"), mount::Mounted::Yes);
            })
        });
    }
}

#[test]
fn of_manifests_and_their_deletion() {
    grows("a manifest", |world| {
        let (image, new) = (world.image("myapp"), index(&[digest("shared")]));
        Box::new(move || world.put(&image, &new, &["latest"]).expect("put"))
    });
    for reference in ["v00003".to_owned(), manifest(&[digest("shared")]).digest.to_string()] {
        grows("a look at a manifest", |world| {
            let reference = Reference::parse(&reference).expect("a reference");
            Box::new(move || {
                let image = world.image("myapp");
                let found = manifests::find(&world.database, &image, &reference, None);
                assert!(block_on(found).expect("it answers").is_some());
            })
        });
    }
    grows("the deletion of a manifest", |world| {
        let (image, new) = (world.image("myapp"), index(&[digest("shared")]));
        world.put(&image, &new, &["latest"]).expect("put");
        Box::new(move || {
            let removed = removal::manifest(&world.database, &image, &world.owner, &new.digest);
            block_on(removed).expect("removed");
        })
    });
    grows("the refused deletion of a blob", |world| {
        let (image, shared) = (world.image("myapp"), digest("shared"));
        Box::new(move || {
            let removed = removal::blob(&world.database, &image, &world.owner, &shared);
            assert!(matches!(block_on(removed), Err(removal::RemovalError::Needed(_))));
        })
    });
    grows("the deletion of a tag", |world| {
        let (image, tag) = (world.image("myapp"), Tag::parse("v00003").expect("a tag"));
        Box::new(move || {
            let removed = removal::tag(&world.database, &image, &world.owner, &tag);
            block_on(removed).expect("removed");
        })
    });
}

#[test]
fn of_pages() {
    look_grows("tags", |world| {
        let page = block_on(tags::page(&world.database, &world.image("myapp"), Some("v00002"), 5));
        assert_eq!(page.expect("it answers").expect("an image").tags.len(), 5);
    });
    look_grows("referrers", |world| {
        let (image, subject) = (world.image("myapp"), digest("subject"));
        let page = referrers::page(&world.database, &image, &subject, None, None, 5);
        assert_eq!(block_on(page).expect("it answers").referrers, []);
    });
    look_grows("repositories", |world| {
        let page = block_on(repositories::page(&world.database, &world.account, None, 5));
        assert_eq!(page.expect("it answers").len(), 5);
    });
    look_grows("one repository", |world| {
        let name = repository(&format!("app{:063}", 3));
        let found = block_on(repositories::find(&world.database, &world.account, &name));
        assert!(found.expect("it answers").is_some());
    });
    look_grows("rights", |world| {
        let name = repository("myapp");
        let read = access::read(&world.database, &world.account, &name, Some(&world.owner));
        block_on(read).expect("it answers");
    });
    look_grows("keys that nobody knows", |world| {
        let keys = ["x".to_owned(), "y".to_owned()];
        let unknown = check::unknown_keys(&world.database, &world.account, &keys);
        assert_eq!(block_on(unknown).expect("it answers"), keys);
    });
    look_grows("the deletion of an account that has something", |world| {
        let closed = block_on(accounts::close(&world.database, &world.account));
        assert_eq!(closed, Err(accounts::CloseError::NotEmpty));
    });
}

#[test]
fn of_collection() {
    grows("a page of links", |world| {
        world.push(&world.image("other"), &digest("unused"));
        world
            .database
            .run(&format!("update candidates set since = {NOW} - {DAY} where image = 'other'"));
        Box::new(move || {
            let page = collect::drop_links(&world.database, &world.account, Haste::Usual);
            assert_eq!(block_on(page).expect("it answers").taken, 1);
        })
    });
    grows("a page of objects", |world| {
        let (image, unused) = (world.image("other"), digest("unused"));
        world.push(&image, &unused);
        let removed = removal::blob(&world.database, &image, &world.owner, &unused);
        block_on(removed).expect("removed");
        world.clock.advance(1000);
        Box::new(move || {
            let page = collect::mark(&world.database, &world.account);
            assert_eq!(block_on(page).expect("it answers").taken, 1);
        })
    });
    grows("a page of the trash", |world| {
        Box::new(move || {
            let due = block_on(trash::due(&world.database, &world.account, 5)).expect("keys");
            assert_eq!(due.len(), 5);
            block_on(trash::purged(&world.database, &world.account, &due)).expect("purged");
        })
    });
    grows("the end of an expired upload", |world| {
        let stored = world.stored(&world.image("myapp"));
        world.clock.advance(DAY);
        Box::new(move || {
            let expired = block_on(uploads::expired(&world.database, &world.account, 5));
            assert_eq!(expired.expect("uploads").len(), 2);
            let forgotten = uploads::forget(&world.database, &world.account, &stored.upload);
            block_on(forgotten).expect("forgotten");
        })
    });
    grows("the deletion of a repository", |world| {
        world.push(&world.image("other"), &digest("layer"));
        Box::new(move || {
            let name = repository("other");
            let deleted = block_on(repositories::delete(&world.database, &world.account, &name));
            assert!(deleted.expect("it answers"));
        })
    });
}
