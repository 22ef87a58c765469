//! What upstream answers about lists of releases, and about public blocks.

use bhcr::services::{Call, Reply};
use serde_json::json;

use super::{RELEASES, Row, bearer, quoted};
use crate::support::reply;

/// The public blocks, in their order.
pub const BLOCKS: [&str; 3] = ["blocks/browser", "blocks/sensor", "blocks/tunnel"];

// As the real API, it answers the highest versions first, and nothing of what the caller may not see.
pub(super) fn applications(path: &str, call: &Call) -> Reply<Vec<u8>> {
    if path.contains("is_of__class") {
        return blocks(path);
    }
    let asked = path.split("slug%20eq%20'").skip(1).filter_map(|part| part.split('\'').next());
    let seen = |row: &&Row| row.2.is_none() || row.2 == bearer(call);
    let found = asked.filter_map(|slug| {
        let rows = RELEASES.iter().filter(seen).filter(|row| row.0 == slug);
        let versions = rows.clone().map(|row| row.1).filter(|it| it.contains('.'));
        let releases: Vec<_> = versions.map(|raw| json!({ "raw_version": raw })).collect();
        rows.clone().next().map(|_| json!({ "slug": slug, "owns__release": releases }))
    });
    reply(200, &json!({ "d": Vec::from_iter(found) }).to_string())
}

fn blocks(path: &str) -> Reply<Vec<u8>> {
    let most = path.split_once("$top=").and_then(|(_, rest)| rest.split('&').next()?.parse().ok());
    let last = quoted(path, "slug%20gt%20'").unwrap_or_default();
    let after = BLOCKS.iter().filter(|slug| **slug > last);
    let page = after.take(most.expect("it has a limit")).map(|it| json!({ "slug": it }));
    let page = Vec::from_iter(page);
    reply(200, &json!({ "d": page }).to_string())
}
