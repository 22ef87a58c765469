//! Redirect targets: storage is allowed, and no host to which a client would send its token.

use bhcr::fault::{BadRedirect, Fault};
use bhcr::origin::Origin;
use bhcr::upstream::registry::redirect_target;
use bhcr::upstream::target;
use proptest::prelude::*;
use url::Url;

use crate::support::{config, reply, reply_with};

fn sent(own: &str, location: &str) -> Result<String, Fault> {
    let config = config(&[]);
    relayed(&config, own, location)
}

fn relayed(config: &bhcr::config::Config, own: &str, location: &str) -> Result<String, Fault> {
    let own = Origin::parse(own).expect("an origin");
    let reply = reply_with(307, &[("location", location)], "");
    redirect_target(config, &own, &reply).map(str::to_owned)
}

#[test]
fn a_redirect_to_storage_is_relayed_to_the_byte() {
    let good = [
        "https://bucket.s3.amazonaws.com/a%2Fb?X-Amz-Signature=0%2b&X-Amz-Date=20260101T000000Z",
        "https://d1.cloudfront.net/blob?Signature=a~b_&Key-Pair-Id=K",
        "https://storage.example:8443/blob",
        "https://STORAGE.example/Blob",
        "https://notbhcr.io/blob",
        "https://bhcr.io.storage.example/blob",
        "https://io/blob",
        "https://sub.registry2.balena-cloud.com/blob",
    ];
    for location in good {
        assert_eq!(sent("https://bhcr.io", location).as_deref(), Ok(location));
    }
}

#[test]
fn a_redirect_to_anywhere_else_is_a_fault_that_does_not_quote_it() {
    let bad = [
        ("the API", "https://api.balena-cloud.com/secret"),
        ("the registry", "https://registry2.balena-cloud.com/v2/v2/secret/blobs/x"),
        ("the registry, its port spelled out", "https://registry2.balena-cloud.com:443/secret"),
        ("the registry in upper case", "https://REGISTRY2.BALENA-CLOUD.COM/secret"),
        ("our own host", "https://bhcr.io/v2/secret"),
        ("our own host in upper case", "HTTPS://BHCR.IO/secret"),
        ("our own host, its port spelled out", "https://bhcr.io:443/secret"),
        ("our own host with backslashes", "https:\\\\bhcr.io\\secret"),
        ("our own host behind a tab", "https://bh\tcr.io/secret"),
        ("our own host, encoded", "https://bhcr%2eio/secret"),
        ("a sub-domain of ours", "https://storage.bhcr.io/secret"),
        ("a sub-domain of a sub-domain of ours", "https://a.b.bhcr.io/secret"),
        ("a sub-domain of ours on another port", "https://storage.bhcr.io:8443/secret"),
        ("http", "http://storage.example/secret"),
        ("a relative path", "/v2/secret"),
        ("another host without a scheme", "//storage.example/secret"),
        ("a user", "https://secret@storage.example/"),
        ("a user and password", "https://user:secret@storage.example/"),
        ("a password alone", "https://:secret@storage.example/"),
        ("another scheme", "ftp://storage.example/secret"),
        ("a script", "javascript:secret"),
        ("a file", "file:///secret"),
        ("data", "data:text/plain,secret"),
        ("no host", "https://"),
        ("nothing", ""),
    ];
    for (what, location) in bad {
        let answer = sent("https://bhcr.io", location);
        let Err(Fault::Nonsense(why)) = answer else { panic!("{what}: {answer:?}") };
        assert!(!why.to_string().contains("secret"), "{why}");
    }
}

// Go clients ignore the port when they decide whether to send the token to a redirect's host.
#[test]
fn our_own_host_on_another_port_is_our_own_host() {
    for location in ["https://bhcr.io:8443/blob", "https://BHCR.io:9000/blob"] {
        let answer = sent("https://bhcr.io", location);
        assert!(answer.is_err(), "{location}: {answer:?}");
    }
}

#[test]
fn a_host_with_its_root_dot_is_the_same_host() {
    for location in [
        "https://bhcr.io./blob",
        "https://a.bhcr.io./blob",
        "https://registry2.balena-cloud.com./blob",
    ] {
        let answer = sent("https://bhcr.io", location);
        assert!(answer.is_err(), "{location}: {answer:?}");
    }
}

#[test]
fn a_redirect_to_http_is_relayed_if_everything_is_http() {
    let local =
        config(&[("REGISTRY_URL", "http://127.0.0.1:5000"), ("API_URL", "http://127.0.0.1:8080")]);
    let storage = "http://127.0.0.2:9000/blob?X-Amz-Signature=1";
    assert_eq!(relayed(&local, "http://localhost:8787", storage).as_deref(), Ok(storage));
    for (own, location) in [
        ("https://bhcr.io", storage),
        ("http://localhost:8787", "http://127.0.0.1:5000/blob"),
        ("http://localhost:8787", "http://127.0.0.1:8080/blob"),
        ("http://localhost:8787", "http://localhost:8787/blob"),
        ("http://localhost:8787", "http://a.localhost:9000/blob"),
    ] {
        assert!(relayed(&local, own, location).is_err(), "{own} to {location}");
    }
    assert!(sent("http://localhost:8787", storage).is_err(), "under a registry on https");
}

#[test]
fn a_redirect_to_nowhere_is_a_fault() {
    let own = Origin::parse("https://bhcr.io").expect("an origin");
    let reply = reply(307, "");
    assert_eq!(redirect_target(&config(&[]), &own, &reply), Err(BadRedirect::NoLocation.into()));
}

#[test]
fn a_host_beyond_ascii_is_a_fault() {
    for location in [
        "https://st\u{f6}rage.example/",
        "https://ST\u{f6}RAGE.example/",
        "https://A%C2%A1.example/",
    ] {
        let answer = sent("https://bhcr.io", location);
        assert!(answer.is_err(), "{location}: {answer:?}");
    }
}

// Another parser would read each of them as one that can be compared.
#[test]
fn a_host_or_port_that_parsers_rewrite_is_a_fault() {
    for location in [
        "https://0x7f.1/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.1./",
        "https://2130706433/",
        "https://0x/",
        "https://storage.0XFF/",
        "https://[0:0::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[::1]x/",
        "https://storage.example:0443/",
        "https://storage.example:/",
        "https://storage.example:65536/",
        "https://storage.example\\@bhcr.io/",
        "https://bhcr.io\\.storage.example/",
        "https:///storage.example/",
        "https:storage.example",
    ] {
        let answer = sent("https://bhcr.io", location);
        assert!(answer.is_err(), "{location}: {answer:?}");
    }
    for location in [
        "https://127.0.0.1:8443/",
        "https://[::1]/",
        "https://[2001:db8::1]:8443/",
        "https://storage.example?a",
        "https://storage.example#a",
        "https://1.storage.0xg/",
    ] {
        let answer = sent("https://bhcr.io", location);
        assert_eq!(answer.as_deref(), Ok(location));
    }
}

proptest! {
    #[test]
    fn a_url_parser_reads_the_same_origin(
        url in r"(http|https|HTTPS)://[a-cA-Fx0-9.:@\\/?#\[\]%_-]{0,24}",
    ) {
        if let (Ok(origin), Ok(parsed)) = (target::origin(&url), Url::parse(&url)) {
            let scheme = if origin.is_https() { "https" } else { "http" };
            let told = format!("{scheme}://{}", origin.server());
            prop_assert_eq!(parsed.origin().ascii_serialization(), told);
            prop_assert!(parsed.username().is_empty() && parsed.password().is_none());
        }
    }

    #[test]
    fn addresses_and_ports_are_read_as_a_url_parser_reads_them(
        url in r"https?://(\[[0-9a-f:]{2,12}\]|(0x)?[0-9]{1,3}(\.(0x)?[0-9a-f]{0,3}){0,4})(:[0-9]{0,5})?/",
    ) {
        if let (Ok(origin), Ok(parsed)) = (target::origin(&url), Url::parse(&url)) {
            let scheme = if origin.is_https() { "https" } else { "http" };
            let told = format!("{scheme}://{}", origin.server());
            prop_assert_eq!(parsed.origin().ascii_serialization(), told);
        }
    }
}
