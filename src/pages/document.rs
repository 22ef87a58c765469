//! The HTML document around each page, and its headers.

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use http::StatusCode;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::answer::Answer;
use crate::origin::Origin;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("copy.js");
const ICON: &str = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' \
    viewBox='0 0 8 8'><path fill='%230a6ebd' d='M0 0h3v3H0zM4 0h4v3H4zM0 4h5v4H0zM6 4h2v4H6z'/></svg>";

/// Whether browsers may reuse a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reuse {
    /// For a minute, as long as a target is reused by default.
    Shortly,
    /// Not at all: the page says that something failed.
    Never,
}

/// The answer with a page. `main` is what is below the header; `q` stands in the look-up box.
pub(super) fn answer<B>(
    own: &Origin,
    (status, reuse): (StatusCode, Reuse),
    (title, q): (&str, &str),
    main: Markup,
) -> Answer<B> {
    let body = document(own, title, q, main).into_string();
    let answer = match reuse {
        Reuse::Shortly => Answer::reusable(status, "text/html; charset=utf-8", body),
        Reuse::Never => Answer::text(status, "text/html; charset=utf-8", body),
    };
    answer.with("content-security-policy", policy()).with("referrer-policy", "no-referrer")
}

fn document(own: &Origin, title: &str, q: &str, main: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) " · " (own.authority()) }
                link rel="icon" href=(PreEscaped(ICON));
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    a.home href="/" { (own.authority()) }
                    form role="search" action="/" {
                        label for="q" { "Name" }
                        input #q name="q" value=(q) required placeholder="org/app"
                            autocapitalize="none" autocomplete="off" spellcheck="false";
                        button { "Look up" }
                    }
                }
                main { (main) }
                p #copied role="status" {}
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

// A page may load nothing, and only our own style and script may act: what upstream told could not
// run even if it came into a page as markup. No other site may show a page in a frame, or get a form.
fn policy() -> String {
    let [style, script] = [STYLE, SCRIPT].map(|text| BASE64.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; \
         img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}
