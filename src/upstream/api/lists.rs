//! Lists of names: the releases of applications, and public blocks.
//!
//! The API sorts releases by the numbers of their versions, and bhcr says how many it wants. So the
//! answer is bounded, however many releases there are. Drafts and invalidated releases are left
//! out: nobody who takes the highest of a list should get one of them.

use serde_json::Value;

use super::releases::{HIGHEST_FIRST, LISTED};
use super::{Caller, Unserved, get, tree};
use crate::balena::reference::{Slug, Version};
use crate::config::Config;
use crate::json::{self, WrongField};
use crate::secret::Secret;
use crate::services::{Call, Reply};

/// An application, and its releases from the highest to the lowest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// The application's slug.
    pub slug: String,
    /// Each release's version, and the name of exactly this revision if it is not the first.
    pub releases: Vec<(Version, Option<Version>)>,
}

/// The call that asks for the highest final releases of each of these applications, at most `most`.
pub fn releases_call(
    config: &Config,
    slugs: &[&Slug],
    most: usize,
    credential: Option<&Secret>,
) -> Call {
    let which: Vec<_> = slugs.iter().map(|slug| format!("slug eq '{}'", slug.as_str())).collect();
    let query = format!(
        "$select=slug&$expand=owns__release($select=raw_version;$top={most};$filter={LISTED};\
         $orderby={HIGHEST_FIRST})&$filter={}",
        which.join(" or ")
    );
    get(config, format!("/v7/application?{}", query.replace(' ', "%20")), credential)
}

/// The call that asks for the slugs of public blocks after `last`, at most `most`, in the order of
/// the API's database.
pub fn blocks_call(config: &Config, last: Option<&Slug>, most: u64) -> Call {
    let after = last.map(|slug| format!(" and slug gt '{}'", slug.as_str())).unwrap_or_default();
    let query = format!(
        "$top={most}&$select=slug&$filter=is_public eq true and is_archived eq false and \
         is_of__class eq 'block'{after}&$orderby=slug asc"
    );
    get(config, format!("/v7/application?{}", query.replace(' ', "%20")), None)
}

/// Reads the answer to a [`releases_call`] or a [`blocks_call`]. Releases whose version no name can
/// say are left out.
///
/// # Errors
/// [`Unserved`] if the API refused the caller, failed, or sent something else than applications.
pub fn read(reply: &Reply<Vec<u8>>, caller: Caller) -> Result<Vec<Application>, Unserved> {
    caller.served(reply)?;
    let answer = tree(&reply.body)?;
    Ok(applications(&answer)?)
}

fn applications(answer: &Value) -> Result<Vec<Application>, WrongField> {
    let mut applications = Vec::new();
    for row in json::list(answer, "d")? {
        let mut releases = Vec::new();
        for release in json::optional_list(row, "owns__release")? {
            releases.extend(Version::of_raw(json::text(release, "raw_version")?));
        }
        applications.push(Application { slug: json::text(row, "slug")?.to_owned(), releases });
    }
    Ok(applications)
}
