//! The catalog: public blocks, as repositories. It has no rights to check, because everybody may see
//! them.

use http::StatusCode;
use serde::Serialize;

use crate::answer::{Answer, Failure};
use crate::balena::reference::Slug;
use crate::exchange::Exchange;
use crate::oci::paging::{Query, next_page};
use crate::oci::path::{InvalidPath, Path};
use crate::release::names;
use crate::release::permission::Permission;
use crate::services::{Incoming, Services};

/// A page of the catalog (distribution, "Listing Repositories"), paged by `n` and `last`.
///
/// # Errors
/// [`Failure`] if the operator has switched it off, if `last` is no slug, or if upstream failed.
pub(crate) async fn list<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    query: &str,
) -> Result<Answer<S::Body>, Failure> {
    let Exchange { task, .. } = exchange;
    let most = task.deployment.config.numbers.catalog_page;
    if most == 0 {
        return Err(Failure::Path(InvalidPath::Unknown));
    }
    let query = Query::parse(query);
    let limit = query.limit(most).unwrap_or(most);
    let last = query.first("last").map(Slug::parse).transpose();
    let last = last.map_err(|_| Failure::Path(InvalidPath::Name))?;
    if limit == 0 {
        return Ok(answer(&[]));
    }
    let permission = Permission::new(exchange, None);
    // One block more than the page has shows whether there is another page.
    let (blocks, source) =
        names::blocks(task, &permission, last.as_ref(), limit + 1).await.map_err(Failure::from)?;
    task.trace.content(source);
    let blocks = blocks.selected.names();
    let shown = &blocks[..blocks.len().min(usize::try_from(limit).unwrap_or(usize::MAX))];
    let answer = answer(shown);
    Ok(match shown.last() {
        Some(last) if shown.len() < blocks.len() => {
            answer.with("link", next_page(&Path::Catalog, &[("n", &limit.to_string())], last))
        }
        Some(_) | None => answer,
    })
}

fn answer<B>(repositories: &[String]) -> Answer<B> {
    #[derive(Serialize)]
    struct Catalog<'a> {
        repositories: &'a [String],
    }
    let body = serde_json::to_string(&Catalog { repositories });
    Answer::json(StatusCode::OK, body.expect("strings always serialize"))
}
