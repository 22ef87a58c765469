//! The releases of an application, as the tags of a name without a release. Each of these tags can
//! also be written as the third part of a name.

use super::{TAG, list_of_tags};
use crate::answer::{Answer, Failure};
use crate::balena::reference::Slug;
use crate::exchange::Exchange;
use crate::oci::challenge::TokenError;
use crate::oci::name::Name;
use crate::oci::paging::{Query, next_page};
use crate::oci::path::Path;
use crate::release::names;
use crate::release::permission::Permission;
use crate::secret::Secret;
use crate::services::{Incoming, Services};
use crate::upstream::api::Unserved;

/// The list (OCI distribution specification 1.1, end-8) in the order of ASCII, paged by `n` and
/// `last`. If the application `has_target`, the list has the tag `latest`. `credential` is the
/// caller's. Whoever calls this has checked that the caller may pull an image of the target, or may
/// see a release.
///
/// # Errors
/// [`Failure`] if upstream failed.
pub(crate) async fn list<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    (name, slug): (&Name, &Slug),
    has_target: bool,
    credential: Option<&Secret>,
    query: &str,
) -> Result<Answer<S::Body>, Failure> {
    let Exchange { task, .. } = exchange;
    let permission = Permission::new(exchange, credential);
    let listed = names::releases(task, &permission, slug, credential).await;
    let (listed, source) = listed.map_err(|reason| unserved(reason, name))?;
    task.trace.content(source);
    let latest: &[_] = if has_target { &[TAG] } else { &[] };
    Ok(page(name, (listed.selected.names(), latest), query))
}

// Everything is on the first page if the client does not say how much it wants. Every release begins
// with a digit, so `latest` comes last.
fn page<B>(name: &Name, (releases, latest): (&[String], &[&str]), query: &str) -> Answer<B> {
    let query = Query::parse(query);
    let releases = releases.iter().map(String::as_str);
    let all = releases.chain(latest.iter().copied());
    let last = query.first("last").unwrap_or_default();
    let mut rest = all.skip_while(|tag| *tag <= last);
    let limit = query.limit(u64::MAX).ok().and_then(|n| usize::try_from(n).ok());
    let tags: Vec<_> = rest.by_ref().take(limit.unwrap_or(usize::MAX)).collect();
    let answer = list_of_tags(name, &tags);
    match (tags.last(), rest.next(), query.first("n")) {
        (Some(last), Some(_), Some(n)) => {
            answer.with("link", next_page(&Path::Tags(name.clone()), &[("n", n)], last))
        }
        _ => answer,
    }
}

// A credential that the API refuses now was accepted when the token was made, so the client must ask
// for a new token.
fn unserved(reason: Unserved, name: &Name) -> Failure {
    match reason {
        Unserved::Refused => {
            let error = Some(TokenError::Invalid);
            Failure::Unauthenticated { name: Some(name.clone()), error }
        }
        Unserved::Fault(fault) => fault.into(),
    }
}
