use bhcr::account::name::ImageName;
use bhcr::hosted::catalog::manifests::NewManifest;
use bhcr::hosted::catalog::{referrers, tags};
use bhcr::oci::digest::Digest;
use pollster::block_on;

use super::world::{World, digest, manifest, world};

fn page(world: &World, after: Option<&str>, limit: u64) -> (Vec<String>, bool) {
    let image = world.image("myapp");
    let page = block_on(tags::page(&world.database, &image, after, limit)).expect("it answers");
    let page = page.expect("an image");
    (page.tags.iter().map(|tag| tag.as_str().to_owned()).collect(), page.more)
}

#[test]
fn tags_come_in_pages_in_an_order_without_case() {
    let world = world();
    let image = world.image("myapp");
    world.put(&image, &manifest(&[]), &["b", "A", "a", "B", "_", "c", "10", "9"]).expect("put");
    let all = ["10", "9", "_", "A", "a", "B", "b", "c"].map(str::to_owned);
    assert_eq!(page(&world, None, 100), (all.to_vec(), false));
    assert_eq!(page(&world, None, 8), (all.to_vec(), false));
    assert_eq!(page(&world, None, 0), (vec![], true));
    let (mut walked, mut after) = (Vec::new(), None::<String>);
    loop {
        let (tags, more) = page(&world, after.as_deref(), 3);
        assert!(tags.len() == 3 || !more);
        walked.extend(tags);
        after = walked.last().cloned();
        if !more {
            break;
        }
    }
    assert_eq!(walked, all);
    assert_eq!(page(&world, Some("aa"), 2), (vec!["B".to_owned(), "b".to_owned()], true));
    assert_eq!(page(&world, Some("not; a tag"), 1).0, [""; 0]);
}

#[test]
fn an_image_without_tags_is_told_apart_from_no_image() {
    let world = world();
    world.put(&world.image("myapp"), &manifest(&[]), &[]).expect("put");
    assert_eq!(page(&world, None, 10), (vec![], false));
    for path in ["myapp/image", "myap", "myapp2"] {
        let image = world.image(path);
        assert_eq!(block_on(tags::page(&world.database, &image, None, 10)), Ok(None), "{path}");
    }
}

// What a page costs, counted in the steps that SQLite takes.
#[test]
fn a_page_costs_the_same_among_a_hundred_tags_as_among_ten_thousand() {
    let cost = |count: usize| {
        let world = world();
        let names: Vec<_> = (0..count).map(|at| format!("v{at:05}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        world.put(&world.image("myapp"), &manifest(&[]), &names).expect("put");
        page(&world, Some("v00010"), 50);
        let before = world.database.steps();
        assert_eq!(page(&world, Some("v00010"), 50).0.len(), 50);
        world.database.steps() - before
    };
    assert_eq!(cost(100), cost(10_000));
}

fn referrer(subject: &Digest, name: &str, kind: Option<&str>) -> NewManifest {
    NewManifest {
        digest: digest(name),
        subject: Some(*subject),
        artifact_type: kind.map(str::to_owned),
        annotations: Some(format!("{{\"name\":\"{name}\"}}")),
        ..manifest(&[])
    }
}

fn referrers_of(
    world: &World,
    image: &ImageName,
    subject: &Digest,
    kind: Option<&str>,
) -> Vec<Digest> {
    let page = referrers::page(&world.database, image, subject, kind, None, 100);
    let page = block_on(page).expect("it answers");
    assert!(!page.more);
    page.referrers.iter().map(|it| it.digest).collect()
}

#[test]
fn referrers_are_filtered_and_of_this_image_only() {
    let world = world();
    let (image, subject) = (world.image("myapp"), digest("subject"));
    let [sbom, signature, plain] = [
        referrer(&subject, "sbom", Some("application/sbom")),
        referrer(&subject, "signature", Some("application/signature")),
        referrer(&subject, "plain", None),
    ];
    for new in [&sbom, &signature, &plain, &referrer(&digest("other"), "other", None)] {
        world.put(&image, new, &[]).expect("put");
    }
    world.put(&world.image("elsewhere"), &referrer(&subject, "there", None), &[]).expect("put");
    let mut all = vec![sbom.digest, signature.digest, plain.digest];
    all.sort_by_key(Digest::to_string);
    assert_eq!(referrers_of(&world, &image, &subject, None), all);
    let of_kind = |kind| referrers_of(&world, &image, &subject, Some(kind));
    assert_eq!(of_kind("application/sbom"), [sbom.digest]);
    assert_eq!(of_kind("application/none"), []);
    let page =
        referrers::page(&world.database, &image, &subject, Some("application/sbom"), None, 1);
    let found = block_on(page).expect("it answers").referrers.remove(0);
    assert_eq!(found.annotations, sbom.annotations);
    assert_eq!((found.artifact_type, found.size), (sbom.artifact_type, sbom.size));
    assert_eq!(found.media_type, sbom.media_type);
}

#[test]
fn referrers_come_in_pages() {
    let world = world();
    let (image, subject) = (world.image("myapp"), digest("subject"));
    let mut all: Vec<_> = (0..25)
        .map(|at| {
            let kind = (at % 2 == 0).then_some("application/sbom");
            let new = referrer(&subject, &format!("referrer {at}"), kind);
            world.put(&image, &new, &[]).expect("put");
            (new.digest, kind)
        })
        .collect();
    all.sort_by_key(|(digest, _)| digest.to_string());
    for kind in [None, Some("application/sbom")] {
        let wanted = all.iter().filter(|(_, it)| kind.is_none() || *it == kind);
        let wanted: Vec<_> = wanted.map(|(digest, _)| *digest).collect();
        let (mut walked, mut more) = (Vec::new(), true);
        while more {
            let after = walked.last();
            let page = referrers::page(&world.database, &image, &subject, kind, after, 10);
            let page = block_on(page).expect("it answers");
            walked.extend(page.referrers.iter().map(|it| it.digest));
            more = page.more;
        }
        assert_eq!(walked, wanted);
    }
}
