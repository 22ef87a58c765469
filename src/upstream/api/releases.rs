//! Releases with their services: one OData query asks for several.
//!
//! The API does not sort by itself, and its `semver eq` also matches drafts. So the query has an
//! order and says whether the release is final. A selector that any number of releases may match is
//! asked for alone, with a limit.

mod row;
pub mod siblings;

use super::{Caller, Unserved, get, tree};
use crate::balena::reference::{Line, Release, Selector};
use crate::balena::resolved::Selected;
use crate::config::Config;
use crate::fault::Fault;
use crate::json;
use crate::secret::Secret;
use crate::services::{Call, Reply};

/// The most releases that are named if a short commit begins the commits of several.
pub const MOST_CANDIDATES: usize = 5;

const IMAGES: &str = "release_image($select=id;$expand=image($select=id,\
    is_stored_at__image_location,status;$expand=is_a_build_of__service($select=service_name)))";
// The fields by which the rows of several releases are told apart.
const WHICH: &str = "belongs_to__application($select=slug),\
    should_be_running_on__application($select=slug)";
const FIELDS: &str = "id,commit,semver,raw_version,is_final";
/// A filter for the releases that a line, a list or a near miss may name.
pub(super) const LISTED: &str =
    "status eq 'success' and is_final eq true and is_invalidated eq false";
/// The order of versions, from the highest to the lowest.
pub(super) const HIGHEST_FIRST: &str =
    "semver_major desc,semver_minor desc,semver_patch desc,revision desc,id asc";
const LATEST_REVISION_FIRST: &str = "revision desc,id asc";

/// The call that asks for those of the `releases` that `credential` may see, with their services. A
/// release with a [broad](Selector::is_broad) selector must be asked for alone.
pub fn releases_call(config: &Config, releases: &[&Release], credential: Option<&Secret>) -> Call {
    let query = match releases {
        [only] => {
            let (top, fields, order) = limits(&only.selector);
            format!(
                "$top={top}&$select={fields}&$expand={IMAGES}\
                 &$filter=status eq 'success' and {}&$orderby={order}",
                filter(only)
            )
        }
        several => {
            let filters: Vec<_> = several.iter().map(|it| format!("({})", filter(it))).collect();
            format!(
                "$select={FIELDS}&$expand={WHICH},{IMAGES}\
                 &$filter=status eq 'success' and ({})&$orderby={LATEST_REVISION_FIRST}",
                filters.join(" or ")
            )
        }
    };
    // The API refuses most percent-encoding. Every value in the query comes from a grammar without
    // quotes and without bytes to encode, so only spaces are left, and the plus of a revision.
    let query = query.replace(' ', "%20").replace('+', "%2B");
    get(config, format!("/v7/release?{query}"), credential)
}

/// Reads the answer to a [`releases_call`] for the same `releases`. The result for each is what the
/// caller may see of it. A fault in one release does not affect the others.
///
/// # Errors
/// [`Unserved`] if the API refused the caller, failed, or sent something else than releases.
pub fn read_releases(
    config: &Config,
    releases: &[&Release],
    reply: &Reply<Vec<u8>>,
    caller: Caller,
) -> Result<Vec<Result<Selected, Fault>>, Unserved> {
    caller.served(reply)?;
    let answer = tree(&reply.body)?;
    let rows = row::read(json::list(&answer, "d")?)?;
    let select = |release: &&Release| match releases {
        [only] => row::select_alone(config, &rows, &only.selector),
        _ => row::select(config, &rows, release),
    };
    Ok(releases.iter().map(select).collect())
}

// How many rows one release needs, the fields that tell them apart, and their order.
fn limits(selector: &Selector) -> (usize, &'static str, &'static str) {
    match selector {
        Selector::Version(version) if version.raw_of_revision().is_some() => {
            // One row for each of its two meanings.
            (2, FIELDS, LATEST_REVISION_FIRST)
        }
        Selector::Target | Selector::Commit(_) | Selector::Version(_) => {
            (1, "id", LATEST_REVISION_FIRST)
        }
        Selector::Line(_) => (1, "id", HIGHEST_FIRST),
        Selector::ShortCommit(_) => (MOST_CANDIDATES, FIELDS, HIGHEST_FIRST),
    }
}

fn filter(release: &Release) -> String {
    let slug = release.slug.as_str();
    let target = || format!("should_be_running_on__application/any(t:t/slug eq '{slug}')");
    let which = which(&release.selector, target);
    format!("belongs_to__application/any(a:a/slug eq '{slug}') and {which}")
}

// The filter of a selector; `target` is the one for the target.
fn which(selector: &Selector, target: impl FnOnce() -> String) -> String {
    match selector {
        Selector::Target => target(),
        Selector::Commit(commit) => format!("commit eq '{}'", commit.as_str()),
        Selector::Version(version) => {
            let exact = version.raw_of_revision();
            let exact =
                exact.map(|raw| format!(" or (raw_version eq '{raw}' and is_final eq true)"));
            let version = version.as_str();
            format!(
                "((semver eq '{version}' and is_final eq true) \
                 or (raw_version eq '{version}' and is_final eq false){})",
                exact.unwrap_or_default()
            )
        }
        Selector::Line(line) => of_line(line),
        Selector::ShortCommit(short) => {
            let begins = format!("startswith(commit,'{}')", short.as_str());
            match short.line() {
                None => begins,
                Some(line) => format!("({begins} or ({}))", of_line(&line)),
            }
        }
    }
}

fn of_line(line: &Line) -> String {
    let minor = line.minor().map(|minor| format!(" and semver_minor eq {minor}"));
    format!(
        "semver_major eq {}{} and semver_prerelease eq '' and {LISTED}",
        line.major(),
        minor.unwrap_or_default()
    )
}
