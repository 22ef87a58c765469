//! The page at `/`: what this is, and the look-up box.

use http::StatusCode;
use maud::{Markup, html};

use super::commands;
use super::document::{self, Reuse};
use super::parts::{code, table, text};
use crate::answer::Answer;
use crate::balena::reference::ReleaseReference;
use crate::oci::name::Name;
use crate::oci::paging::Query;
use crate::origin::Origin;

// What a name may end with, and what it means then.
const FORMS: [(&str, &str); 6] = [
    ("org/app", "the current release of an application"),
    ("org/app/2.3.8", "a version, in its latest revision"),
    ("org/app/2.3.8-rev1", "exactly this revision of a version"),
    ("org/app/2.3", "the highest release of a line"),
    ("org/app/4f2a91c", "a commit, or its first digits"),
    ("org/app/2.3.8/service", "one service of a release with several"),
];

/// Answers with the page, or with a redirect to the name in the look-up box.
pub(super) fn answer<B>(own: &Origin, query: &str) -> Answer<B> {
    let query = Query::parse(query);
    match query.first("q").map(|text| (text, looked_up(own, text))) {
        // The name's grammar has no byte that could lead to another host.
        Some((_, Some(name))) => {
            Answer::empty(StatusCode::SEE_OTHER).with("location", format!("/{}", name.as_str()))
        }
        Some((text, None)) => page(own, StatusCode::BAD_REQUEST, text),
        None => page(own, StatusCode::OK, ""),
    }
}

// People paste what they pull: with the host, and with spaces around it.
fn looked_up(own: &Origin, text: &str) -> Option<Name> {
    let text = text.trim();
    let text = text.strip_prefix(own.as_str()).unwrap_or(text);
    let text = text.strip_prefix(own.authority()).unwrap_or(text).trim_matches('/');
    let name = Name::parse(text).ok()?;
    ReleaseReference::parse(&name).is_ok().then_some(name)
}

fn page<B>(own: &Origin, status: StatusCode, q: &str) -> Answer<B> {
    let reuse = if status.is_success() { Reuse::Shortly } else { Reuse::Never };
    let main = html! {
        @if !status.is_success() {
            p.problem role="alert" {
                "That is not the name of a release. Write org/app, in lower case, with a release behind \
                 it if you like: org/app/2.3.8."
            }
        }
        h1 { "Pull balena releases by name" }
        p.lead {
            "This is a container registry. Every public release of a balena fleet, app or block has a "
            "name here, by which any registry client can pull it without an account."
        }
        (commands::pulled_by(&format!("{}/org/app", own.authority()), "app"))
        h2 { "Names" }
        (forms(own.authority()))
        h2 { "Private releases" }
        p { "Log in with any user name, and an API key of balena as the password:" }
        pre { code { "docker login " (own.authority()) } }
    };
    document::answer(own, (status, reuse), ("Pull balena releases by name", q), main)
}

fn forms(host: &str) -> Markup {
    let mut rows = Vec::new();
    for (form, meaning) in FORMS {
        rows.push(vec![code(&format!("{host}/{form}")), text(meaning)]);
    }
    table(&["Name", "Meaning"], &rows)
}
