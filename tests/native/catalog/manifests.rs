use bhcr::account::name::ImageName;
use bhcr::account::rights::Action;
use bhcr::hosted::catalog::manifests::{
    self, Content, Manifest, NewContent, NewManifest, PutError,
};
use bhcr::oci::digest::{Algorithm, Digest};
use bhcr::oci::reference::{Reference, Tag};
use pollster::block_on;

use super::world::{World, digest, index, manifest, world};

fn find(
    world: &World,
    image: &ImageName,
    reference: &str,
    known: Option<&Digest>,
) -> Option<Manifest> {
    let reference = Reference::parse(reference).expect("a reference");
    block_on(manifests::find(&world.database, image, &reference, known)).expect("it answers")
}

#[test]
fn a_manifest_is_put_in_one_batch_and_found_by_tag_and_digest_in_one() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    world.push(&image, &layer);
    let new = manifest(&[layer]);
    let batches = world.database.batches();
    assert_eq!(world.put(&image, &new, &["latest", "1.0"]), Ok(()));
    assert_eq!(world.database.batches(), batches + 1);
    let NewContent::Text(content) = &new.content else { panic!("a small manifest") };
    for reference in ["latest", "1.0", &new.digest.to_string()] {
        let found = find(&world, &image, reference, None).expect("a manifest");
        assert_eq!((found.digest, found.size), (new.digest, new.size), "{reference}");
        assert_eq!(found.media_type, new.media_type);
        assert_eq!(found.content, Content::Text(content.clone()));
    }
    assert_eq!(world.database.batches(), batches + 4);
    assert_eq!(find(&world, &image, "2.0", None), None);
    assert_eq!(find(&world, &world.image("other"), "latest", None), None);
}

#[test]
fn bytes_that_are_known_are_not_read_again() {
    let world = world();
    let image = world.image("myapp");
    let (old, new) = (manifest(&[]), index(&[]));
    world.put(&image, &old, &["latest"]).expect("put");
    let content = |known| find(&world, &image, "latest", Some(known)).expect("it").content;
    assert_eq!(content(&old.digest), Content::Known);
    world.put(&image, &new, &["latest"]).expect("put");
    assert!(matches!(content(&old.digest), Content::Text(_)), "the tag has moved");
}

#[test]
fn a_manifest_wants_every_blob_linked_here() {
    let world = world();
    let image = world.image("myapp");
    let [here, elsewhere, nowhere] = ["here", "elsewhere", "nowhere"].map(digest);
    world.push(&image, &here);
    world.push(&world.image("other"), &elsewhere);
    world.push(&world.image("myapp/below"), &elsewhere);
    let put = || world.put(&image, &manifest(&[here, elsewhere, nowhere]), &["latest"]);
    let unknown = world.writes_nothing(put).expect_err("two are missing");
    assert_eq!(unknown, PutError::Unknown(vec![elsewhere, nowhere]));
    world.push(&image, &elsewhere);
    world.push(&image, &nowhere);
    assert_eq!(put(), Ok(()));
}

#[test]
fn a_manifest_wants_every_blob_live() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    world.push(&image, &layer);
    // Collection leaves no such link; a guard that trusts it would be none.
    world.database.run("update objects set live = 0");
    let put = || world.put(&image, &manifest(&[layer]), &[]);
    assert_eq!(world.writes_nothing(put), Err(PutError::Unknown(vec![layer])));
    assert_eq!(world.key(&image, &layer), None, "nor is it served");
}

#[test]
fn an_index_wants_every_child_to_be_a_manifest_or_a_blob_here() {
    let world = world();
    let image = world.image("myapp");
    let (child, blob, missing) = (manifest(&[]), digest("blob"), manifest(&[digest("x")]));
    world.put(&world.image("other"), &child, &[]).expect("put");
    world.push(&image, &blob);
    let put = |children: &[Digest]| world.put(&image, &index(children), &["latest"]);
    let all = [child.digest, blob, missing.digest];
    let told = world.writes_nothing(|| put(&all));
    assert_eq!(told, Err(PutError::Unknown(vec![child.digest, missing.digest])));
    world.put(&image, &child, &[]).expect("put");
    assert_eq!(put(&all[..2]), Ok(()));
}

#[test]
fn a_manifest_is_not_a_blob() {
    let world = world();
    let (image, child) = (world.image("myapp"), manifest(&[]));
    world.put(&image, &child, &[]).expect("put");
    let put = || world.put(&image, &manifest(&[child.digest]), &[]);
    assert_eq!(world.writes_nothing(put), Err(PutError::Unknown(vec![child.digest])));
}

#[test]
fn exempt_blobs_and_the_subject_need_not_be_here() {
    let world = world();
    let new = NewManifest {
        exempt: vec![digest("foreign layer")],
        subject: Some(digest("subject")),
        ..manifest(&[])
    };
    assert_eq!(world.put(&world.image("myapp"), &new, &["latest"]), Ok(()));
}

#[test]
fn the_same_put_again_changes_nothing() {
    let world = world();
    let (image, layer) = (world.image("myapp"), digest("layer"));
    world.push(&image, &layer);
    let put = || world.put(&image, &manifest(&[layer]), &["latest", "1.0"]);
    put().expect("put");
    world.clock.advance(100);
    assert_eq!(world.writes_nothing(put), Ok(()));
}

#[test]
fn a_tag_moves_and_the_manifest_before_stays() {
    let world = world();
    let image = world.image("myapp");
    let (old, new) = (manifest(&[]), index(&[]));
    world.put(&image, &old, &["latest", "old"]).expect("put");
    world.put(&image, &new, &["latest"]).expect("put");
    let at = |reference: &str| find(&world, &image, reference, None).expect("it").digest;
    assert_eq!(at("latest"), new.digest);
    assert_eq!(at("old"), old.digest);
    assert_eq!(at(&old.digest.to_string()), old.digest);
}

#[test]
fn who_may_not_push_puts_nothing() {
    let world = world();
    let image = world.image("myapp");
    let mut callers = vec![
        world.client("cli-puller", &[("*", &[Action::Pull, Action::Delete])]),
        world.client("cli-elsewhere", &[("myapp2", &[Action::Push])]),
        world.client("cli-nothing", &[]),
    ];
    let revoked = world.client("cli-revoked", &[("*", &[Action::Push])]);
    world.revoke(&revoked);
    callers.push(revoked);
    for caller in callers {
        let tags = [Tag::parse("latest").expect("a tag")];
        let new = manifest(&[]);
        let put = manifests::put(&world.database, &image, &caller, &new, &tags);
        assert_eq!(world.writes_nothing(|| block_on(put)), Err(PutError::Refused), "{caller:?}");
    }
}

#[test]
fn thousands_of_references_are_guarded_and_kept_within_what_d1_takes() {
    let world = world();
    let image = world.image("myapp");
    let many: Vec<_> =
        (0..12_001).map(|at| Algorithm::Sha512.digest(format!("{at}").as_bytes())).collect();
    let missing = world.writes_nothing(|| world.put(&image, &manifest(&many), &[]));
    assert_eq!(missing, Err(PutError::Unknown(many.clone())));
    let exempt = NewManifest { exempt: many, ..manifest(&[]) };
    assert_eq!(world.put(&image, &exempt, &[]), Ok(()));
    let kept = "select count(*) || '' from manifest_references";
    assert_eq!(world.database.texts(kept), ["12001"]);
}

#[test]
fn a_large_manifest_is_committed_with_the_bytes_in_r2() {
    let world = world();
    let image = world.image("myapp");
    let stored = world.stored(&image);
    let whole = stored.key.clone();
    let large = NewManifest { content: NewContent::Object(stored.clone()), ..manifest(&[]) };
    assert_eq!(world.put(&image, &large, &["latest"]), Ok(()));
    let found = find(&world, &image, "latest", None).expect("a manifest");
    assert_eq!(found.content, Content::Object(whole.clone()));
    assert_eq!(world.trash(), [format!("{whole}.1")]);
    assert_eq!(world.writes_nothing(|| world.put(&image, &large, &["latest"])), Ok(()));

    // Another push of the same manifest: its bytes are not needed.
    let second = world.stored(&image);
    let again = NewManifest { content: NewContent::Object(second.clone()), ..large.clone() };
    assert_eq!(world.put(&image, &again, &[]), Ok(()));
    let found = find(&world, &image, "latest", None).expect("a manifest");
    assert_eq!(found.content, Content::Object(whole));
    assert!(world.trash().contains(&second.key));
}

#[test]
fn a_large_manifest_wants_its_own_intent() {
    let world = world();
    let image = world.image("myapp");
    let stored = world.stored(&image);
    world.claim(&image, &stored.upload).expect("a newer claim");
    let large = NewManifest { content: NewContent::Object(stored), ..manifest(&[]) };
    let put = || world.put(&image, &large, &["latest"]);
    assert_eq!(world.writes_nothing(put), Err(PutError::Lost));
}
