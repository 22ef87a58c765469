//! What a manifest is asked for by, and digests, as tables.

use bhcr::oci::digest::{Digest, InvalidDigest};
use bhcr::oci::reference::{InvalidReference, Reference};

const HEX_64: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn digests_have_a_registered_algorithm_and_its_length() {
    let sha512 = format!("sha512:{HEX_64}{HEX_64}");
    for text in [&*format!("sha256:{HEX_64}"), &sha512] {
        assert_eq!(Digest::parse(text).map(String::from).as_deref(), Ok(text));
    }
    let bad = [
        ("empty", String::new()),
        ("no algorithm", HEX_64.to_owned()),
        ("empty algorithm", format!(":{HEX_64}")),
        ("unknown algorithm", format!("md5:{HEX_64}")),
        ("upper-case algorithm", format!("SHA256:{HEX_64}")),
        ("upper-case hex", format!("sha256:{}", HEX_64.to_uppercase())),
        ("no hex", format!("sha256:{}", "g".repeat(64))),
        ("63 digits", format!("sha256:{}", &HEX_64[1..])),
        ("65 digits", format!("sha256:{HEX_64}0")),
        ("sha512 with 64 digits", format!("sha512:{HEX_64}")),
        ("sha256 with 128 digits", format!("sha256:{HEX_64}{HEX_64}")),
        ("two colons", format!("sha256::{HEX_64}")),
        ("encoded colon", format!("sha256%3a{HEX_64}")),
        ("newline behind", format!("sha256:{HEX_64}\n")),
    ];
    for (what, text) in bad {
        assert_eq!(Digest::parse(&text), Err(InvalidDigest), "{what}");
    }
}

#[test]
fn a_reference_is_a_tag_or_a_digest_by_its_colon() {
    let longest = "t".repeat(128);
    for text in ["latest", "v1.2.3", "_", "A-b_c.9", &longest] {
        let Ok(Reference::Tag(tag)) = Reference::parse(text) else { panic!("{text} is a tag") };
        assert_eq!(tag.as_str(), text);
    }
    let digest = format!("sha256:{HEX_64}");
    assert!(
        matches!(Reference::parse(&digest), Ok(Reference::Digest(d)) if d.to_string() == digest)
    );
}

#[test]
fn a_bad_reference_is_told_by_what_it_was_meant_as() {
    let too_long = "t".repeat(129);
    let bad = [
        ("", InvalidReference::Tag),
        (".hidden", InvalidReference::Tag),
        ("-dash", InvalidReference::Tag),
        ("a b", InvalidReference::Tag),
        ("..", InvalidReference::Tag),
        ("%2e%2e", InvalidReference::Tag),
        ("2.3.8+rev1", InvalidReference::Tag),
        ("sha256%3Aabc", InvalidReference::Tag),
        ("a\\b", InvalidReference::Tag),
        (&too_long, InvalidReference::Tag),
        ("sha256:abc", InvalidReference::Digest),
        ("latest:", InvalidReference::Digest),
        (":", InvalidReference::Digest),
    ];
    for (text, reason) in bad {
        assert_eq!(Reference::parse(text), Err(reason), "{text:?}");
    }
}

#[test]
fn tags_that_stand_for_what_is_attached_to_a_digest_are_known() {
    let table = [
        (format!("sha256-{HEX_64}"), true),
        (format!("sha256-{HEX_64}.sig"), true),
        (format!("sha256-{HEX_64}.att"), true),
        (format!("sha256-{}", &HEX_64[1..]), false),
        (format!("sha256-{}", "z".repeat(64)), false),
        (format!("v-sha256-{HEX_64}"), false),
        ("sha256-".to_owned(), false),
        ("latest".to_owned(), false),
    ];
    for (text, expected) in table {
        let Ok(Reference::Tag(tag)) = Reference::parse(&text) else { panic!("{text} is a tag") };
        assert_eq!(tag.is_attachment(), expected, "{text}");
    }
}
