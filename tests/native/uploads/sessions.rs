//! What a `Location` says, and to whom.

use bhcr::account::name::ImageName;
use bhcr::hosted::upload::id::UploadId;
use bhcr::hosted::upload::session::{LIFETIME, UploadSession};
use bhcr::oci::digest::Algorithm;
use bhcr::seal::Keys;

use crate::support::keys;

const NOW_MS: u64 = 1_800_000_000_123;
const NOW: u64 = NOW_MS / 1000;

fn image(name: &str) -> ImageName {
    ImageName::parse(name).expect("a name")
}

#[test]
fn a_session_is_opened_as_it_was_sealed() {
    let (keys, image) = (keys(&[]), image("acc-12345/app"));
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let session = UploadSession::begin(NOW_MS, algorithm);
        let sealed = session.seal(&keys, &image);
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        assert!(sealed.bytes().all(is_safe), "base64url, which no client rewrites: {sealed}");
        let opened = UploadSession::open(&keys, &image, &sealed, NOW).expect("it opens");
        assert_eq!(opened, session);
        assert_eq!((opened.algorithm(), opened.received()), (algorithm, 0));
        let later = session.having(77).seal(&keys, &image);
        let opened = UploadSession::open(&keys, &image, &later, NOW).expect("it opens");
        assert_eq!((opened.id(), opened.received()), (session.id(), 77));
    }
}

#[test]
fn a_session_opens_for_its_image_and_in_its_time_alone() {
    let (ours, name) = (keys(&[]), image("acc-12345/app"));
    let session = UploadSession::begin(NOW_MS, Algorithm::Sha256);
    let sealed = session.seal(&ours, &name);
    let open = |keys: &Keys, name: &ImageName, sealed: &str, now| {
        UploadSession::open(keys, name, sealed, now)
    };
    assert!(open(&ours, &name, &sealed, NOW + LIFETIME - 1).is_some());
    assert_eq!(open(&ours, &name, &sealed, NOW + LIFETIME), None, "its time is over");
    for other in ["acc-12345/app2", "acc-12345/app/image", "acc-54321/app"] {
        assert_eq!(open(&ours, &image(other), &sealed, NOW), None, "{other}");
    }
    let theirs = keys(&[("TOKEN_SECRET", "another secret, which is forty bytes long")]);
    assert_eq!(open(&theirs, &name, &sealed, NOW), None, "another deployment's");
    assert_eq!(open(&ours, &name, &sealed[1..], NOW), None, "cut");
    assert_eq!(open(&ours, &name, "", NOW), None, "empty");
}

#[test]
fn a_token_is_no_session_and_a_session_no_token() {
    let (keys, name) = (keys(&[]), image("acc-12345/app"));
    let sealed = UploadSession::begin(NOW_MS, Algorithm::Sha256).seal(&keys, &name);
    assert_eq!(keys.open_token(&sealed), None);
    let token = keys.seal_token(b"plain");
    assert_eq!(keys.open_upload(name.as_str(), &token), None);
}

#[test]
fn keys_follow_from_the_identifier_and_are_never_the_same() {
    let name = image("acc-12345/app");
    let [one, two] = [(); 2].map(|()| UploadId::random(NOW_MS));
    assert_ne!(one, two);
    let key = one.key(name.account());
    assert_eq!(key.as_str(), format!("b/acc-12345/2027-01-15/{}", one.as_str()));
    assert_eq!(key.piece(3), format!("{}.3", key.as_str()));
    assert_eq!(UploadId::parse(one.as_str()), Ok(one));
    let zero = UploadId::parse("00000000000000000000000000").expect("the least identifier");
    assert!(zero.key(name.account()).as_str().starts_with("b/acc-12345/1970-01-01/"));
}

#[test]
fn only_a_ulid_is_an_identifier() {
    assert!(UploadId::parse("7ZZZZZZZZZZZZZZZZZZZZZZZZZ").is_ok());
    for text in [
        "",
        "0",
        "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "7ZZZZZZZZZZZZZZZZZZZZZZZZI",
        "7zzzzzzzzzzzzzzzzzzzzzzzzz",
        "7ZZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "../../../../../../../../..",
    ] {
        assert!(UploadId::parse(text).is_err(), "{text}");
    }
}
