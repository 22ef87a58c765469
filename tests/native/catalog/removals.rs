use bhcr::account::caller::Caller;
use bhcr::account::name::ImageName;
use bhcr::account::rights::Action::{Delete, Pull, Push};
use bhcr::hosted::catalog::manifests::{NewContent, NewManifest};
use bhcr::hosted::catalog::removal::{self, RemovalError};
use bhcr::hosted::catalog::{manifests, referrers};
use bhcr::oci::digest::Digest;
use bhcr::oci::reference::{Reference, Tag};
use pollster::block_on;

use super::world::{World, digest, index, manifest, world};

type Removed = Result<(), RemovalError>;

fn remove(world: &World, image: &ImageName, digest: &Digest) -> Removed {
    block_on(removal::manifest(&world.database, image, &world.owner, digest))
}

fn remove_blob(world: &World, image: &ImageName, digest: &Digest) -> Removed {
    block_on(removal::blob(&world.database, image, &world.owner, digest))
}

fn remove_tag(world: &World, image: &ImageName, tag: &str, caller: &Caller) -> Removed {
    let tag = Tag::parse(tag).expect("a tag");
    block_on(removal::tag(&world.database, image, caller, &tag))
}

fn has(world: &World, image: &ImageName, reference: &str) -> bool {
    let reference = Reference::parse(reference).expect("a reference");
    let found = manifests::find(&world.database, image, &reference, None);
    block_on(found).expect("it answers").is_some()
}

#[test]
fn a_tag_is_deleted_and_its_manifest_stays() {
    let world = world();
    let (image, new) = (world.image("myapp"), manifest(&[]));
    world.put(&image, &new, &["latest", "1.0"]).expect("put");
    assert_eq!(remove_tag(&world, &image, "latest", &world.owner), Ok(()));
    assert!(!has(&world, &image, "latest"));
    assert!(has(&world, &image, "1.0"));
    assert!(has(&world, &image, &new.digest.to_string()));
    let again = || remove_tag(&world, &image, "latest", &world.owner);
    assert_eq!(world.writes_nothing(again), Err(RemovalError::Unknown));
}

#[test]
fn a_manifest_is_deleted_with_its_tags_and_references_and_referrers_stay() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    world.push(&image, &layer);
    let new = manifest(&[layer]);
    world.put(&image, &new, &["latest", "1.0"]).expect("put");
    let referrer = NewManifest { subject: Some(new.digest), ..index(&[]) };
    world.put(&image, &referrer, &[]).expect("put");
    assert_eq!(remove(&world, &image, &new.digest), Ok(()));
    for reference in ["latest", "1.0", &new.digest.to_string()] {
        assert!(!has(&world, &image, reference), "{reference}");
    }
    let left = "select manifest from manifest_references";
    assert_eq!(world.database.texts(left), [""; 0]);
    let page = referrers::page(&world.database, &image, &new.digest, None, None, 10);
    assert_eq!(block_on(page).expect("it answers").referrers.len(), 1);
    assert!(world.key(&image, &layer).is_some(), "its blob stays until collection");
    let again = || remove(&world, &image, &new.digest);
    assert_eq!(world.writes_nothing(again), Err(RemovalError::Unknown));
}

#[test]
fn what_an_index_lists_is_not_deleted_and_the_index_is_named() {
    let world = world();
    let (image, child) = (world.image("myapp"), manifest(&[]));
    world.put(&image, &child, &[]).expect("put");
    let list = index(&[child.digest]);
    world.put(&image, &list, &["latest"]).expect("put");
    world.put(&world.image("other"), &child, &[]).expect("put");
    let blocked = || remove(&world, &image, &child.digest);
    assert_eq!(world.writes_nothing(blocked), Err(RemovalError::Needed(list.digest)));
    assert_eq!(remove(&world, &world.image("other"), &child.digest), Ok(()), "another image's");
    assert_eq!(remove(&world, &image, &list.digest), Ok(()));
    assert_eq!(blocked(), Ok(()));
}

#[test]
fn a_manifest_that_is_also_somebodys_blob_is_deleted_as_a_manifest() {
    let world = world();
    let (image, both) = (world.image("myapp"), manifest(&[]));
    world.put(&image, &both, &[]).expect("put");
    world.push(&image, &both.digest);
    world.put(&image, &manifest(&[both.digest]), &["latest"]).expect("put");
    assert_eq!(remove(&world, &image, &both.digest), Ok(()));
    assert!(world.key(&image, &both.digest).is_some(), "the blob is needed still");
}

#[test]
fn a_blob_is_deleted_from_its_image_only() {
    let world = world();
    let (here, there, layer) = (world.image("here"), world.image("there"), digest("layer"));
    world.push(&here, &layer);
    world.push(&there, &layer);
    assert_eq!(remove_blob(&world, &here, &layer), Ok(()));
    assert_eq!(world.key(&here, &layer), None);
    assert!(world.key(&there, &layer).is_some());
    let again = || remove_blob(&world, &here, &layer);
    assert_eq!(world.writes_nothing(again), Err(RemovalError::Unknown));
}

#[test]
fn a_blob_that_is_referred_to_is_not_deleted_and_the_manifest_is_named() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    world.push(&image, &layer);
    world.push(&world.image("other"), &layer);
    for new in
        [manifest(&[layer]), index(&[layer]), NewManifest { exempt: vec![layer], ..manifest(&[]) }]
    {
        world.put(&image, &new, &[]).expect("put");
        let blocked = || remove_blob(&world, &image, &layer);
        assert_eq!(world.writes_nothing(blocked), Err(RemovalError::Needed(new.digest)));
        remove(&world, &image, &new.digest).expect("deleted");
    }
    assert_eq!(remove_blob(&world, &image, &layer), Ok(()));
}

#[test]
fn who_may_not_delete_deletes_nothing() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    world.push(&image, &layer);
    let new = manifest(&[]);
    world.put(&image, &new, &["latest"]).expect("put");
    let pusher = world.client("cli-pusher", &[("*", &[Pull, Push]), ("myapp2", &[Delete])]);
    let revoked = world.client("cli-revoked", &[("*", &[Delete])]);
    world.revoke(&revoked);
    for caller in [&pusher, &revoked] {
        let refused = Err(RemovalError::Refused);
        let of_manifest =
            || block_on(removal::manifest(&world.database, &image, caller, &new.digest));
        assert_eq!(world.writes_nothing(of_manifest), refused);
        let of_blob = || block_on(removal::blob(&world.database, &image, caller, &layer));
        assert_eq!(world.writes_nothing(of_blob), refused);
        let of_tag = || remove_tag(&world, &image, "latest", caller);
        assert_eq!(world.writes_nothing(of_tag), refused);
    }
}

#[test]
fn who_may_not_delete_does_not_learn_what_refers_to_a_digest() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    world.push(&image, &layer);
    world.put(&image, &manifest(&[layer]), &[]).expect("put");
    let pusher = world.client("cli-pusher", &[("*", &[Pull, Push])]);
    let told = block_on(removal::blob(&world.database, &image, &pusher, &layer));
    assert_eq!(told, Err(RemovalError::Refused));
}

#[test]
fn the_bytes_of_a_large_manifest_go_to_the_trash() {
    let world = world();
    let image = world.image("myapp");
    let stored = world.stored(&image);
    let key = stored.key.clone();
    let large = NewManifest { content: NewContent::Object(stored), ..manifest(&[]) };
    world.put(&image, &large, &[]).expect("put");
    assert!(!world.trash().contains(&key));
    remove(&world, &image, &large.digest).expect("deleted");
    assert!(world.trash().contains(&key));
}
