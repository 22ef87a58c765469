//! Secrets of bhcr: made, recognized, told from typos.

use bhcr::account::credential::{Kind, Presented, SecretHash, Unusable};
use bhcr::account::id::ClientId;
use bhcr::secret::Secret;

const PREFIXES: [(Kind, &str); 2] = [(Kind::Key, "bhk_"), (Kind::Client, "bhc_")];

fn text_of(secret: &Secret) -> String {
    secret.expose().to_owned()
}

#[test]
fn a_secret_has_its_prefix_and_48_characters_and_never_comes_twice() {
    for (kind, prefix) in PREFIXES {
        let secret = text_of(&kind.random_secret());
        let rest = secret.strip_prefix(prefix).expect("the prefix");
        assert_eq!(rest.len(), 48);
        assert!(rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')));
        assert_ne!(secret, text_of(&kind.random_secret()));
    }
}

#[test]
fn an_access_key_is_recognized_with_any_user_name_and_without_one() {
    let secret = Kind::Key.random_secret();
    let expected = Some(Ok(Presented::Key(SecretHash::of(&secret))));
    for user in [None, Some("KEY"), Some("me@example.com"), Some(""), Some("cli-abcde")] {
        assert_eq!(Presented::recognize(user, &secret), expected, "{user:?}");
    }
}

#[test]
fn a_client_is_recognized_by_its_user_name_and_secret_together() {
    let (id, secret) = (ClientId::random(), Kind::Client.random_secret());
    let hash = SecretHash::of(&secret);
    let with = |user| Presented::recognize(user, &secret);
    assert_eq!(with(Some(id.as_str())), Some(Ok(Presented::Client(id.clone(), hash))));
    for user in [None, Some(""), Some("KEY"), Some("cli-"), Some("someone")] {
        assert_eq!(with(user), Some(Err(Unusable::NeedsClientId)), "{user:?}");
    }
}

#[test]
fn every_changed_character_of_a_secret_is_a_typo() {
    for (kind, prefix) in PREFIXES {
        let secret = text_of(&kind.random_secret());
        for at in prefix.len()..secret.len() {
            let mut typo = secret.clone().into_bytes();
            typo[at] = if typo[at] == b'A' { b'B' } else { b'A' };
            let typo = Secret::new(String::from_utf8(typo).expect("ASCII"));
            let found = Presented::recognize(Some("cli-abcde"), &typo);
            assert_eq!(found, Some(Err(Unusable::Mistyped)), "at {at}");
        }
    }
}

#[test]
fn a_secret_that_is_cut_or_of_the_other_kind_is_a_typo() {
    let secret = text_of(&Kind::Key.random_secret());
    let other = secret.replace("bhk_", "bhc_");
    let (cut, longer) = (&secret[..secret.len() - 1], format!("{secret}A"));
    for typo in ["bhk_", "bhc_", "bhk_password", cut, &longer, &other] {
        let found = Presented::recognize(None, &Secret::new(typo));
        assert_eq!(found, Some(Err(Unusable::Mistyped)), "{typo}");
    }
}

#[test]
fn a_credential_that_came_with_a_user_name_of_bhcr_is_recognized_whatever_it_is() {
    for user in ["KEY", "cli-", "cli-abcde", "cli-ABC"] {
        let found = Presented::recognize(Some(user), &Secret::new("a balena API key"));
        assert_eq!(found, Some(Err(Unusable::Mistyped)), "{user}");
    }
}

#[test]
fn a_secret_with_a_small_mistake_around_it_is_a_typo() {
    for (kind, prefix) in PREFIXES {
        let secret = text_of(&kind.random_secret());
        let spelled = |with: &str| secret.replacen(prefix, with, 1);
        for typo in [
            spelled(&prefix.to_uppercase()),
            spelled(&prefix.replacen('b', "B", 1)),
            format!("\"{secret}\""),
            format!("'{secret}'"),
            format!("KEY:{secret}"),
            format!("={secret}"),
            format!("<{secret}>"),
            format!("{prefix}{secret}"),
            format!("a{}b", spelled(&prefix.to_uppercase())),
            format!("{secret}{secret}"),
        ] {
            let found = Presented::recognize(Some("someone"), &Secret::new(&*typo));
            assert_eq!(found, Some(Err(Unusable::Mistyped)), "{typo}");
        }
    }
    for typo in ["Bha_0123456789", "BHA_0123456789"] {
        let found = Presented::recognize(None, &Secret::new(typo));
        assert_eq!(found, Some(Err(Unusable::Mistyped)), "{typo}");
    }
}

#[test]
fn a_text_full_of_prefixes_is_not_looked_through_to_its_end() {
    let none = format!("x{}", "bhk_".repeat(16));
    assert_eq!(Presented::recognize(None, &Secret::new(none)), None);
    let many = format!("x{}", "bhk_".repeat(17));
    let found = Presented::recognize(None, &Secret::new(many));
    assert_eq!(found, Some(Err(Unusable::Mistyped)));
}

#[test]
fn the_operators_secret_is_recognized_by_its_prefix() {
    let secret = Secret::new("bha_0123456789");
    let expected = Some(Ok(Presented::Operator(SecretHash::of(&secret))));
    for user in [None, Some("KEY"), Some("operator")] {
        assert_eq!(Presented::recognize(user, &secret), expected, "{user:?}");
    }
}

#[test]
fn credentials_of_others_are_not_recognized() {
    for (user, secret) in [
        (None, "0123456789abcdef0123456789abcdef"),
        (Some("anyone"), "a balena session token"),
        (Some("key"), "x"),
        (Some("KEYS"), "xbhk_x"),
        (None, "xbhk_0123456789abcdef0123456789abcdef0123456789abcdef"),
        (None, "xbha_0123456789"),
        (None, "bhk"),
    ] {
        assert_eq!(Presented::recognize(user, &Secret::new(secret)), None, "{user:?} {secret}");
    }
}

#[test]
fn a_hash_is_sha256_in_hexadecimal_digits() {
    let hash = SecretHash::of(&Secret::new("abc"));
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(hash.to_hex(), expected);
}
