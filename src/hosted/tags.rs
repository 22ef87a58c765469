//! The list of an image's tags (OCI distribution specification 1.1, end-8).

use http::StatusCode;
use serde::Serialize;

use super::catalog::tags;
use super::host::Host;
use crate::account::name::ImageName;
use crate::answer::Answer;
use crate::oci::name::Name;
use crate::oci::paging::{InvalidNumber, Query, next_page};
use crate::oci::path::Path;
use crate::oci::reference::Tag;
use crate::refusal::Refusal;
use crate::services::Services;

/// The most tags of a page.
const MAX_PAGE: u64 = 1000;

#[derive(Serialize)]
struct Tags<'a> {
    name: &'a str,
    tags: Vec<&'a str>,
}

/// Answers with a page of tags, which is empty if nothing was pushed.
///
/// # Errors
/// [`Refusal::Page`], [`Refusal::Database`].
pub(crate) async fn list<S: Services>(
    host: &Host<'_, S>,
    name: &Name,
    image: &ImageName,
    query: &str,
) -> Result<Answer<S::Body>, Box<Refusal>> {
    let query = Query::parse(query);
    let limit = query.limit(MAX_PAGE).map_err(|InvalidNumber| Refusal::Page)?;
    let page = match limit {
        0 => None,
        _ => tags::page(host.database, image, query.first("last"), limit).await?,
    };
    let (tags, more) = page.map_or((Vec::new(), false), |page| (page.tags, page.more));
    let body = Tags { name: name.as_str(), tags: tags.iter().map(Tag::as_str).collect() };
    let body = serde_json::to_string(&body).expect("strings always serialize");
    let answer = Answer::json(StatusCode::OK, body);
    Ok(match tags.last().filter(|_| more) {
        Some(last) => {
            let kept = [("n", &*limit.to_string())];
            answer.with("link", next_page(&Path::Tags(name.clone()), &kept, last.as_str()))
        }
        None => answer,
    })
}
