use bhcr::account::name::{ImageName, Repository};
use bhcr::hosted::catalog::contents::{self, Contents};
use bhcr::hosted::catalog::repositories::{self, RepositoryRow};
use bhcr::hosted::catalog::{collect, removal};
use pollster::block_on;

use super::world::{DAY, NOW, World, digest, manifest, repository, world};

fn find(world: &World, name: &str) -> Option<RepositoryRow> {
    let name = repository(name);
    block_on(repositories::find(&world.database, &world.account, &name)).expect("it answers")
}

fn set(world: &World, name: &str, public: Option<bool>) -> bool {
    let name = repository(name);
    block_on(repositories::set(&world.database, &world.account, &name, public)).expect("it answers")
}

fn delete(world: &World, name: &str) -> bool {
    let name = repository(name);
    block_on(repositories::delete(&world.database, &world.account, &name)).expect("it answers")
}

#[test]
fn a_repository_is_created_and_changed_where_something_is_said() {
    let world = world();
    assert_eq!(find(&world, "myapp"), None);
    for (said, public) in [(None, false), (Some(true), true), (None, true), (Some(false), false)] {
        assert!(set(&world, "myapp", said));
        let found = find(&world, "myapp").expect("a repository");
        assert_eq!((found.public, found.created), (public, NOW), "{said:?}");
    }
}

#[test]
fn a_repository_tells_its_images_tags_and_sizes() {
    let world = world();
    let layer = digest("layer");
    let [top, below] = [world.image("myapp"), world.image("myapp/below")];
    let new = manifest(&[layer]);
    for (image, tags) in [(&top, &["a", "b"][..]), (&below, &["a"])] {
        world.push(image, &layer);
        world.put(image, &new, tags).expect("put");
    }
    world.push(&world.image("myapp2"), &layer);
    let found = find(&world, "myapp").expect("a repository");
    assert_eq!((found.images, found.tags, found.size), (2, 3, 2 * (1000 + new.size)));
    let images = |after: Option<&ImageName>| {
        let names = [&repository("myapp"), &repository("other")];
        let read = contents::read(&world.database, &world.account, &names, after);
        let [images, others] = block_on(read).expect("a page").try_into().expect("both");
        assert_eq!(others, []);
        images
    };
    let both = [(&top, &["a", "b"][..]), (&below, &["a"])].map(|(image, tags)| Contents {
        image: image.clone(),
        size: 1000 + new.size,
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
    });
    assert_eq!(images(None), both);
    assert_eq!(images(Some(&top)), both[1..]);
    assert_eq!(images(Some(&below)), []);
}

#[test]
fn repositories_come_in_pages() {
    let world = world();
    ["b", "a", "c"].into_iter().for_each(|name| assert!(set(&world, name, None)));
    let page = |after: Option<&Repository>| {
        let page = repositories::page(&world.database, &world.account, after, 2);
        let page = block_on(page).expect("a page");
        page.into_iter().map(|it| it.repository.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(page(None), ["a", "b"]);
    assert_eq!(page(Some(&repository("b"))), ["c"]);
}

#[test]
fn a_repository_is_deleted_with_everything_in_it_and_nothing_beside_it() {
    let world = world();
    let (shared, own) = (digest("shared"), digest("own"));
    let inside = ["myapp", "myapp/below", "myapp/below/deep"].map(|path| world.image(path));
    let beside = ["myapp2", "myapp-x", "myapp.x", "mya", "other/myapp"].map(|it| world.image(it));
    for image in inside.iter().chain(&beside) {
        world.push(image, &shared);
        world.put(image, &manifest(&[shared]), &["latest"]).expect("put");
    }
    world.push(&inside[1], &own);
    assert!(delete(&world, "myapp"));
    assert!(!delete(&world, "myapp"));
    for table in ["links", "manifests", "manifest_references", "tags", "images"] {
        let left = world.database.texts(&format!("select image from {table} order by image"));
        let mut wanted: Vec<_> = beside.iter().map(|it| it.path().to_owned()).collect();
        wanted.sort();
        assert_eq!(left, wanted, "{table}");
    }
    let candidates = "select digest from candidates where kind = 'object' order by digest";
    let mut wanted = [shared, own].map(|it| it.to_string());
    wanted.sort();
    assert_eq!(world.database.texts(candidates), wanted);
}

#[test]
fn what_a_deleted_repository_had_is_spared_for_the_grace() {
    let world = world();
    world.push(&world.image("myapp"), &digest("layer"));
    world.clock.advance(DAY / 2);
    assert!(delete(&world, "myapp"));
    let mark = || block_on(collect::mark(&world.database, &world.account)).expect("it answers");
    world.clock.advance(collect::GRACE - 1);
    assert_eq!(mark().taken, 0);
    world.clock.advance(1);
    assert_eq!(mark().taken, 1);
}

#[test]
fn a_push_after_the_deletion_begins_anew() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    let key = world.push(&image, &layer);
    set(&world, "myapp", Some(true));
    delete(&world, "myapp");
    assert_eq!(world.key(&image, &layer), None);
    world.push(&image, &layer);
    assert_eq!(world.key(&image, &layer), Some(key), "the object was there still");
    assert!(!find(&world, "myapp").expect("a repository").public);
    let told = block_on(removal::blob(&world.database, &image, &world.owner, &layer));
    assert_eq!(told, Ok(()));
}
