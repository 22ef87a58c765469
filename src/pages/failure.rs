//! Pages that say what failed.

use http::StatusCode;
use maud::html;

use super::document::{self, Reuse};
use crate::answer::{Answer, Failure};
use crate::origin::Origin;

/// The page about a failure.
pub(crate) fn answer<B>(failure: &Failure, own: &Origin) -> Answer<B> {
    let status = status(failure);
    let (title, advice) = match status {
        StatusCode::NOT_FOUND => ("Not found", None),
        StatusCode::TOO_MANY_REQUESTS => ("Too many requests", Some("Please wait a moment.")),
        StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => (
            "Not available just now",
            Some("Images may still be pulled meanwhile. Reload the page in a minute."),
        ),
        _ => ("This did not work", None),
    };
    let main = html! {
        h1 { (title) }
        p.lead { (sentence(failure.message(own))) }
        @if let Some(advice) = advice { p { (advice) } }
    };
    let asked = if let Failure::Absent(absent) = failure { absent.name.as_str() } else { "" };
    let answer = document::answer(own, (status, Reuse::Never), (title, asked), main);
    match failure.header(own) {
        Some((name @ "retry-after", value)) => answer.with(name, value),
        Some(_) | None => answer,
    }
}

// A page needs no token, so a refusal of its own token is upstream's fault. With 401, a browser would
// ask for a password.
fn status(failure: &Failure) -> StatusCode {
    match failure.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => StatusCode::BAD_GATEWAY,
        status => status,
    }
}

// Clients show a message behind a code. On a page it stands alone, so it becomes a sentence.
fn sentence(mut message: String) -> String {
    if let Some(first) = message.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if !message.ends_with(['.', '\n']) {
        message.push('.');
    }
    message
}
