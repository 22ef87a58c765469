//! Manifests as they are pushed: read for what they need, refused where they are not what they
//! seem.

use bhcr::oci::digest::Digest;
use bhcr::oci::manifest::{InvalidManifest, MAX_TYPE, Manifest, MediaType};
use serde_json::{Value, json};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const DOCKER: &str = "application/vnd.docker.distribution.manifest.v2+json";
const LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

fn digest(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

fn descriptor(media_type: &str, digit: char) -> Value {
    json!({"mediaType": media_type, "digest": digest(digit), "size": 1})
}

fn image() -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(CONFIG, 'c'),
        "layers": [descriptor(LAYER, '1'), descriptor(LAYER, '2'), descriptor(LAYER, '1')],
    })
}

fn index() -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [descriptor(MANIFEST, 'a'), descriptor(MANIFEST, 'b')],
    })
}

fn read(content_type: &str, document: &Value) -> Result<Manifest, InvalidManifest> {
    Manifest::parse(Some(content_type), document.to_string().as_bytes())
}

fn with(mut document: Value, field: &str, value: Value) -> Value {
    document[field] = value;
    document
}

fn without(mut document: Value, field: &str) -> Value {
    document.as_object_mut().expect("an object").remove(field);
    document
}

fn texts(digests: &[Digest]) -> Vec<String> {
    digests.iter().map(ToString::to_string).collect()
}

#[test]
fn an_image_needs_its_config_and_each_layer_once() {
    let manifest = read(MANIFEST, &image()).expect("an image");
    assert_eq!(manifest.media_type, MediaType::OciManifest);
    assert_eq!(texts(&manifest.blobs), ['c', '1', '2'].map(digest));
    assert_eq!((manifest.children.len(), manifest.exempt.len()), (0, 0));
    assert_eq!(manifest.subject, None);
    assert_eq!(manifest.artifact_type.as_deref(), Some(CONFIG));
}

#[test]
fn an_index_needs_its_children() {
    for (media_type, within) in [(INDEX, INDEX), (LIST, LIST)] {
        let document = with(index(), "mediaType", json!(within));
        let manifest = read(media_type, &document).expect("an index");
        assert!(manifest.media_type.is_index());
        assert_eq!(texts(&manifest.children), ['a', 'b'].map(digest));
        assert_eq!((manifest.blobs.len(), manifest.exempt.len()), (0, 0));
    }
}

#[test]
fn what_is_fetched_from_elsewhere_is_not_needed() {
    let foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
    let mut elsewhere = descriptor(LAYER, '4');
    elsewhere["urls"] = json!(["https://example.com/layer"]);
    let mut nowhere = descriptor(LAYER, '5');
    nowhere["urls"] = json!([]);
    let distributable = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
    let layers = [descriptor(foreign, '1'), descriptor(distributable, '2'), elsewhere, nowhere];
    let manifest = read(MANIFEST, &with(image(), "layers", json!(layers))).expect("an image");
    assert_eq!(texts(&manifest.blobs), ['c', '5'].map(digest));
    assert_eq!(texts(&manifest.exempt), ['1', '2', '4'].map(digest));
}

#[test]
fn an_artifact_has_a_subject_a_type_and_annotations() {
    let document = with(image(), "subject", descriptor(MANIFEST, 'e'));
    let document = with(document, "artifactType", json!("application/vnd.example+type"));
    let document = with(document, "annotations", json!({"org.example": "yes"}));
    let manifest = read(MANIFEST, &document).expect("an artifact");
    assert_eq!(manifest.subject, Digest::parse(&digest('e')).ok());
    assert_eq!(manifest.artifact_type.as_deref(), Some("application/vnd.example+type"));
    assert_eq!(manifest.annotations["org.example"], "yes");
    assert!(!texts(&manifest.blobs).contains(&digest('e')), "it need not exist");
}

#[test]
fn digests_of_either_algorithm_are_read() {
    let sha512 = format!("sha512:{}", "d".repeat(128));
    let layer = json!({"mediaType": LAYER, "digest": sha512, "size": 1});
    let manifest = read(MANIFEST, &with(image(), "layers", json!([layer]))).expect("an image");
    assert_eq!(texts(&manifest.blobs)[1], sha512);
}

#[test]
fn the_media_type_comes_with_the_request_or_from_within() {
    let bare = without(image(), "mediaType");
    let table = [
        (Some(MANIFEST), &image(), MediaType::OciManifest),
        (Some(MANIFEST), &bare, MediaType::OciManifest),
        (Some(DOCKER), &bare, MediaType::DockerManifest),
        (
            Some("APPLICATION/VND.OCI.IMAGE.MANIFEST.V1+JSON; charset=utf-8"),
            &bare,
            MediaType::OciManifest,
        ),
        (None, &image(), MediaType::OciManifest),
        (Some(""), &image(), MediaType::OciManifest),
        (Some("application/json"), &image(), MediaType::OciManifest),
    ];
    for (content_type, document, expected) in table {
        let bytes = document.to_string();
        let manifest = Manifest::parse(content_type, bytes.as_bytes());
        assert_eq!(manifest.map(|it| it.media_type), Ok(expected), "{content_type:?}");
    }
}

#[test]
fn a_media_type_that_is_unknown_or_contradicted_is_refused() {
    let bare = without(image(), "mediaType");
    let schema1 = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    let unknown = |text: &str| Err(InvalidManifest::MediaType(text.to_owned()));
    let parse = |content_type, document: &Value| {
        Manifest::parse(content_type, document.to_string().as_bytes()).map(drop)
    };
    assert_eq!(parse(None, &bare), unknown(""));
    assert_eq!(parse(Some("text/html"), &image()), unknown("text/html"));
    assert_eq!(parse(Some(schema1), &bare), unknown(schema1));
    assert_eq!(parse(None, &with(image(), "mediaType", json!("x/y"))), unknown("x/y"));
    let said =
        |said, within: &str| Err(InvalidManifest::Disagreement { said, within: within.to_owned() });
    assert_eq!(parse(Some(DOCKER), &image()), said(MediaType::DockerManifest, MANIFEST));
    assert_eq!(parse(Some(INDEX), &image()), said(MediaType::OciIndex, MANIFEST));
}

#[test]
fn a_document_that_could_be_read_as_two_types_is_refused() {
    let bare = without(image(), "mediaType");
    let bare_index = without(index(), "mediaType");
    let both = with(bare.clone(), "manifests", json!([descriptor(MANIFEST, 'a')]));
    let table = [
        (MANIFEST, both.clone(), "layers and manifests, as an image"),
        (INDEX, both, "layers and manifests, as an index"),
        (INDEX, bare.clone(), "an image as an index"),
        (MANIFEST, bare_index.clone(), "an index as an image"),
        (MANIFEST, without(bare.clone(), "config"), "no config"),
        (MANIFEST, without(bare.clone(), "layers"), "no layers"),
        (INDEX, with(bare_index.clone(), "config", descriptor(CONFIG, 'c')), "a config"),
        (INDEX, without(bare_index, "manifests"), "no manifests"),
        (MANIFEST, with(bare.clone(), "fsLayers", json!([])), "layers of schema 1"),
        (MANIFEST, with(bare, "blobs", json!([])), "blobs of an artifact manifest"),
    ];
    for (content_type, document, what) in table {
        let refused = read(content_type, &document).expect_err(what);
        assert!(matches!(refused, InvalidManifest::Ambiguous(_)), "{what}: {refused:?}");
    }
}

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
fn a_type_has_255_bytes_at_most() {
    let of = |length| json!(format!("a/{}", "x".repeat(length - 2)));
    let config = |length| {
        let mut config = descriptor(CONFIG, 'c');
        config["mediaType"] = of(length);
        with(image(), "config", config)
    };
    let own = |document, length| with(document, "artifactType", of(length));
    assert!(read(MANIFEST, &own(image(), MAX_TYPE)).is_ok());
    assert!(read(MANIFEST, &config(MAX_TYPE)).is_ok());
    assert!(read(INDEX, &own(index(), MAX_TYPE)).is_ok());
    for (content_type, document) in [
        (MANIFEST, own(image(), MAX_TYPE + 1)),
        (MANIFEST, config(MAX_TYPE + 1)),
        (MANIFEST, own(config(2_100_000), 2)),
        (INDEX, own(index(), 2_100_000)),
    ] {
        assert_eq!(read(content_type, &document), Err(InvalidManifest::TypeTooLong));
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

#[test]
fn lists_that_are_empty_or_null_are_lists() {
    for layers in [json!([]), json!(null)] {
        let manifest = read(MANIFEST, &with(image(), "layers", layers)).expect("an image");
        assert_eq!(texts(&manifest.blobs), [digest('c')]);
    }
    let empty = read(INDEX, &with(index(), "manifests", json!(null))).expect("an index");
    assert_eq!(empty.children, []);
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
