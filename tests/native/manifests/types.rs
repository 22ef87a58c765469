//! Media types: the one that a manifest has, and those that it contradicts.

use bhcr::oci::manifest::{InvalidManifest, MAX_TYPE, Manifest, MediaType};
use serde_json::{Value, json};

use super::{CONFIG, DOCKER, INDEX, MANIFEST, descriptor, image, index, read, with, without};

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
