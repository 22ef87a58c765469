//! Manifests as they are pushed: read for what they need, refused where they are not what they
//! seem.

mod fields;
mod needs;
mod types;

use bhcr::oci::manifest::{InvalidManifest, Manifest};
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
