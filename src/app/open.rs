//! The pages that answer everybody, whatever the settings and the host asked for.

use http::StatusCode;
use serde::Serialize;

use crate::allowance::CLIENT;
use crate::answer::Answer;
use crate::config::Misconfigured;
use crate::hosted::health::{self, HostingStatus};
use crate::route::Open;
use crate::services::{Incoming, Services};

/// Answers a page. `problems` are those of the settings.
pub(super) async fn answer<S: Services, I: Incoming>(
    page: Open,
    problems: &[Misconfigured],
    services: &S,
    incoming: &I,
) -> Answer<S::Body> {
    match page {
        Open::Ping => Answer::text(StatusCode::OK, "text/plain", "pong"),
        Open::Health => {
            let client = incoming.header(CLIENT).unwrap_or_default();
            let hosting = match problems {
                [] => health::status(services, &client).await,
                _ => HostingStatus::Unknown,
            };
            healthz(problems, hosting)
        }
    }
}

fn healthz<B>(problems: &[Misconfigured], hosting: HostingStatus) -> Answer<B> {
    let (status, word) = match problems {
        [] => (StatusCode::OK, "ok"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "misconfigured"),
    };
    #[derive(Serialize)]
    struct Health<'a> {
        status: &'a str,
        problems: &'a [Misconfigured],
        hosting: &'a str,
    }
    let body = serde_json::to_string(&Health { status: word, problems, hosting: hosting.as_str() });
    Answer::json(status, body.expect("strings always serialize"))
}
