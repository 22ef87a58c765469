//! No bytes from outside make anything panic.

use bhcr::authorization::Authorization;
use bhcr::config::Config;
use bhcr::oci::challenge::TokenError;
use bhcr::oci::digest::Digest;
use bhcr::oci::name::Name;
use bhcr::oci::path::Path;
use bhcr::oci::reference::Reference;
use bhcr::oci::scope::Scope;
use bhcr::oci::token::TokenRequest;
use bhcr::origin::Origin;
use bhcr::release::location::Location;
use bhcr::release::reference::ReleaseReference;
use bhcr::route::{Route, split_url};
use bhcr::session::Session;
use bhcr::upstream::api::{read_release, read_token};
use bhcr::upstream::registry::{judge, redirect_target};
use http::Method;
use proptest::prelude::*;

use crate::support::{REGISTRY_HOST, config, keys, reply_with};

// What each parser reads when all is well: their mutations come closest to their inner branches.
const SEEDS: [&str; 17] = [
    "/v2/org/app/2.3.8/manifests/latest?ns=bhcr.io",
    "/v2/org/app/blobs/uploads/",
    "https://bhcr.io:8443/v2/org/app/tags/list?n=1",
    "http://[::1]:8787/auth/v1/token?scope=repository%3Aorg%2Fapp%3Apull",
    "scope=repository:org/app:pull&grant_type=password&password=key",
    "grant_type=refresh_token&refresh_token=key&scope=repository%3aa%2Fb:pull+c",
    "Bearer realm=\"https://r/auth\",service=\"r\",error=\"invalid_token\"",
    "Basic dXNlcjprZXk=",
    "Bearer token",
    "repository(plugin):org/app:pull,push",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "registry2.balena-cloud.com/v2/0123456789abcdef",
    "org/app/2.4.0-pre.1.1763000000000/service",
    r#"{"d":[{"release_image":[{"image":[{"is_stored_at__image_location":"r/v2/a","status":"success","is_a_build_of__service":[{"service_name":"s"}]}]}]}]}"#,
    r#"{"token":"e30.eyJleHAiOjF9.c2ln"}"#,
    "https://user:pw@storage.example.com/blob?X-Amz-Signature=1",
    "retry-after: 120",
];

// What comes out is another test's business.
fn ignore<T>(_: T) {}

fn text() -> impl Strategy<Value = String> {
    let seed = proptest::sample::select(SEEDS.to_vec());
    let mutated = (seed, any::<prop::sample::Index>(), any::<prop::sample::Index>(), ".{0,4}");
    let mutated = mutated.prop_map(|(seed, from, to, with)| {
        let (a, b) = (from.index(seed.len() + 1), to.index(seed.len() + 1));
        let (from, to) = (a.min(b), a.max(b));
        [&seed[..from], &with, &seed[to..]].concat()
    });
    prop_oneof![4 => mutated, 1 => any::<String>(), 1 => ".{0,64}"]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_text_makes_a_parser_panic(text in text()) {
        let name = Name::parse(&text).ok();
        ignore(name.map(ReleaseReference::parse));
        ignore((Reference::parse(&text), Digest::parse(&text), Scope::parse(&text)));
        if let Some(Ok(path)) = Path::parse(&text) {
            ignore(path.to_string());
        }
        ignore(TokenError::read(&text));
        if let Ok(origin) = Origin::parse(&text) {
            ignore((origin.host().len(), origin.authority().len()));
        }
        ignore(Location::parse(&text, &[REGISTRY_HOST.to_owned()]));
        let (origin, target) = split_url(&text);
        prop_assert!(text == [origin, target].concat() || target == "/");
        for method in [Method::GET, Method::POST] {
            ignore(Route::parse(&method, &text));
        }
    }

    #[test]
    fn no_request_for_a_token_makes_its_reader_panic(
        text in text(),
        header in text(),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        for header in [None, Some(&*header)] {
            let authorization = Authorization::parse(header);
            ignore(TokenRequest::from_query(&text, authorization.clone()));
            ignore(TokenRequest::from_form(text.as_bytes(), authorization.clone()));
            ignore(TokenRequest::from_form(&bytes, authorization));
        }
    }

    #[test]
    fn no_setting_makes_the_reader_of_settings_panic(
        values in prop::collection::vec(prop::option::of(text()), 6),
    ) {
        let read = Config::read(|name| values[name.len() % values.len()].clone());
        if let Err(problems) = read {
            prop_assert!(!problems.is_empty());
        }
    }

    #[test]
    fn no_reply_from_upstream_makes_its_reader_panic(
        status in 100..600_u16,
        body in text(),
        headers in (text(), text(), text()),
    ) {
        let config = config(&[]);
        let own = Origin::parse("https://bhcr.io").expect("an origin");
        let headers = [
            ("location", &*headers.0),
            ("www-authenticate", &*headers.1),
            ("retry-after", &*headers.2),
        ];
        for status in [status, 200, 307, 401, 429] {
            let reply = reply_with(status, &headers, &body);
            ignore((read_release(&config, &reply), read_token(&reply), judge(&reply)));
            ignore(redirect_target(&config, &own, &reply));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn nothing_that_we_did_not_seal_is_opened(
        text in prop_oneof![text(), "[A-Za-z0-9_-]{0,400}"],
        length in 0..8000_usize,
    ) {
        let keys = keys(&[]);
        prop_assert_eq!(Session::open(&text, &keys, 0), None);
        prop_assert_eq!(Session::open(&"A".repeat(length), &keys, 0), None);
        prop_assert_eq!(keys.open_entry("release/1/public/org/app", &text), None);
    }
}
