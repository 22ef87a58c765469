//! Lists: a name without a release lists the application's releases, and a name with one has the one
//! tag `latest`. No image has referrers.

pub mod blocks;
pub mod releases;

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;
use crate::oci::name::Name;
use crate::oci::paging::Query;

const TAG: &str = "latest";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const NO_REFERRERS: &str =
    r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;

/// The list of tags of one release (OCI distribution specification 1.1, end-8), paged by `n` and
/// `last`.
pub(crate) fn tags<B>(name: &Name, query: &str) -> Answer<B> {
    let query = Query::parse(query);
    let none = query.limit(1) == Ok(0) || query.first("last").is_some_and(|last| last >= TAG);
    list_of_tags(name, if none { &[] } else { &[TAG] })
}

/// The referrers of a digest: an empty index (end-12a and end-12b).
pub(crate) fn referrers<B>(query: &str) -> Answer<B> {
    let answer = Answer::text(StatusCode::OK, INDEX, NO_REFERRERS);
    match Query::parse(query).first("artifactType") {
        Some(_) => answer.with("oci-filters-applied", "artifactType"),
        None => answer,
    }
}

fn list_of_tags<B>(name: &Name, tags: &[&str]) -> Answer<B> {
    #[derive(Serialize)]
    struct Tags<'a> {
        name: &'a str,
        tags: &'a [&'a str],
    }
    let body = serde_json::to_string(&Tags { name: name.as_str(), tags });
    Answer::json(StatusCode::OK, body.expect("strings always serialize"))
}
