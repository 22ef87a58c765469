//! The paths of the registry API, as tables.

use bhcr::oci::path::{InvalidPath, Path};
use bhcr::oci::reference::Reference;

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn parts(path: &str) -> (&'static str, String, String) {
    let parsed = Path::parse(path).and_then(Result::ok);
    match parsed.unwrap_or_else(|| panic!("{path} is a path")) {
        Path::Base => ("base", String::new(), String::new()),
        Path::Catalog => panic!("{path} is of no repository"),
        Path::Manifest(name, Reference::Tag(tag)) => {
            ("manifest", name.to_string(), tag.as_str().to_owned())
        }
        Path::Manifest(name, Reference::Digest(digest)) => {
            ("manifest", name.to_string(), digest.to_string())
        }
        Path::Blob(name, digest) => ("blob", name.to_string(), digest.to_string()),
        Path::Uploads(name) => ("uploads", name.to_string(), String::new()),
        Path::Upload(name, id) => ("upload", name.to_string(), id),
        Path::Tags(name) => ("tags", name.to_string(), String::new()),
        Path::Referrers(name, digest) => ("referrers", name.to_string(), digest.to_string()),
    }
}

#[test]
fn a_path_is_read_from_its_end_and_built_again_as_it_was() {
    let names = [
        "org/app",
        "org/app/2.3.8/service",
        "a",
        "manifests",
        "manifests/manifests",
        "blobs/manifests/latest",
        "org/blobs/uploads",
        "org/app/blobs/uploads/x",
        "tags/list",
        "uploads/tags/list/referrers",
        "v2/0123456789abcdef",
        "v2/v2",
    ];
    for name in names {
        let endings = [
            ("manifest", "manifests/latest", "latest"),
            ("manifest", &*format!("manifests/{DIGEST}"), DIGEST),
            ("manifest", "manifests/list", "list"),
            ("manifest", "manifests/uploads", "uploads"),
            ("blob", &format!("blobs/{DIGEST}"), DIGEST),
            ("tags", "tags/list", ""),
            ("referrers", &format!("referrers/{DIGEST}"), DIGEST),
            ("uploads", "blobs/uploads/", ""),
            ("upload", "blobs/uploads/0af3-1c_", "0af3-1c_"),
        ];
        for (kind, ending, last) in endings {
            let path = format!("/v2/{name}/{ending}");
            assert_eq!(parts(&path), (kind, name.to_owned(), last.to_owned()), "{path}");
            let parsed = Path::parse(&path).and_then(Result::ok).expect("read above");
            assert_eq!(parsed.to_string(), path);
        }
    }
}

#[test]
fn the_base_has_two_spellings() {
    assert_eq!(Path::parse("/v2/"), Some(Ok(Path::Base)));
    assert_eq!(Path::parse("/v2"), Some(Ok(Path::Base)));
}

#[test]
fn the_path_of_an_upload_is_read_with_and_without_its_id() {
    for (end, kind, last) in [
        ("blobs/uploads", "uploads", ""),
        ("blobs/uploads/", "uploads", ""),
        ("blobs/uploads/0af3-1c", "upload", "0af3-1c"),
    ] {
        let expected = (kind, "org/app".to_owned(), last.to_owned());
        assert_eq!(parts(&format!("/v2/org/app/{end}")), expected, "{end}");
    }
}

#[test]
fn the_error_names_the_first_bad_part_of_a_path() {
    let long = format!("/v2/{}/manifests/latest", "a".repeat(256));
    let longer = format!("/v2/{}/blobs/{DIGEST}", "a".repeat(300));
    let bad = [
        ("/v2/Org/app/manifests/latest", InvalidPath::Name),
        ("/v2/org/../app/manifests/latest", InvalidPath::Name),
        ("/v2/org/%2e%2e/manifests/latest", InvalidPath::Name),
        ("/v2/org%2fapp/manifests/latest", InvalidPath::Name),
        ("/v2/org\\app/manifests/latest", InvalidPath::Name),
        ("/v2/org/a'pp/manifests/latest", InvalidPath::Name),
        ("/v2/org/a\"pp/tags/list", InvalidPath::Name),
        ("/v2/org//app/manifests/latest", InvalidPath::Name),
        ("/v2//manifests/latest", InvalidPath::Name),
        ("/v2//org/app/manifests/latest", InvalidPath::Name),
        ("/v2/Org/app/blobs/uploads/", InvalidPath::Name),
        ("/v2/Org/app/manifests/sha256:short", InvalidPath::Name),
        (&long, InvalidPath::Name),
        (&longer, InvalidPath::Name),
        ("/v2/org/app/manifests/sha256:short", InvalidPath::Digest),
        ("/v2/org/app/blobs/sha256:short", InvalidPath::Digest),
        ("/v2/org/app/blobs/latest", InvalidPath::Digest),
        ("/v2/org/app/blobs/", InvalidPath::Digest),
        ("/v2/org/app/referrers/latest", InvalidPath::Digest),
        ("/v2/org/app/manifests/..", InvalidPath::Tag),
        ("/v2/org/app/manifests/", InvalidPath::Tag),
        ("/v2/org/app/manifests/a b", InvalidPath::Tag),
        ("/v2/org/app/manifests/la%74est", InvalidPath::Tag),
        ("/v2/org/app", InvalidPath::Unknown),
        ("/v2/_catalog/", InvalidPath::Unknown),
        ("/v2/_catalogs", InvalidPath::Unknown),
        ("/v2/org/app/_catalog", InvalidPath::Unknown),
        ("/v2/_oci/ext/discover", InvalidPath::Unknown),
        ("/v2/org/app/_oci/ext/discover", InvalidPath::Unknown),
        ("/v2/_org/app/manifests/latest", InvalidPath::Name),
        ("/v2/manifests/latest", InvalidPath::Unknown),
        ("/v2/org/app/tags/all", InvalidPath::Unknown),
        ("/v2/org/app/blobs/uploads/a/b", InvalidPath::Unknown),
    ];
    for (path, reason) in bad {
        assert_eq!(Path::parse(path), Some(Err(reason)), "{path}");
    }
}

#[test]
fn what_is_not_under_v2_is_no_path_of_the_registry() {
    for path in ["", "/", "v2/", "/v2x", "/v20/", "/v1/", "/V2/", "//v2/", "/org/app"] {
        assert_eq!(Path::parse(path), None, "{path:?}");
    }
}
