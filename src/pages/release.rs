//! The page of a release, or of one of its services.

use http::StatusCode;
use maud::{Markup, html};

use super::application::{revision, version};
use super::document::{self, Reuse};
use super::parts::{code, facts, known, link, text};
use super::{commands, image};
use crate::answer::{Answer, Failure};
use crate::balena::architecture::Architecture;
use crate::balena::reference::ReleaseReference;
use crate::exchange::Exchange;
use crate::oci::name::Name;
use crate::release::shown::{self, Picked, Shown};
use crate::services::{Incoming, Services};
use crate::upstream::api::described::Application;

/// Answers with the page.
///
/// # Errors
/// [`Failure`] if nobody sees the release without a credential, or if upstream failed.
pub(super) async fn answer<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    name: &Name,
    reference: &ReleaseReference,
) -> Result<Answer<S::Body>, Failure> {
    let shown = shown::release(exchange, name, reference).await?;
    let main = main(exchange.own.authority(), name, reference, &shown);
    let about = (name.as_str(), name.as_str());
    Ok(document::answer(exchange.own, (StatusCode::OK, Reuse::Shortly), about, main))
}

fn main(host: &str, name: &Name, reference: &ReleaseReference, shown: &Shown) -> Markup {
    let slug = reference.release.slug.as_str();
    let application = shown.application.as_ref();
    let service = reference.service.as_deref().unwrap_or(commands::app(slug));
    html! {
        @if name.as_str() != slug { nav { (link(slug, &format!("All releases of {slug}"))) } }
        h1 { (name.as_str()) }
        @match &shown.picked {
            Picked::Services(services) => (choice(name, services)),
            Picked::Image(_) | Picked::Siblings(_) => {
                (commands::pulled_by(&format!("{host}/{}", name.as_str()), service))
            }
        }
        @match &shown.picked {
            Picked::Siblings(architectures) => (siblings(slug, name, architectures)),
            Picked::Services(_) => (about(application)),
            Picked::Image(None) => {
                (about(application))
                p { "The manifest of its image is too long to be shown." }
            }
            Picked::Image(Some(image)) => {
                (about(application))
                (image::section(image))
            }
        }
    }
}

fn about(application: Option<&Application>) -> Markup {
    let Some((application, release)) =
        application.and_then(|it| Some((it, *it.releases().first()?)))
    else {
        return released(&[("Version", known(None))]);
    };
    released(&[
        ("Version", version(application, release, None)),
        ("Revision", revision(release)),
        ("State", text(release.state())),
        ("Commit", code(release.commit())),
        ("Date", known(release.day().map(text))),
        ("Architecture", known(application.architecture().map(text))),
    ])
}

fn released(rows: &[(&str, Markup)]) -> Markup {
    html! {
        h2 { "Release" }
        (facts(rows))
    }
}

fn siblings(slug: &str, name: &Name, architectures: &[Architecture]) -> Markup {
    let rest = name.as_str().strip_prefix(slug).unwrap_or_default();
    html! {
        h2 { "Architectures" }
        p { "This name is for several architectures. Each has an image of its own, and a client chooses by itself:" }
        ul {
            @for architecture in architectures {
                @let full = format!("{slug}-{}{rest}", architecture.as_str());
                li { (if Name::is_valid(&full) { link(&full, &full) } else { text(&full) }) }
            }
        }
    }
}

// A service that cannot be a part of a name is shown without a link.
fn choice(name: &Name, services: &[String]) -> Markup {
    html! {
        p.lead { "This release has several services. Each is an image of its own:" }
        ul {
            @for service in services {
                @let full = shown::of_service(name, service);
                li { (if Name::is_valid(&full) { link(&full, service) } else { text(service) }) }
            }
        }
    }
}
