//! Applications for tags that select: one with twelve releases whose images share a layer, a private
//! one, and one that has no target.

use bhcr::services::{Call, Reply};
use bhcr::upstream::api::images::MOST;
use serde_json::json;

use super::upstream::{OWNER, Row, bearer, digest_of, manifest_of, quoted};
use crate::support::{reply, reply_with, sha256};

pub const SHELF: &str = "blocks/shelf";
pub const SAFE: &str = "acme/safe";
pub const LOOSE: &str = "blocks/loose";

pub const ROWS: [Row; 19] = [
    (SHELF, "", None, &[("main", "10ca7104000000000000000005e1f012")]),
    (SHELF, "1.0.0", None, &[("main", "10ca7104000000000000000005e1f001")]),
    (SHELF, "2.0.0", None, &[("main", "10ca7104000000000000000005e1f002")]),
    (SHELF, "3.0.0", None, &[("main", "10ca7104000000000000000005e1f003")]),
    (SHELF, "4.0.0", None, &[("main", "10ca7104000000000000000005e1f004")]),
    (SHELF, "5.0.0", None, &[("main", "10ca7104000000000000000005e1f005")]),
    (SHELF, "6.0.0", None, &[("main", "10ca7104000000000000000005e1f006")]),
    (SHELF, "7.0.0", None, &[("main", "10ca7104000000000000000005e1f007")]),
    (SHELF, "8.0.0", None, &[("main", "10ca7104000000000000000005e1f008")]),
    (SHELF, "9.0.0", None, &[("main", "10ca7104000000000000000005e1f009")]),
    (SHELF, "10.0.0", None, &[("main", "10ca7104000000000000000005e1f010")]),
    (SHELF, "11.0.0", None, &[("main", "10ca7104000000000000000005e1f011")]),
    (SHELF, "12.0.0", None, &[("main", "10ca7104000000000000000005e1f012")]),
    (SHELF, "0.9.0", None, &SEVERAL),
    (SHELF, COMMIT, None, &[("main", "10ca7104000000000000000005e1f003")]),
    (SAFE, "", Some(OWNER), &[("main", "10ca7104000000000000000005e1f102")]),
    (SAFE, "1.0.0", Some(OWNER), &[("main", "10ca7104000000000000000005e1f101")]),
    (SAFE, "2.0.0", Some(OWNER), &[("main", "10ca7104000000000000000005e1f102")]),
    (LOOSE, "1.0.0", None, &[("main", "10ca7104000000000000000005e1f201")]),
];
const SEVERAL: [(&str, &str); 2] =
    [("api", "10ca7104000000000000000005e1f301"), ("web", "10ca7104000000000000000005e1f302")];
pub const COMMIT: &str = "00000000000000000000000000005e1f";
/// The number of the public application's target.
pub const TARGET: u32 = 12;

/// The location of the image with this number.
pub fn at(number: u32) -> String {
    format!("10ca7104000000000000000005e1f{number:03}")
}

/// Whether the image is one of these, so that the registry knows which blobs belong to it.
pub fn has(hash: &str) -> bool {
    hash.contains("5e1f")
}

/// The digests of an image's config and layers. All images share the last one.
pub fn blobs_of(hash: &str) -> [String; 3] {
    [format!("config of {hash}"), format!("layer of {hash}"), "shared".to_owned()]
        .map(|text| sha256(text.as_bytes()))
}

/// The registry's answer to a request for a blob.
pub fn blob(hash: &str, digest: &str) -> Reply<Vec<u8>> {
    if !blobs_of(hash).iter().any(|known| known == digest) {
        return reply(404, "upstream does not have it");
    }
    reply_with(307, &[("location", &storage_of(hash, digest))], "upstream")
}

/// Where storage has a blob of an image.
pub fn storage_of(hash: &str, digest: &str) -> String {
    format!("https://storage.example/{}/{digest}", &hash[hash.len() - 3..])
}

/// The manifest, as text.
pub fn manifest(hash: &str) -> String {
    let of = &hash[hash.len() - 3..];
    let [config, layers @ ..] = blobs_of(hash);
    json!({ "of": of, "config": config, "layers": layers }).to_string()
}

/// The API's answer to a request for the images of an application.
pub fn images(path: &str, call: &Call) -> Reply<Vec<u8>> {
    let slug = quoted(path, "a/slug%20eq%20'").unwrap_or_default();
    let digest = quoted(path, "content_hash%20eq%20'");
    let of_it = |row: &&Row| {
        row.0 == slug && !row.1.is_empty() && (row.2.is_none() || row.2 == bearer(call))
    };
    let mut hashes: Vec<&str> = Vec::new();
    for row in ROWS.iter().rev().filter(of_it) {
        if let [(_, hash)] = row.3
            && !hashes.contains(hash)
            && digest.is_none_or(|digest| digest == digest_of(hash))
        {
            hashes.push(hash);
        }
    }
    let image = |hash: &&str| {
        json!({
            "is_stored_at__image_location": format!("registry2.upstream.example/v2/{hash}"),
            "content_hash": sha256(manifest_of(hash).as_bytes()),
        })
    };
    let found: Vec<_> = hashes.iter().take(MOST).map(image).collect();
    reply(200, &json!({ "d": found }).to_string())
}
