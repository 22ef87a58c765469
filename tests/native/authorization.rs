//! The `Authorization` header, as tables.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use bhcr::authorization::Authorization;
use bhcr::secret::Secret;

fn basic(pair: &str) -> Authorization {
    Authorization::parse(Some(&format!("Basic {}", BASE64_STANDARD.encode(pair))))
}

#[test]
fn the_user_name_of_basic_is_ignored() {
    let table = [
        ("user:key", "key"),
        (":key", "key"),
        ("user:k:e:y", "k:e:y"),
        ("::", ":"),
        ("name with spaces:key", "key"),
        ("ünï:key", "key"),
    ];
    for (pair, password) in table {
        assert_eq!(basic(pair), Authorization::Basic(Secret::new(password)), "{pair}");
    }
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
    let basic = |password| Authorization::Basic(Secret::new(password));
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
