//! Fields: how they are spelled, and the JSON around them.

use bhcr::oci::manifest::{InvalidManifest, Manifest};
use serde_json::{Value, json};

use super::{CONFIG, INDEX, MANIFEST, descriptor, digest, image, index, read, with, without};

#[test]
fn a_field_that_go_reads_as_a_known_one_is_refused() {
    let descriptor = |field: &str| {
        let mut config = descriptor(CONFIG, 'c');
        config[field] = json!(digest('d'));
        with(image(), "config", config)
    };
    let mut layered = image();
    layered["layers"][1]["URLs"] = json!(["https://example.com"]);
    for (field, known, document) in [
        ("Layers", "layers", with(image(), "Layers", json!([]))),
        ("LAYERS", "layers", with(image(), "LAYERS", json!(null))),
        ("Manifests", "manifests", with(image(), "Manifests", json!([]))),
        ("layer\u{17f}", "layers", with(image(), "layer\u{17f}", json!([]))),
        ("fslayers", "fsLayers", with(image(), "fslayers", json!([]))),
        ("mediatype", "mediaType", with(image(), "mediatype", json!(INDEX))),
        ("Digest", "digest", descriptor("Digest")),
        ("URLs", "urls", layered),
        ("Subject", "subject", with(index(), "Subject", json!({}))),
    ] {
        let content_type = if known == "subject" { INDEX } else { MANIFEST };
        let refused = Err(InvalidManifest::Misspelled { field: field.to_owned(), known });
        assert_eq!(read(content_type, &document), refused, "{field}");
    }
}

#[test]
fn fields_that_are_unknown_in_any_case_are_the_pushers_own_affair() {
    let document = with(image(), "Layer", json!({"Layers": [], "x": 1.5e300}));
    let document = with(document, "annotations", json!({"Config": "x", "LAYERS": "y"}));
    let mut document = with(document, "\u{212a}", json!([[true, "Digest"]]));
    document["config"]["Layers"] = json!([{"Digest": 1}]);
    document["config"]["annotations"] = json!({"Digest": "x"});
    assert!(read(MANIFEST, &document).is_ok());
}

#[test]
fn bytes_that_are_no_manifest_are_refused() {
    let config = |value: Value| with(image(), "config", value).to_string();
    let no_size = json!({"mediaType": CONFIG, "digest": digest('c')});
    let negative = json!({"mediaType": CONFIG, "digest": digest('c'), "size": -1});
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let twice = image().to_string().replacen('{', r#"{"config":null,"#, 1);
    let table = [
        ("nothing", String::new()),
        ("no JSON", "manifest".to_owned()),
        ("a list", "[]".to_owned()),
        ("a deep list", deep),
        ("no schemaVersion", without(image(), "schemaVersion").to_string()),
        ("a text for schemaVersion", with(image(), "schemaVersion", json!("2")).to_string()),
        ("something behind", format!("{}x", image())),
        ("a config that is a text", config(json!(digest('c')))),
        ("a descriptor without size", config(no_size)),
        ("a negative size", config(negative)),
        ("a field twice", twice),
        (
            "an annotation that is a number",
            with(image(), "annotations", json!({"a": 1})).to_string(),
        ),
    ];
    for (what, bytes) in table {
        let refused = Manifest::parse(Some(MANIFEST), bytes.as_bytes()).expect_err(what);
        assert!(matches!(refused, InvalidManifest::Malformed(_)), "{what}: {refused:?}");
    }
    let mut no_text = with(image(), "unknown", json!("x")).to_string().into_bytes();
    let at = no_text.windows(3).position(|it| it == b"\"x\"").expect("the text");
    no_text[at + 1] = 0xff;
    let refused = Manifest::parse(Some(MANIFEST), &no_text);
    assert!(matches!(refused, Err(InvalidManifest::Malformed(_))), "{refused:?}");
}

#[test]
fn another_schema_version_and_a_digest_that_is_none_are_refused() {
    assert_eq!(
        read(MANIFEST, &with(image(), "schemaVersion", json!(1))),
        Err(InvalidManifest::SchemaVersion)
    );
    let bad = ["", "sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e", "sha256:../../x"];
    for text in bad {
        let wrong = json!({"mediaType": CONFIG, "digest": text, "size": 1});
        let refused = Err(InvalidManifest::Digest(text.to_owned()));
        assert_eq!(read(MANIFEST, &with(image(), "config", wrong.clone())), refused, "{text}");
        assert_eq!(read(MANIFEST, &with(image(), "subject", wrong)), refused, "{text}");
    }
}

#[test]
fn a_message_repeats_only_the_beginning_of_what_was_sent() {
    let long = "\u{1}\u{e9}".repeat(600_000);
    let config = json!({"mediaType": CONFIG, "digest": long, "size": 1});
    for document in [
        with(image(), "config", config),
        with(image(), "config", json!(long)),
        with(image(), "mediaType", json!(long)),
        with(image(), "schemaVersion", json!(long)),
        with(without(image(), "mediaType"), "mediaType", json!(long)),
    ] {
        let refused = read("application/json", &document).expect_err("it is none");
        assert!(refused.to_string().len() < 1000, "{refused}");
        let refused = read(MANIFEST, &document).expect_err("it is none");
        assert!(refused.to_string().len() < 1000, "{refused}");
    }
    let short = InvalidManifest::Digest("sha256:\"x".to_owned());
    assert_eq!(short.to_string(), r#"the manifest has "sha256:\"x" for a digest"#);
}

// Otherwise a manifest of four megabytes could fill the isolate with small trees. The texts break off
// behind the item: whoever reads on finds that end.
#[test]
fn reading_ends_at_the_first_item_that_is_no_descriptor() {
    let no_digest = r#"{"size":1,"mediaType":"a/b","digest":""}"#;
    for item in ["null", "{}", r#"{"size":1}"#, r#"{"data":1}"#, no_digest] {
        let text = format!(r#"{{"layers":[{item}"#);
        let refused = Manifest::parse(Some(MANIFEST), text.as_bytes()).unwrap_err().to_string();
        assert!(!refused.contains("EOF"), "{item}: {refused}");
    }
}

#[test]
fn a_null_is_no_url() {
    for urls in [json!([null]), json!(["https://example.com", null])] {
        let mut document = image();
        document["layers"][0]["urls"] = urls;
        assert!(read(MANIFEST, &document).is_err(), "{document}");
    }
}
