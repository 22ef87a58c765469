//! What one selector finds in each of several siblings, by one query. It has a limit for each of them.

use serde_json::Value;

use super::row::{self, Row};
use super::{IMAGES, limits, which};
use crate::balena::reference::{Selector, Slug};
use crate::balena::resolved::Selected;
use crate::config::Config;
use crate::json::{self, WrongField};
use crate::secret::Secret;
use crate::services::{Call, Reply};
use crate::upstream::api::{Caller, Unserved, get, tree};

/// The call that asks for what `selector` means in each of the applications `slugs`.
pub fn siblings_call(
    config: &Config,
    slugs: &[&Slug],
    selector: &Selector,
    credential: Option<&Secret>,
) -> Call {
    let any_of = |field: &str| {
        let each: Vec<_> = slugs.iter().map(|it| format!("{field} eq '{}'", it.as_str())).collect();
        each.join(" or ")
    };
    let (top, fields, order) = limits(selector);
    let target = || format!("should_be_running_on__application/any(t:{})", any_of("t/slug"));
    let query = format!(
        "$select=slug&$expand=owns__release($top={top};$select={fields};$expand={IMAGES};\
         $filter=status eq 'success' and {};$orderby={order})&$filter={}",
        which(selector, target),
        any_of("slug")
    );
    // As in `releases_call`.
    let query = query.replace(' ', "%20").replace('+', "%2B");
    get(config, format!("/v7/application?{query}"), credential)
}

/// Reads the answer to a [`siblings_call`] with the same selector: what it means in each of `slugs`.
/// A sibling whose images are nowhere on the configured registry has nothing, so that it does not
/// end the others.
///
/// # Errors
/// [`Unserved`] if the API refused the caller, failed, or sent something else than applications, or if
/// no other sibling has anything.
pub fn read_siblings(
    config: &Config,
    slugs: &[&Slug],
    selector: &Selector,
    reply: &Reply<Vec<u8>>,
    caller: Caller,
) -> Result<Vec<Selected>, Unserved> {
    caller.served(reply)?;
    let answer = tree(&reply.body)?;
    let applications = applications(&answer)?;
    let (mut all, mut bad) = (Vec::new(), None);
    for slug in slugs {
        let own = applications.iter().find(|(own, _)| *own == slug.as_str());
        let selected = row::select_alone(config, own.map_or(&[], |(_, rows)| rows), selector);
        all.push(selected.unwrap_or_else(|fault| {
            bad = Some(fault);
            Selected::Nothing(Vec::new())
        }));
    }
    match bad {
        Some(fault) if !all.iter().any(Selected::is_found) => Err(fault.into()),
        Some(_) | None => Ok(all),
    }
}

// The slugs of the applications, each with its releases.
fn applications(answer: &Value) -> Result<Vec<(&str, Vec<Row<'_>>)>, WrongField> {
    let mut applications = Vec::new();
    for it in json::list(answer, "d")? {
        let rows = row::read(json::list(it, "owns__release")?)?;
        applications.push((json::text(it, "slug")?, rows));
    }
    Ok(applications)
}
