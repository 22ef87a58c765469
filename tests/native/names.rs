//! Repository names, as a table.

use bhcr::oci::name::{InvalidName, Name};

#[test]
fn good_names_are_kept_as_they_were_written() {
    let longest = ["a".repeat(127), "b".repeat(127)].join("/");
    assert_eq!(longest.len(), 255);
    let good = [
        "app",
        "org/app",
        "org/app/2.3.8",
        "org/app/2.4.0-1763000000000/main_service",
        "a.b/a_b/a__b/a-b/a-----b",
        "0/1/2",
        "blobs/manifests/tags/list/uploads",
        "v2/0123456789abcdef0123456789abcdef",
        &longest,
    ];
    for text in good {
        let name = Name::parse(text).unwrap_or_else(|_| panic!("{text} is a name"));
        assert_eq!(name.as_str(), text);
        assert_eq!(name.to_string(), text);
        assert_eq!(name.components().collect::<Vec<_>>().join("/"), text);
    }
}

#[test]
fn bad_names_are_refused() {
    let (too_long, far_too_long) = ("a".repeat(256), "a".repeat(300));
    let bad = [
        ("empty", ""),
        ("a slash alone", "/"),
        ("slash in front", "/org/app"),
        ("slash behind", "org/app/"),
        ("empty segment", "org//app"),
        ("dot segments", "org/../app"),
        ("dot segment", "org/./app"),
        ("dot segments in front", "../org/app"),
        ("encoded dot segments", "org/%2e%2e/app"),
        ("encoded slash", "org%2fapp"),
        ("encoded slash, upper case", "org%2Fapp"),
        ("backslash", "org\\app"),
        ("encoded backslash", "org%5capp"),
        ("double quote", "org/a\"pp"),
        ("single quote", "org/app'"),
        ("upper case", "Org/app"),
        ("space", "org/a pp"),
        ("plus", "org/app/2.3.8+rev1"),
        ("newline behind", "org/app\n"),
        ("zero byte", "org/app\0"),
        ("separator in front", "org/-app"),
        ("separator behind", "org/app_"),
        ("two dots", "org/a..p"),
        ("three underscores", "org/a___p"),
        ("mixed separators", "org/a._p"),
        ("colon", "org/app:latest"),
        ("host and port", "localhost:5000/org/app"),
        ("at", "org/app@sha256"),
        ("question mark", "org/app?x"),
        ("letters beyond ASCII", "org/äpp"),
        ("digits beyond ASCII", "org/app/٢"),
        ("256 characters", &too_long),
        ("300 characters", &far_too_long),
    ];
    for (what, text) in bad {
        assert_eq!(Name::parse(text), Err(InvalidName), "{what}: {text:?}");
    }
}
