//! What a manifest needs.

use bhcr::oci::digest::Digest;
use bhcr::oci::manifest::MediaType;
use serde_json::json;

use super::{CONFIG, INDEX, LAYER, LIST, MANIFEST, descriptor, digest, image, index, read, with};

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
    let annotations = serde_json::to_value(&manifest.annotations).expect("an object");
    assert_eq!(annotations, json!({"org.example": "yes"}));
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
fn lists_that_are_empty_or_null_are_lists() {
    for layers in [json!([]), json!(null)] {
        let manifest = read(MANIFEST, &with(image(), "layers", layers)).expect("an image");
        assert_eq!(texts(&manifest.blobs), [digest('c')]);
    }
    let empty = read(INDEX, &with(index(), "manifests", json!(null))).expect("an index");
    assert_eq!(empty.children, []);
}
