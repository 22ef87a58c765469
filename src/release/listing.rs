//! Lists: a release has one tag and no referrers. Both lists are answered without asking upstream,
//! because they are the same for every release.

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;
use crate::oci::name::Name;

const TAG: &str = "latest";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const NO_REFERRERS: &str =
    r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;

/// The list of tags (OCI distribution specification 1.1, end-8), paged by `n` and `last`.
pub(crate) fn tags<B>(name: &Name, query: &str) -> Answer<B> {
    #[derive(Serialize)]
    struct Tags<'a> {
        name: &'a str,
        tags: &'a [&'a str],
    }
    let none = parameter(query, "n").is_some_and(|n| n.parse() == Ok(0))
        || parameter(query, "last").is_some_and(|last| last.as_str() >= TAG);
    let tags: &[&str] = if none { &[] } else { &[TAG] };
    let body = serde_json::to_string(&Tags { name: name.as_str(), tags });
    Answer::json(StatusCode::OK, body.expect("strings always serialize"))
}

/// The referrers of a digest: an empty index (end-12a and end-12b).
pub(crate) fn referrers<B>(query: &str) -> Answer<B> {
    let answer = Answer::text(StatusCode::OK, INDEX, NO_REFERRERS);
    match parameter(query, "artifactType") {
        Some(_) => answer.with("oci-filters-applied", "artifactType"),
        None => answer,
    }
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}
