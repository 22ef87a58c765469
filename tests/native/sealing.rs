//! Sealing: a sealed text is bound to a purpose, a deployment and a secret.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use bhcr::secret::Secret;

use crate::support::{OTHER_SECRET, SECRET, keys};

const KEY: &str = "release/5/public/org/app";

#[test]
fn what_was_sealed_is_opened_again() {
    let keys = keys(&[]);
    for plain in [&b""[..], b"a", &[0, 255, 0], &[7; 5000]] {
        assert_eq!(keys.open_token(&keys.seal_token(plain)).as_deref(), Some(plain));
        assert_eq!(keys.open_entry(KEY, &keys.seal_entry(KEY, plain)).as_deref(), Some(plain));
    }
}

#[test]
fn the_same_text_is_never_sealed_the_same_way_twice() {
    let keys = keys(&[]);
    assert_ne!(keys.seal_token(b"plain"), keys.seal_token(b"plain"));
}

#[test]
fn a_sealed_text_fits_a_header_and_does_not_show_its_content() {
    let sealed = keys(&[]).seal_token(b"org/app org/app org/app");
    assert!(sealed.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{sealed}");
    let bytes = BASE64.decode(&sealed).expect("base64url");
    assert!(!bytes.windows(7).any(|part| part == b"org/app"));
}

#[test]
fn a_sealed_text_with_any_change_does_not_open() {
    let keys = keys(&[]);
    let (token, entry) = (keys.seal_token(b"plain"), keys.seal_entry(KEY, b"plain"));
    for (sealed, opened) in [
        (&token, &(|text: &str| keys.open_token(text)) as &dyn Fn(&str) -> _),
        (&entry, &|text: &str| keys.open_entry(KEY, text)),
    ] {
        let bytes = BASE64.decode(sealed).expect("base64url");
        for at in 0..bytes.len() {
            for bit in [1, 0x80] {
                let mut changed = bytes.clone();
                changed[at] ^= bit;
                assert_eq!(opened(&BASE64.encode(&changed)), None, "byte {at}");
            }
            assert_eq!(opened(&BASE64.encode(&bytes[..at])), None, "first {at} bytes");
            assert_eq!(opened(&BASE64.encode(&bytes[at + 1..])), None, "without {at} bytes");
        }
        for spelled in [format!("{sealed}A"), format!("{sealed}="), format!(" {sealed}")] {
            assert_eq!(opened(&spelled), None, "{spelled}");
        }
    }
}

#[test]
fn another_deployment_opens_nothing_even_with_the_same_secret() {
    let ours = keys(&[]);
    let (token, entry) = (ours.seal_token(b"plain"), ours.seal_entry(KEY, b"plain"));
    let others: [&[(&str, &str)]; 6] = [
        &[("TOKEN_SECRET", OTHER_SECRET)],
        &[("REGISTRY2_HOST", "registry2.example.com")],
        &[("REGISTRY_URL", "https://registry2.balena-cloud.com:8443")],
        &[("REGISTRY_URL", "http://registry2.balena-cloud.com")],
        &[("API_HOST", "api.example.com")],
        &[("DNS_TLD", "example.com")],
    ];
    for settings in others {
        let other = keys(settings);
        assert_eq!(other.open_token(&token), None, "{settings:?}");
        assert_eq!(other.open_entry(KEY, &entry), None, "{settings:?}");
    }
    let same = keys(&[("API_URL", "https://api.balena-cloud.com"), ("TARGET_SECONDS", "30")]);
    assert_eq!(same.open_token(&token).as_deref(), Some(&b"plain"[..]));
}

#[test]
fn the_previous_secret_opens_tokens_and_seals_nothing() {
    let old = keys(&[]);
    let rotated = keys(&[("TOKEN_SECRET", OTHER_SECRET), ("TOKEN_SECRET_PREVIOUS", SECRET)]);
    assert_eq!(rotated.open_token(&old.seal_token(b"plain")).as_deref(), Some(&b"plain"[..]));
    let sealed = rotated.seal_token(b"plain");
    assert_eq!(rotated.open_token(&sealed).as_deref(), Some(&b"plain"[..]));
    assert_eq!(old.open_token(&sealed), None);

    let elsewhere = keys(&[
        ("TOKEN_SECRET", OTHER_SECRET),
        ("TOKEN_SECRET_PREVIOUS", SECRET),
        ("API_HOST", "api.example.com"),
    ]);
    assert_eq!(elsewhere.open_token(&old.seal_token(b"plain")), None);
}

#[test]
fn a_token_does_not_open_as_an_entry_nor_an_entry_as_a_token() {
    let keys = keys(&[]);
    let (token, entry) = (keys.seal_token(b"plain"), keys.seal_entry("", b"plain"));
    assert_eq!(keys.open_entry("", &token), None);
    assert_eq!(keys.open_token(&entry), None);
    assert_eq!(keys.open_entry("", &entry).as_deref(), Some(&b"plain"[..]));
}

#[test]
fn an_entry_opens_only_under_its_own_key() {
    let keys = keys(&[]);
    let entry = keys.seal_entry(KEY, b"plain");
    for other in ["", "release/5/public/org/ap", "release/1/public/org/app/", "release/1/private/x"]
    {
        assert_eq!(keys.open_entry(other, &entry), None, "{other}");
    }
}

#[test]
fn a_digest_depends_on_the_secret_the_credential_and_the_text() {
    let digest = |settings: &[(&str, &str)], credential: &str, text: &str| {
        keys(settings).digest(&Secret::new(credential), text)
    };
    let one = digest(&[], "key", "org/app");
    assert_eq!(digest(&[], "key", "org/app"), one);
    let others = [
        digest(&[("TOKEN_SECRET", OTHER_SECRET)], "key", "org/app"),
        digest(&[], "kez", "org/app"),
        digest(&[], "key", "org/apq"),
        digest(&[], "keyo", "rg/app"),
        digest(&[], "ke", "yorg/app"),
        digest(&[], "", "keyorg/app"),
    ];
    for (at, other) in others.iter().enumerate() {
        assert_ne!(*other, one, "row {at}");
    }
    assert!(!one.contains("key"));
}

#[test]
fn a_cache_namespace_is_of_one_deployment_under_one_secret() {
    let one = keys(&[]);
    let [ours] = &**one.namespaces() else { panic!("one secret, one namespace") };
    assert!(ours.len() >= 20 && !ours.contains(SECRET), "{ours}");
    assert_eq!(keys(&[]).namespaces(), one.namespaces(), "every isolate has the same");
    for setting in [
        ("TOKEN_SECRET", OTHER_SECRET),
        ("API_HOST", "api.other.example"),
        ("REGISTRY2_HOST", "registry.other.example"),
    ] {
        assert_ne!(keys(&[setting]).namespaces(), one.namespaces(), "{}", setting.0);
    }
    let rotated = [("TOKEN_SECRET", OTHER_SECRET), ("TOKEN_SECRET_PREVIOUS", SECRET)];
    let rotated = keys(&rotated);
    assert_eq!(rotated.namespaces()[1..], **one.namespaces(), "the one before comes last");
}
