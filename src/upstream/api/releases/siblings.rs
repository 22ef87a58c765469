//! What one selector finds in each of several siblings, by one query. It has a limit for each of them.

use serde::Deserialize;

use super::row::{self, Row};
use super::{IMAGES, limits, which};
use crate::balena::reference::{Selector, Slug};
use crate::balena::resolved::Selected;
use crate::config::Config;
use crate::fault::Fault;
use crate::secret::Secret;
use crate::services::{Call, Reply};
use crate::upstream::api::{Caller, Unserved, from_json, get};

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
///
/// # Errors
/// [`Unserved`] if the API refused the caller, failed, or sent something else than applications.
pub fn read_siblings(
    config: &Config,
    slugs: &[&Slug],
    selector: &Selector,
    reply: &Reply<Vec<u8>>,
    caller: Caller,
) -> Result<Vec<Selected>, Unserved> {
    caller.served(reply)?;
    let Rows { d: applications } = from_json(&reply.body)?;
    let select = |slug: &&Slug| {
        let own = applications.iter().find(|it| it.slug == slug.as_str());
        row::select_alone(config, own.map_or(&[], |it| &it.releases), selector)
    };
    Ok(slugs.iter().map(select).collect::<Result<_, Fault>>()?)
}

#[derive(Deserialize)]
struct Rows {
    d: Vec<Application>,
}

#[derive(Deserialize)]
struct Application {
    slug: String,
    #[serde(rename = "owns__release")]
    releases: Vec<Row>,
}
