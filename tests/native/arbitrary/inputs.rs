//! The inputs for the parsers.

use bhcr::balena::resolved::{Resolved, Selected, ServiceImage};
use bhcr::release::resolve::Resolution;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::Serialize;
use serde_json::{Map, Value};

use super::CORPUS;
use crate::pull::client::NOW;
use crate::pull::upstream::{BLOB, BROWSER, MANIFEST_TYPE, STORAGE, digest_of, manifest_of};
use crate::support::location;

// Replaces a part of a seed, which reaches the inner branches of parsers best.
fn mutated(
    seeds: Vec<Vec<u8>>,
    with: impl Strategy<Value = Vec<u8>>,
) -> impl Strategy<Value = Vec<u8>> {
    let parts = (select(seeds), any::<Index>(), any::<Index>(), with);
    parts.prop_map(|(seed, from, to, with)| {
        let (a, b) = (from.index(seed.len() + 1), to.index(seed.len() + 1));
        [&seed[..a.min(b)], &with, &seed[a.max(b)..]].concat()
    })
}

/// Texts near those of the corpus, any text, any bytes.
pub fn texts_and_bytes() -> impl Strategy<Value = Vec<u8>> {
    let lines = CORPUS.iter().flat_map(|(_, text)| text.lines());
    let seeds = lines.map(|line| line.as_bytes().to_vec()).collect();
    prop_oneof![
        4 => mutated(seeds, ".{0,4}".prop_map(String::into_bytes)),
        1 => any::<String>().prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..200),
    ]
}

const WORDS: [&str; 17] = [
    "d",
    "release_image",
    "image",
    "is_stored_at__image_location",
    "status",
    "success",
    "is_a_build_of__service",
    "service_name",
    "token",
    "exp",
    "access",
    "type",
    "repository",
    "name",
    "actions",
    "pull",
    "registry2.upstream.example/v2/abc",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![8 => select(WORDS.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

/// Any JSON, and JSON that has the words of the API in the order of the API.
pub fn json() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    let any_json = leaf.prop_recursive(6, 48, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((word(), inner), 0..4).prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    });
    let path = ["d", "release_image", "image", "is_a_build_of__service"];
    let release = (any_json.clone(), 0..=path.len()).prop_map(move |(inner, depth)| {
        let wrap = |inner, field: &&str| serde_json::json!({ *field: [inner] });
        path[..depth].iter().rev().fold(inner, wrap)
    });
    let claims =
        any_json.clone().prop_map(|access| serde_json::json!({ "exp": 1, "access": access }));
    prop_oneof![any_json, release, claims].prop_map(|value| value.to_string().into_bytes())
}

/// Kept entries that were cut, changed or made longer.
pub fn entries() -> impl Strategy<Value = Vec<u8>> {
    let image = |service: &str, hash| ServiceImage {
        service: service.to_owned(),
        location: location(hash),
    };
    let releases = [
        Selected::Nothing(Vec::new()),
        Selected::Ambiguous(vec!["abc".to_owned(), "abd".to_owned()]),
        Selected::Names(vec!["2.3.8".to_owned(), "2.3.8-rev1".to_owned()]),
        Selected::One(Resolved::new(Vec::new())),
        Selected::One(Resolved::new(vec![image("main", "abc")])),
        Selected::One(Resolved::new(vec![image("api", "aaa"), image("web", "bbb")])),
    ];
    let entry = |selected| bytes(&Resolution { answered_at: NOW, selected });
    let digest = digest_of(BROWSER);
    let redirect = |of_head, life| (BLOB, of_head, STORAGE, NOW, NOW + life);
    let others = [
        bytes(&(&digest, MANIFEST_TYPE, manifest_of(BROWSER))),
        bytes(&(NOW, Some((&digest, NOW)), [redirect(false, 90), redirect(true, 9000)].as_slice())),
        bytes(&(NOW, ("upstreamjwt", NOW + 14_400, [format!("v2/{BROWSER}")].as_slice()))),
    ];
    mutated([&releases.map(entry)[..], &others].concat(), vec(any::<u8>(), 0..4))
}

fn bytes(entry: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(entry).expect("an entry always serializes")
}
