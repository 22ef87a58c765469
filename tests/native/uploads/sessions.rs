//! What a `Location` says, and to whom.

use bhcr::account::name::ImageName;
use bhcr::hosted::catalog::uploads::{Claim, Progress};
use bhcr::hosted::upload::id::{UploadId, begun, mark};
use bhcr::hosted::upload::session::{LIFETIME, UploadSession};
use bhcr::oci::digest::Algorithm;
use bhcr::seal::Keys;
use bhcr::services::objects::{PART, Part};

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

/// A session that carries as much as one ever does, with identifiers like these.
fn carrying(id: &str, etag: &str) -> UploadSession {
    let parts = (14..26).map(|number| Part { number, etag: etag.to_owned() }).collect();
    let progress = Progress {
        offset: 25 * PART + 10,
        multipart: Some(mark(3, id)),
        tail: Some(3),
        digest: Some(Algorithm::Sha256.digest(b"so far")),
        parts,
    };
    UploadSession::begin(NOW_MS, Algorithm::Sha256).carrying(&Claim { version: 3, progress })
}

#[test]
fn what_is_not_recorded_is_sealed_in_a_location_of_sensible_length() {
    let (keys, image) = (keys(&[]), image("acc-12345/app"));
    // Etags of R2 are MD5, those of its simulator 128 random bytes; identifiers are as long as these.
    for (id, etag, longest) in [
        ("A/+=".repeat(85), "0123456789abcdef".repeat(2), 1400),
        ("Az-_".repeat(43), "Az-_".repeat(43), 3300),
    ] {
        let session = carrying(&id, &etag);
        let sealed = session.seal(&keys, &image);
        assert!(sealed.len() < longest, "{} characters", sealed.len());
        assert_eq!(UploadSession::open(&keys, &image, &sealed, NOW), Some(session));
    }
}

#[test]
fn a_worker_from_before_opens_what_carries_nothing_and_nothing_else() {
    let (keys, image) = (keys(&[]), image("acc-12345/app"));
    let sealed = carrying("id", "etag").seal(&keys, &image);
    assert_eq!(keys.open_upload(image.as_str(), &sealed), None);
    let session = UploadSession::begin(NOW_MS, Algorithm::Sha512).having(77);
    let of_old = (session.id().as_str(), session.expires(), true, 77_u64);
    let plain = postcard::to_allocvec(&of_old).expect("it serializes");
    let sealed = keys.seal_upload(image.as_str(), &plain);
    assert_eq!(UploadSession::open(&keys, &image, &sealed, NOW), Some(session.clone()));
    assert_eq!(keys.open_upload(image.as_str(), &session.seal(&keys, &image)), Some(plain));
}

#[test]
fn a_session_opens_for_its_image_and_in_its_time_alone() {
    let (ours, name) = (keys(&[]), image("acc-12345/app"));
    let session = UploadSession::begin(NOW_MS, Algorithm::Sha256);
    for session in [session, carrying("id", "etag")] {
        opens_for_its_image_and_in_its_time_alone(&ours, &name, &session.seal(&ours, &name));
    }
}

fn opens_for_its_image_and_in_its_time_alone(ours: &Keys, name: &ImageName, sealed: &str) {
    let open = |keys: &Keys, name: &ImageName, sealed: &str, now| {
        UploadSession::open(keys, name, sealed, now)
    };
    assert!(open(ours, name, sealed, NOW + LIFETIME - 1).is_some());
    assert_eq!(open(ours, name, sealed, NOW + LIFETIME), None, "its time is over");
    for other in ["acc-12345/app2", "acc-12345/app/image", "acc-54321/app"] {
        assert_eq!(open(ours, &image(other), sealed, NOW), None, "{other}");
    }
    let theirs = keys(&[("TOKEN_SECRET", "another secret, which is forty bytes long")]);
    assert_eq!(open(&theirs, name, sealed, NOW), None, "another deployment's");
    assert_eq!(open(ours, name, &sealed[1..], NOW), None, "cut");
    assert_eq!(open(ours, name, "", NOW), None, "empty");
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
    for (version, own) in [(1, key.as_str().to_owned()), (3, key.piece(2)), (5, key.piece(4))] {
        assert_eq!(key.of_parts(version), own);
        assert_eq!(begun(key.as_str(), &mark(version, "A/+=")), (own, "A/+="));
    }
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
