//! Origins, as tables.

use bhcr::origin::{InvalidOrigin, Origin};

#[test]
fn an_origin_has_a_host_a_port_and_a_scheme() {
    let table = [
        ("https://bhcr.io", "https://bhcr.io", "bhcr.io", "bhcr.io"),
        ("https://bhcr.io/", "https://bhcr.io", "bhcr.io", "bhcr.io"),
        ("https://BHCR.io", "https://bhcr.io", "bhcr.io", "bhcr.io"),
        ("http://localhost:8787", "http://localhost:8787", "localhost:8787", "localhost"),
        ("https://bhcr.io:443", "https://bhcr.io:443", "bhcr.io", "bhcr.io"),
        ("http://bhcr.io:80", "http://bhcr.io:80", "bhcr.io", "bhcr.io"),
        ("https://bhcr.io:80", "https://bhcr.io:80", "bhcr.io:80", "bhcr.io"),
        ("http://bhcr.io:443", "http://bhcr.io:443", "bhcr.io:443", "bhcr.io"),
        ("https://127.0.0.1:5000", "https://127.0.0.1:5000", "127.0.0.1:5000", "127.0.0.1"),
        ("http://[::1]:8787", "http://[::1]:8787", "[::1]:8787", "[::1]"),
        ("http://[::1]", "http://[::1]", "[::1]", "[::1]"),
        ("http://[::80]", "http://[::80]", "[::80]", "[::80]"),
        ("http://my_host", "http://my_host", "my_host", "my_host"),
    ];
    for (text, whole, server, host) in table {
        let origin = Origin::parse(text).unwrap_or_else(|_| panic!("{text} is an origin"));
        assert_eq!(origin.as_str(), whole);
        assert_eq!(origin.to_string(), whole);
        assert_eq!(origin.server(), server, "{text}");
        assert_eq!(Some(origin.authority()), whole.split("://").nth(1), "{text}");
        assert_eq!(origin.host(), host, "{text}");
        assert_eq!(origin.is_https(), text.starts_with("https"), "{text}");
    }
}

#[test]
fn a_text_that_is_not_exactly_an_origin_is_refused() {
    let bad = [
        "",
        "/",
        "bhcr.io",
        "//bhcr.io",
        "https:bhcr.io",
        "https:/bhcr.io",
        "https://",
        "https:///",
        "https://:8787",
        "HTTPS://bhcr.io",
        "ftp://bhcr.io",
        "null",
        "https://bhcr.io/v2",
        "https://bhcr.io//",
        "https://bhcr.io?a",
        "https://bhcr.io#a",
        "https://user@bhcr.io",
        "https://user:pw@bhcr.io",
        "https://bhcr.io\\",
        "https://bhcr.io\"",
        "https://bhcr.io,evil.example",
        "https://bhcr.io evil",
        "https://bhcr.io\r\nx: y",
        "https://bhcr%2eio",
        "https://bhçr.io",
        " https://bhcr.io",
    ];
    for text in bad {
        assert_eq!(Origin::parse(text), Err(InvalidOrigin), "{text:?}");
    }
}
