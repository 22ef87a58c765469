//! Blobs that are pulled again.

use bhcr::account::name::ImageName;
use bhcr::hosted::blob::{self, Asked, PullError, Pulled, Redirects};
use bhcr::presign::Presigner;
use bhcr::secret::Secret;
use bhcr::services::objects::{Objects, Span};

use super::world::{World, content, known, sha256, world};

const BLOB: &[u8] = b"0123456789";

fn pushed() -> World {
    let world = world();
    world.finish(&world.begin(), sha256(BLOB), known(BLOB)).expect("it is pushed");
    world
}

fn image(name: &str) -> ImageName {
    ImageName::parse(name).expect("a name")
}

fn pull(world: &World, asked: Asked<'_>) -> Result<Pulled<Vec<u8>>, PullError> {
    pollster::block_on(blob::pull(world.hosting(), &world.image, sha256(BLOB), asked, None))
}

fn whole() -> Result<Pulled<Vec<u8>>, PullError> {
    Ok(Pulled::Whole { size: 10, body: BLOB.to_vec() })
}

fn part(offset: usize, length: usize) -> Result<Pulled<Vec<u8>>, PullError> {
    let span = Span { offset: offset as u64, length: length as u64 };
    Ok(Pulled::Part { size: 10, span, body: BLOB[offset..offset + length].to_vec() })
}

#[test]
fn a_range_is_answered_as_the_specification_of_http_says() {
    let world = pushed();
    let out_of_range = || Ok(Pulled::OutOfRange { size: 10 });
    for (range, expected) in [
        ("bytes=0-0", part(0, 1)),
        ("bytes=3-6", part(3, 4)),
        ("bytes=3-", part(3, 7)),
        ("bytes=0-", part(0, 10)),
        ("bytes=-3", part(7, 3)),
        ("bytes=-99", part(0, 10)),
        ("bytes=8-99", part(8, 2)),
        ("bytes=9-18446744073709551615", part(9, 1)),
        ("Bytes=0-0", part(0, 1)),
        ("bytes=10-", out_of_range()),
        ("bytes=10-20", out_of_range()),
        ("bytes=-0", out_of_range()),
        ("bytes=5-4", whole()),
        ("bytes=a-4", whole()),
        ("bytes=+1-4", whole()),
        ("bytes=-", whole()),
        ("bytes=0-1,3-4", whole()),
        ("chunks=0-1", whole()),
        ("bytes", whole()),
        ("", whole()),
        ("bytes=18446744073709551616-", whole()),
    ] {
        let asked = Asked { range: Some(range), ..Asked::default() };
        assert_eq!(pull(&world, asked), expected, "{range}");
    }
}

#[test]
fn an_empty_blob_has_no_range() {
    let world = world();
    world.finish(&world.begin(), sha256(b""), known(b"")).expect("it is pushed");
    let pull = |range| {
        let asked = Asked { range, ..Asked::default() };
        let pulled = blob::pull(world.hosting(), &world.image, sha256(b""), asked, None);
        pollster::block_on(pulled)
    };
    assert_eq!(pull(None), Ok(Pulled::Whole { size: 0, body: Vec::new() }));
    for range in ["bytes=0-0", "bytes=0-", "bytes=-1"] {
        assert_eq!(pull(Some(range)), Ok(Pulled::OutOfRange { size: 0 }), "{range}");
    }
}

#[test]
fn conditions_are_about_the_digest() {
    let world = pushed();
    let etag = blob::etag(sha256(BLOB));
    let weak = format!("\"x\", W/{etag}");
    for (known, expected) in [
        (&*etag, Ok(Pulled::NotModified)),
        (&*weak, Ok(Pulled::NotModified)),
        ("*", Ok(Pulled::NotModified)),
        ("\"x\"", whole()),
        ("", whole()),
    ] {
        let asked = Asked { if_none_match: Some(known), ..Asked::default() };
        assert_eq!(pull(&world, asked), expected, "{known}");
    }
    let range = Some("bytes=0-0");
    for (version, expected) in [(&*etag, part(0, 1)), ("\"x\"", whole()), ("", whole())] {
        let asked = Asked { range, if_range: Some(version), ..Asked::default() };
        assert_eq!(pull(&world, asked), expected, "{version}");
    }
}

#[test]
fn only_what_the_image_has_is_pulled() {
    let world = pushed();
    let other = World { image: image("acc-12345/other"), ..world };
    assert_eq!(pull(&other, Asked::default()), Err(PullError::Unknown));
    for pusher in [false, true] {
        let size = blob::size(other.hosting(), &other.image, sha256(BLOB), pusher);
        assert_eq!(pollster::block_on(size), Err(PullError::Unknown));
    }
    let back = World { image: image("acc-12345/app/image"), ..other };
    let size = blob::size(back.hosting(), &back.image, sha256(BLOB), true);
    assert_eq!(pollster::block_on(size), Ok(10));
}

#[test]
fn data_that_is_lost_is_told_from_a_blob_that_never_was() {
    let world = pushed();
    let key = world.find(&sha256(BLOB)).expect("it is linked").key;
    pollster::block_on(world.objects().put_bytes(&key, &content(3))).expect("it is stored");
    let asked = Asked { range: Some("bytes=5-6"), ..Asked::default() };
    assert_eq!(pull(&world, asked), Err(PullError::Lost));
    pollster::block_on(world.objects().delete(&[key])).expect("it is deleted");
    assert_eq!(pull(&world, Asked::default()), Err(PullError::Lost));
}

#[test]
fn a_presigned_url_names_the_key_and_its_time() {
    let world = pushed();
    let endpoint = "https://id.r2.cloudflarestorage.com/images";
    let presigner = Presigner::new(endpoint, "key-id", &Secret::new("hush")).expect("an endpoint");
    let redirects = Redirects { presigner: &presigner, now: 1_800_000_000, seconds: 60 };
    let asked = Asked { range: Some("bytes=0-0"), ..Asked::default() };
    let image = &world.image;
    let pulled = blob::pull(world.hosting(), image, sha256(BLOB), asked, Some(redirects));
    let Ok(Pulled::Redirect(url)) = pollster::block_on(pulled) else { panic!("no redirect") };
    let key = world.find(&sha256(BLOB)).expect("it is linked").key;
    assert!(url.starts_with(&format!("{endpoint}/{key}?")), "{url}");
    for part in ["X-Amz-Date=20270115T080000Z", "X-Amz-Expires=60", "key-id%2F20270115%2Fauto%2Fs3"]
    {
        assert!(url.contains(part), "{part} in {url}");
    }
    assert!(!url.contains("hush") && !format!("{presigner:?}").contains("hush"));
}
