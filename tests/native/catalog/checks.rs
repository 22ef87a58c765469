use bhcr::hosted::catalog::check::{self, Cursor, Expected, Problem};
use bhcr::hosted::catalog::manifests::{NewContent, NewManifest};
use bhcr::hosted::upload::id::UploadId;
use bhcr::oci::reference::Tag;
use pollster::block_on;

use super::world::{NOW, World, digest, index, manifest, world};

/// A whole walk: what is wrong, what should be in R2, and how many pages it took.
fn walk(world: &World) -> (Vec<Problem>, Vec<Expected>, usize) {
    let (mut problems, mut expected, mut pages) = (Vec::new(), Vec::new(), 0);
    let mut next = Some(Cursor::start());
    while let Some(cursor) = next {
        // As it goes through a caller's hands.
        let text = serde_json::to_string(&cursor).expect("a text");
        let cursor = serde_json::from_str(&text).expect("a cursor");
        let page = block_on(check::page(&world.database, &world.account, &cursor));
        let page = page.expect("it answers");
        problems.extend(page.problems);
        expected.extend(page.expected);
        next = page.next;
        pages += 1;
    }
    (problems, expected, pages)
}

#[test]
fn a_sound_account_has_no_problem_and_tells_what_r2_should_have() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    let key = world.push(&image, &layer);
    let child = NewManifest { exempt: vec![digest("foreign")], ..manifest(&[layer]) };
    world.put(&image, &child, &["latest"]).expect("put");
    world.put(&image, &index(&[child.digest, layer]), &["all"]).expect("put");
    let stored = world.stored(&image);
    let large_key = stored.key.clone();
    let large = NewManifest { content: NewContent::Object(stored), ..manifest(&[]) };
    world.put(&image, &large, &["large"]).expect("put");
    let (problems, expected, _) = walk(&world);
    assert_eq!(problems, []);
    let large = Expected { digest: large.digest, key: large_key, size: large.size };
    assert_eq!(expected, [Expected { digest: layer, key, size: 1000 }, large]);
}

#[test]
fn what_is_lost_is_found() {
    let world = world();
    let (image, layer) = (world.image("myapp/image"), digest("layer"));
    world.push(&image, &layer);
    let new = manifest(&[layer]);
    world.put(&image, &new, &["latest"]).expect("put");
    let list = index(&[new.digest]);
    world.put(&image, &list, &["all"]).expect("put");

    world.database.run("update objects set live = 0");
    let without = Problem::ManifestWithout(image.clone(), new.digest, layer);
    let (problems, expected, _) = walk(&world);
    let link = Problem::LinkWithoutObject(image.clone(), layer);
    assert_eq!((problems, expected), (vec![without.clone(), link], vec![]));

    world.database.run("delete from links");
    assert_eq!(walk(&world).0, [without]);

    world.database.run("delete from manifests");
    let tag = |tag: &str, digest| {
        Problem::TagWithoutManifest(image.clone(), Tag::parse(tag).expect("a tag"), digest)
    };
    let problems = walk(&world).0;
    assert!(problems.contains(&tag("all", list.digest)), "{problems:?}");
    assert!(problems.contains(&tag("latest", new.digest)), "{problems:?}");
    let child = Problem::ManifestWithout(image.clone(), list.digest, new.digest);
    assert!(problems.contains(&child), "{problems:?}");
}

#[test]
fn a_walk_sees_every_row_once_in_pages_of_five_hundred() {
    let world = world();
    let digests: Vec<_> = (0..1001).map(|at| digest(&format!("layer {at}"))).collect();
    for (at, digest) in digests.iter().enumerate() {
        world.push(&world.image(&format!("app{}", at % 7)), digest);
    }
    let tags: Vec<_> = (0..1000).map(|at| format!("v{at}")).collect();
    let tags: Vec<_> = tags.iter().map(String::as_str).collect();
    world.put(&world.image("app0"), &manifest(&[]), &tags).expect("put");
    let (problems, expected, pages) = walk(&world);
    assert_eq!((problems.len(), expected.len()), (0, 1001));
    // Tags: two full pages and an empty one; links and objects: three each; two more stages.
    assert_eq!(pages, 3 + 1 + 3 + 3 + 1);
    world.database.run("update objects set live = 0");
    assert_eq!(walk(&world).0.len(), 1001);
}

#[test]
fn keys_that_the_catalog_does_not_know_are_listed() {
    let world = world();
    let image = world.image("myapp");
    let object = world.push(&image, &digest("layer"));
    let open = world.stored(&image);
    let stored = world.stored(&image);
    let large_key = stored.key.clone();
    let large = NewManifest { content: NewContent::Object(stored), ..manifest(&[]) };
    world.put(&image, &large, &[]).expect("put");
    let stranger = UploadId::random(NOW * 1000).key(&world.account);
    let strangers = [stranger.as_str().to_owned(), stranger.piece(1), "unheard of".to_owned()];
    let trashed = world.trash();
    let known = [object, open.key.clone(), format!("{}.1", open.key), large_key];
    let keys: Vec<_> = known.iter().chain(&trashed).chain(&strangers).cloned().collect();
    assert!(!trashed.is_empty());
    let unknown = |world: &World| {
        block_on(check::unknown_keys(&world.database, &world.account, &keys)).expect("it answers")
    };
    assert_eq!(unknown(&world), strangers);
    assert_eq!(unknown(&world.other()), keys, "another account knows none of them");
}
