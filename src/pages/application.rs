//! The page of an application: its releases, the newest first.

use http::StatusCode;
use maud::{Markup, html};

use super::document::{self, Reuse};
use super::parts::{code, known, link, table, text};
use super::{commands, release, units};
use crate::answer::{Answer, Failure};
use crate::balena::reference::{ReleaseReference, Slug};
use crate::exchange::Exchange;
use crate::oci::name::Name;
use crate::oci::paging::Query;
use crate::release::shown;
use crate::services::{Incoming, Services};
use crate::upstream::api::described::{Application, Release, Which};

/// How many releases a page has.
const MOST: usize = 20;
/// The highest identifier that the API takes: it has 32 bits. For a higher one the API fails, and
/// nobody would ask it for a while.
const MAX_ID: u64 = (1 << 31) - 1;

/// Answers with the page.
///
/// # Errors
/// [`Failure`] if nobody sees the application without a credential, or if upstream failed.
pub(super) async fn answer<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    name: &Name,
    slug: &Slug,
    query: &str,
) -> Result<Answer<S::Body>, Failure> {
    let query = Query::parse(query);
    let which = match query.first("before").map(str::parse) {
        None => Which::Newest,
        Some(Ok(id @ ..=MAX_ID)) => Which::Before(id),
        Some(Ok(_) | Err(_)) => return Err(Failure::NoSuchPage),
    };
    // One release more than the page has shows whether there is another page.
    let found = shown::application(exchange, slug, which, MOST + 1).await?;
    let Some(application) = found else {
        // The name may still mean its siblings.
        let reference = ReleaseReference::parse(name).map_err(|_| Failure::NoSuchPage)?;
        return release::answer(exchange, name, &reference).await;
    };
    let view = View { application: &application, slug: name.as_str(), which };
    let main = view.main(exchange.own.authority());
    let about = (name.as_str(), name.as_str());
    Ok(document::answer(exchange.own, (StatusCode::OK, Reuse::Shortly), about, main))
}

struct View<'a> {
    application: &'a Application,
    slug: &'a str,
    which: Which<'a>,
}

impl View<'_> {
    fn main(&self, host: &str) -> Markup {
        let Self { application, slug, .. } = self;
        let releases = application.releases();
        let oldest = releases.get(MOST - 1).filter(|_| releases.len() > MOST);
        html! {
            h1 { (slug) }
            @if self.is_newest() { (self.current(host)) }
            h2 { @if self.is_newest() { "Releases" } @else { "Older releases" } }
            @if releases.is_empty() {
                p { "There are no " @if !self.is_newest() { "older " } "releases." }
            } @else {
                (self.table())
            }
            nav aria-label="Pages" {
                @if !self.is_newest() { (link(slug, "Newest releases")) }
                @if let Some(oldest) = oldest {
                    (link(&format!("{slug}?before={}", oldest.id()), "Older releases"))
                }
            }
        }
    }

    fn is_newest(&self) -> bool {
        matches!(self.which, Which::Newest)
    }

    fn current(&self, host: &str) -> Markup {
        let Self { application, slug, .. } = self;
        let images = application.target_images();
        html! {
            p.lead {
                "Architecture: " (application.architecture().unwrap_or("unknown"))
                @if images.is_none() { ". It has no current release." }
            }
            @match images {
                None => {}
                Some(0 | 1) => {
                    h2 { "Pull the current release" }
                    (commands::pulled_by(&format!("{host}/{slug}"), commands::app(slug)))
                }
                Some(_) => p {
                    "The current release has several services. "
                    (link(&format!("{slug}/latest"), "Choose one of them")) "."
                },
            }
        }
    }

    fn table(&self) -> Markup {
        let mut rows = Vec::new();
        for release in self.application.releases().into_iter().take(MOST) {
            rows.push(self.row(release));
        }
        html! {
            (table(&COLUMNS, &rows))
            p.note { "Unpacked: the size that balena tells. A release's page has the compressed size." }
        }
    }

    fn row(&self, release: Release<'_>) -> Vec<Markup> {
        let Self { application, slug, .. } = self;
        let selector = application.selector(release, self.is_newest());
        let commit = release.commit();
        vec![
            version(application, release, selector.map(|it| format!("{slug}/{it}")).as_deref()),
            revision(release),
            text(release.state()),
            code(commit.get(..7).unwrap_or(commit)),
            known(release.day().map(text)),
            text(&release.services().join(", ")),
            known(release.unpacked().map(|it| text(&units::size(it)))),
        ]
    }
}

const COLUMNS: [&str; 7] =
    ["Version", "Revision", "State", "Commit", "Date", "Services", "Unpacked"];

/// The version of a release, with a link to its page if `path` is given.
pub(super) fn version(
    application: &Application,
    release: Release<'_>,
    path: Option<&str>,
) -> Markup {
    let version = release.version();
    html! {
        (path.map_or_else(|| text(version), |path| link(path, version)))
        @if application.is_target(release) { " " span.mark { "current" } }
    }
}

/// The revision of a release. A draft gets one when it becomes final.
pub(super) fn revision(release: Release<'_>) -> Markup {
    match release.is_final() {
        true => known(release.revision().map(|it| text(&it.to_string()))),
        false => text("none"),
    }
}
