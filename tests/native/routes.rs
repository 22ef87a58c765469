//! Routes, by method and raw URL.

use bhcr::answer::Failure;
use bhcr::oci::path::InvalidPath;
use bhcr::route::{Area, Item, Open, Route, area, split_url};
use http::Method;

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn a_raw_url_is_split_where_its_path_begins() {
    let table = [
        ("https://bhcr.io/v2/", "https://bhcr.io", "/v2/"),
        ("https://bhcr.io:8443/v2/?a=b", "https://bhcr.io:8443", "/v2/?a=b"),
        ("https://bhcr.io", "https://bhcr.io", "/"),
        ("https://bhcr.io?a=b", "https://bhcr.io", "?a=b"),
        ("http://[::1]:80/v2/../v2/", "http://[::1]:80", "/v2/../v2/"),
        ("https://bhcr.io\\v2/", "https://bhcr.io", "\\v2/"),
        ("https://bhcr.io/a://b/c", "https://bhcr.io", "/a://b/c"),
    ];
    for (url, origin, target) in table {
        assert_eq!(split_url(url), (origin, target), "{url}");
    }
}

#[test]
fn a_read_has_a_name_and_the_item_to_read() {
    let table = [
        ("manifests/latest", "manifest"),
        ("manifests/latest?ns=bhcr.io", "manifest"),
        (&*format!("manifests/{DIGEST}"), "manifest"),
        (&format!("blobs/{DIGEST}"), "blob"),
        ("tags/list?n=1&last=a", "tags n=1&last=a"),
        (&format!("referrers/{DIGEST}?artifactType=a"), "referrers artifactType=a"),
    ];
    for (ending, expected) in table {
        let target = format!("/v2/org/app/{ending}");
        for method in [Method::GET, Method::HEAD] {
            let Route::Pull(name, item) = Route::parse(&method, &target) else {
                panic!("{target} reads")
            };
            let told = match item {
                Item::Manifest(_) => "manifest".to_owned(),
                Item::Blob(_) => "blob".to_owned(),
                Item::Tags { query } => format!("tags {query}"),
                Item::Referrers { query } => format!("referrers {query}"),
            };
            assert_eq!((name.as_str(), &*told), ("org/app", expected), "{target}");
        }
    }
}

#[test]
fn a_request_that_names_a_tag_or_asks_for_tags_is_by_tag() {
    let table = [
        ("manifests/latest", true),
        ("manifests/2.3.8?ns=bhcr.io", true),
        ("tags/list?n=1", true),
        (&*format!("manifests/{DIGEST}"), false),
        (&format!("blobs/{DIGEST}"), false),
        (&format!("referrers/{DIGEST}"), false),
    ];
    for name in ["org/app", "acc-x1y2z/app"] {
        for (ending, by_tag) in table {
            let target = format!("/v2/{name}/{ending}");
            for method in [Method::GET, Method::HEAD] {
                assert_eq!(Route::parse(&method, &target).is_by_tag(), by_tag, "{target}");
            }
        }
        let push = format!("/v2/{name}/manifests/latest");
        assert!(!Route::parse(&Method::PUT, &push).is_by_tag(), "a push to {name}");
    }
    for target in ["/v2/", "/v2/_catalog", "/auth/v1/token", "/ping"] {
        assert!(!Route::parse(&Method::GET, target).is_by_tag(), "{target}");
    }
}

#[test]
fn every_path_and_method_outside_a_repository_has_its_route() {
    let (get, head, post, put) = (Method::GET, Method::HEAD, Method::POST, Method::PUT);
    let table = [
        (&get, "/ping", Route::Open(Open::Ping)),
        (&get, "/healthz?verbose", Route::Open(Open::Health)),
        (&get, "/auth/v1/token", Route::TokenQuery("")),
        (&get, "/auth/v1/token?a?b", Route::TokenQuery("a?b")),
        (&post, "/auth/v1/token?scope=x", Route::TokenForm),
        (&put, "/auth/v1/token", Route::Refused(Failure::Method("GET, POST"))),
        (&get, "/v2", Route::Base),
        (&head, "/v2/", Route::Base),
        (&get, "/v2?a", Route::Base),
        (&post, "/v2/", Route::Refused(Failure::Method("GET, HEAD"))),
        (&get, "/", Route::Refused(Failure::NoSuchPage)),
        (&get, "/auth/v1/token/", Route::Refused(Failure::NoSuchPage)),
        (&get, "/auth/v1/../v1/token", Route::Refused(Failure::NoSuchPage)),
        (&get, "/ping/../v2/", Route::Refused(Failure::NoSuchPage)),
        (&get, "\\v2\\", Route::Refused(Failure::NoSuchPage)),
        (&get, "/v2/_catalog", Route::Catalog("")),
        (&head, "/v2/_catalog?n=1&last=a", Route::Catalog("n=1&last=a")),
        (&post, "/v2/_catalog", Route::Refused(Failure::Method("GET, HEAD"))),
        (&get, "/v2/_catalog/", Route::Refused(Failure::Path(InvalidPath::Unknown))),
    ];
    for (method, target, expected) in table {
        assert_eq!(Route::parse(method, target), expected, "{method} {target}");
    }
}

#[test]
fn an_open_page_is_read_and_nothing_else() {
    for page in Open::ALL {
        let queried = format!("{}?a=b", page.path());
        for target in [page.path(), &queried] {
            for method in [Method::GET, Method::HEAD] {
                assert_eq!(Route::parse(&method, target), Route::Open(page), "{method} {target}");
            }
            for method in [Method::POST, Method::PUT, Method::DELETE] {
                let refused = Route::Refused(Failure::Method("GET, HEAD"));
                assert_eq!(Route::parse(&method, target), refused, "{method} {target}");
            }
        }
        let below = format!("{}/", page.path());
        assert_eq!(Route::parse(&Method::GET, &below), Route::Refused(Failure::NoSuchPage));
        assert_eq!(area(page.path()), Area::Elsewhere);
    }
}

#[test]
fn nothing_can_be_written() {
    let uploads = ["blobs/uploads/", "blobs/uploads/id", "blobs/uploads/?mount=x&from=y"];
    let writes = [
        (Method::PUT, "manifests/latest".to_owned()),
        (Method::DELETE, format!("manifests/{DIGEST}")),
        (Method::DELETE, format!("blobs/{DIGEST}")),
        (Method::POST, "tags/list".to_owned()),
        (Method::from_bytes(b"BREW").expect("a method"), "manifests/latest".to_owned()),
    ];
    let methods = [Method::POST, Method::PATCH, Method::PUT, Method::GET, Method::DELETE];
    let pushes = methods.iter().flat_map(|m| uploads.map(|end| (m.clone(), end.to_owned())));
    for (method, ending) in writes.into_iter().chain(pushes) {
        let target = format!("/v2/org/app/{ending}");
        let route = Route::parse(&method, &target);
        assert_eq!(route, Route::Refused(Failure::ReadOnly), "{method} {target}");
    }
}

#[test]
fn the_registry_api_is_what_is_under_v2() {
    for target in ["/v2", "/v2/", "/v2?a", "/v2/org/app/tags/list", "/v2/%2e%2e/x"] {
        assert_eq!(area(target), Area::Registry, "{target}");
    }
    for target in ["/", "/v2x", "/v20/", "/ping", "/auth/v1/token", "/V2/"] {
        assert_ne!(area(target), Area::Registry, "{target}");
    }
}

#[test]
fn the_token_endpoint_is_an_area_of_its_own() {
    for target in ["/auth/v1/token", "/auth/v1/token?scope=/v2/"] {
        assert_eq!(area(target), Area::Tokens, "{target}");
    }
    for target in ["/", "/auth/v1/token/", "/auth/v1/tokens", "/ping"] {
        assert_eq!(area(target), Area::Elsewhere, "{target}");
    }
}
