//! Pages for people with a browser: what this is, the releases of an application, and one release.
//!
//! Pages are anonymous: no credential and no cookie is read, so a page shows what everybody may see.
//! What upstream told stands in a page as text, never as markup.

mod application;
mod commands;
mod document;
mod failure;
mod home;
mod image;
mod parts;
mod release;
mod units;

use crate::account::name::is_hosted;
use crate::answer::{Answer, Failure};
use crate::exchange::Exchange;
use crate::route::page::Page;
use crate::services::{Incoming, Services};

pub(crate) use self::failure::answer as failure;

/// Answers a request for a page.
///
/// # Errors
/// [`Failure`] if the page is not there, if the caller does not read pages, or if upstream failed.
pub(crate) async fn serve<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    page: Page<'_>,
) -> Result<Answer<S::Body>, Failure> {
    let Exchange { task, incoming, own } = exchange;
    let is_hosted = page.name().is_some_and(|name| is_hosted(name.as_str()));
    if !is_for_people(*incoming) || is_hosted && task.services.hosting().is_some() {
        return Err(Failure::NoSuchPage);
    }
    page.name().into_iter().for_each(|name| task.trace.name(name.as_str()));
    match page {
        Page::Home(query) => Ok(home::answer(own, query)),
        Page::Application(name, slug, query) => {
            application::answer(exchange, &name, &slug, query).await
        }
        Page::Release(name, reference) => release::answer(exchange, &name, &reference).await,
    }
}

/// Whether the caller reads pages: its `Accept` names `text/html` (RFC 9110, section 12.5.1).
/// Browsers do, and registry clients do not. `*/*` does not count, because tools send it.
pub(crate) fn is_for_people(incoming: &impl Incoming) -> bool {
    let accept = incoming.header("accept").unwrap_or_default();
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_html = parts.next().is_some_and(|it| it.eq_ignore_ascii_case("text/html"));
        is_html && !parts.any(is_zero)
    })
}

// A weight of 0 means "not this one".
fn is_zero(parameter: &str) -> bool {
    let weight = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="));
    weight.is_some_and(|it| it.starts_with('0') && it.bytes().all(|b| matches!(b, b'0' | b'.')))
}
