//! The manifests that refer to a digest (OCI distribution specification 1.1, end-12).

use http::StatusCode;
use serde::Serialize;

use super::catalog::referrers::{self, Referrer};
use super::host::Host;
use crate::account::name::ImageName;
use crate::answer::Answer;
use crate::json::{self, NamedTexts};
use crate::oci::digest::Digest;
use crate::oci::manifest::MediaType;
use crate::oci::name::Name;
use crate::oci::paging::{Query, next_page};
use crate::oci::path::Path;
use crate::refusal::Refusal;
use crate::services::Services;

/// The most referrers of a page. With annotations of [`MAX_ANNOTATIONS`] each, a page stays below
/// the 4 MiB that clients take for an index.
const PAGE: u64 = 100;
/// The most bytes of annotations, as JSON, that a manifest with a subject may have.
pub const MAX_ANNOTATIONS: usize = 32 * 1024;

const FILTER: &str = "artifactType";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    schema_version: u8,
    media_type: &'static str,
    manifests: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: Digest,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<String>,
    #[serde(skip_serializing_if = "NamedTexts::is_empty")]
    annotations: NamedTexts,
}

/// Answers with a page of referrers as an index. The subject need not exist.
///
/// # Errors
/// [`Refusal::Database`].
pub(crate) async fn list<S: Services>(
    host: &Host<'_, S>,
    name: &Name,
    image: &ImageName,
    subject: &Digest,
    query: &str,
) -> Result<Answer<S::Body>, Box<Refusal>> {
    let query = Query::parse(query);
    let kind = query.first(FILTER).filter(|kind| !kind.is_empty());
    let after = query.first("last").and_then(|last| Digest::parse(last).ok());
    let page = referrers::page(host.database, image, subject, kind, after.as_ref(), PAGE).await?;
    let last = page.referrers.last().filter(|_| page.more).map(|last| last.digest.to_string());
    let answer = answer(page.referrers.into_iter().map(Descriptor::from).collect());
    let answer = match kind {
        Some(_) => answer.with("oci-filters-applied", FILTER),
        None => answer,
    };
    Ok(match last {
        Some(last) => {
            let kept: Vec<_> = kind.map(|kind| (FILTER, kind)).into_iter().collect();
            let path = Path::Referrers(name.clone(), *subject);
            answer.with("link", next_page(&path, &kept, &last))
        }
        None => answer,
    })
}

fn answer<B>(manifests: Vec<Descriptor>) -> Answer<B> {
    let media_type = MediaType::OciIndex.as_str();
    let index = Index { schema_version: 2, media_type, manifests };
    let body = serde_json::to_string(&index).expect("strings and numbers always serialize");
    Answer::text(StatusCode::OK, media_type, body)
}

impl From<Referrer> for Descriptor {
    fn from(referrer: Referrer) -> Self {
        // The catalog has annotations that were written from such a map, so they always parse.
        let read =
            |text: String| json::named_texts(json::tree(text.as_bytes()).ok()?, "annotations").ok();
        Self {
            media_type: referrer.media_type,
            digest: referrer.digest,
            size: referrer.size,
            artifact_type: referrer.artifact_type,
            annotations: referrer.annotations.and_then(read).unwrap_or_default(),
        }
    }
}
