//! The `Authorization` header, as tables.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use bhcr::account::credential::{Kind, Presented};
use bhcr::authorization::{Authorization, Credential};
use bhcr::secret::Secret;

fn basic(pair: &str) -> Authorization {
    Authorization::parse(Some(&format!("Basic {}", BASE64_STANDARD.encode(pair))))
}

fn of(user: &str, password: &str) -> Authorization {
    Authorization::Basic { user: user.to_owned(), password: Secret::new(password) }
}

#[test]
fn basic_has_any_user_name_before_the_first_colon() {
    let table = [
        ("user:key", "user", "key"),
        (":key", "", "key"),
        ("user:k:e:y", "user", "k:e:y"),
        ("::", "", ":"),
        ("name with spaces:key", "name with spaces", "key"),
        ("ünï:key", "ünï", "key"),
    ];
    for (pair, user, password) in table {
        assert_eq!(basic(pair), of(user, password), "{pair}");
    }
}

#[test]
fn a_credential_of_bhcr_is_told_apart_from_all_others() {
    let key = Kind::Key.random_secret();
    let told = |user, secret: &Secret| Credential::new(user, secret.clone());
    assert!(matches!(told(None, &key), Credential::Hosted(Ok(Presented::Key(_)))));
    for (user, secret) in [
        (None, "bhk_typo"),
        (Some("anyone"), "bhc_typo"),
        (None, "bha_operator"),
        (Some("KEY"), "of balena"),
        (Some("cli-abcde"), "of balena"),
    ] {
        let told = told(user, &Secret::new(secret));
        assert!(matches!(told, Credential::Hosted(_)), "{user:?} {secret}");
    }
    let other = Secret::new("of balena");
    assert_eq!(told(Some("anyone"), &other), Credential::Upstream(other.clone()));
    assert_eq!(told(None, &other), Credential::Upstream(other.clone()));
}

#[test]
fn basic_without_a_usable_password_is_malformed() {
    for pair in ["user:", "", "no colon", "user:two words", "user:line\nbreak", "user:pässword"] {
        assert_eq!(basic(pair), Authorization::Malformed, "{pair:?}");
    }
}

#[test]
fn basic_with_neither_user_nor_password_is_anonymous() {
    assert_eq!(basic(":"), Authorization::Anonymous);
}

#[test]
fn headers_are_read_as_clients_write_them() {
    let basic = |password| of("u", password);
    let bearer = |token| Authorization::Bearer(Secret::new(token));
    let table = [
        (format!("Basic {}", BASE64_STANDARD_NO_PAD.encode("u:key")), basic("key")),
        (format!("Basic {}", BASE64_STANDARD_NO_PAD.encode("u:key12")), basic("key12")),
        ("basic dTprZXkx".to_owned(), basic("key1")),
        ("BASIC  dTprZXkx ".to_owned(), basic("key1")),
        ("Bearer abc.def-_~+/=".to_owned(), bearer("abc.def-_~+/=")),
        ("bearer abc".to_owned(), bearer("abc")),
        ("Bearer   abc ".to_owned(), bearer("abc")),
    ];
    for (header, expected) in table {
        assert_eq!(Authorization::parse(Some(&header)), expected, "{header}");
    }
    assert_eq!(Authorization::parse(None), Authorization::Anonymous);
}

#[test]
fn any_other_header_is_malformed_and_never_anonymous() {
    let bad = [
        "",
        "Bearer",
        "Bearer ",
        "Bearer two words",
        "Bearer ümlaut",
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic dTprZXk-_w",
        "Basic /////w==",
        "Digest username=\"u\"",
        "dTprZXkx",
        "Basic:dTprZXkx",
    ];
    for header in bad {
        assert_eq!(Authorization::parse(Some(header)), Authorization::Malformed, "{header:?}");
    }
}

#[test]
fn no_credential_is_printed() {
    for told in [format!("{:?}", basic("user:hunter2")), format!("{:?}", Secret::new("hunter2"))] {
        assert!(!told.contains("hunter2"), "{told}");
    }
}
