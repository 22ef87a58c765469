//! Releases with their services, several in one OData query.
//!
//! The API sorts nothing by itself and its `semver eq` matches drafts too, so the query says both.

use serde::Deserialize;

use super::{Caller, Unserved, from_json, get};
use crate::balena::location::Location;
use crate::balena::reference::{Release, Selector};
use crate::balena::resolved::{Resolved, ServiceImage};
use crate::config::Config;
use crate::fault::{Fault, Nonsense};
use crate::secret::Secret;
use crate::services::{Call, Reply};

const IMAGES: &str = "release_image($select=id;$expand=image($select=id,\
    is_stored_at__image_location,status;$expand=is_a_build_of__service($select=service_name)))";
// What tells the rows of several releases apart.
const WHICH: &str = "belongs_to__application($select=slug),\
    should_be_running_on__application($select=slug)";

/// The call that asks for `releases` with their services, as `credential` may see them.
pub fn releases_call(config: &Config, releases: &[&Release], credential: Option<&Secret>) -> Call {
    let query = match releases {
        [only] => format!(
            "$top=1&$select=id&$expand={IMAGES}\
             &$filter=status eq 'success' and {}&$orderby=revision desc,id asc",
            filter(only)
        ),
        several => {
            let filters: Vec<_> = several.iter().map(|it| format!("({})", filter(it))).collect();
            format!(
                "$select=id,commit,semver,raw_version,is_final&$expand={WHICH},{IMAGES}\
                 &$filter=status eq 'success' and ({})&$orderby=revision desc,id asc",
                filters.join(" or ")
            )
        }
    };
    // The API refuses most percent-encoding. Every value in the query comes from a grammar without
    // quotes and without bytes to encode, so only spaces are left.
    get(config, format!("/v7/release?{}", query.replace(' ', "%20")), credential)
}

/// Reads the answer to a [`releases_call`] for the same `releases`: for each of them the release,
/// or `None` if there is none that the caller may see. A fault in one release leaves the others.
///
/// # Errors
/// [`Unserved`], as the API's status says, and for any other shape.
pub fn read_releases(
    config: &Config,
    releases: &[&Release],
    reply: &Reply<Vec<u8>>,
    caller: Caller,
) -> Result<Vec<Result<Option<Resolved>, Fault>>, Unserved> {
    caller.served(reply)?;
    let Rows { d: rows } = from_json(&reply.body)?;
    let row = |release: &Release| match releases {
        [_] => rows.first(),
        _ => rows.iter().find(|row| row.is(release)),
    };
    Ok(releases
        .iter()
        .map(|release| row(release).map(|row| row.read(config)).transpose())
        .collect())
}

fn filter(release: &Release) -> String {
    let slug = release.slug.as_str();
    let which = match &release.selector {
        Selector::Target => format!("should_be_running_on__application/any(t:t/slug eq '{slug}')"),
        Selector::Commit(commit) => format!("commit eq '{}'", commit.as_str()),
        Selector::Version(version) => {
            let version = version.as_str();
            format!(
                "((semver eq '{version}' and is_final eq true) \
                 or (raw_version eq '{version}' and is_final eq false))"
            )
        }
    };
    format!("belongs_to__application/any(a:a/slug eq '{slug}') and {which}")
}

#[derive(Deserialize)]
struct Rows {
    d: Vec<Row>,
}

// The fields that tell rows apart are there only if several releases were asked for.
#[derive(Deserialize)]
struct Row {
    release_image: Vec<Link>,
    #[serde(default, rename = "belongs_to__application")]
    owners: Vec<Application>,
    #[serde(default, rename = "should_be_running_on__application")]
    runners: Vec<Application>,
    #[serde(default)]
    commit: String,
    #[serde(default)]
    semver: String,
    #[serde(default)]
    raw_version: String,
    #[serde(default)]
    is_final: bool,
}

#[derive(Deserialize)]
struct Application {
    slug: String,
}

#[derive(Deserialize)]
struct Link {
    image: Vec<Image>,
}

#[derive(Deserialize)]
struct Image {
    #[serde(rename = "is_stored_at__image_location")]
    location: Option<String>,
    status: String,
    #[serde(rename = "is_a_build_of__service")]
    services: Vec<Service>,
}

#[derive(Deserialize)]
struct Service {
    service_name: String,
}

impl Row {
    // The same conditions as in `filter`.
    fn is(&self, release: &Release) -> bool {
        let of_it = |applications: &[Application]| {
            applications.iter().any(|application| application.slug == release.slug.as_str())
        };
        let selected = match &release.selector {
            Selector::Target => of_it(&self.runners),
            Selector::Commit(commit) => self.commit == commit.as_str(),
            Selector::Version(version) if self.is_final => self.semver == version.as_str(),
            Selector::Version(version) => self.raw_version == version.as_str(),
        };
        selected && of_it(&self.owners)
    }

    fn read(&self, config: &Config) -> Result<Resolved, Fault> {
        let images = self.release_image.iter().flat_map(|link| &link.image);
        let built = images.filter(|image| image.status == "success");
        Ok(Resolved::new(built.map(|image| image.read(config)).collect::<Result<_, _>>()?))
    }
}

impl Image {
    fn read(&self, config: &Config) -> Result<ServiceImage, Fault> {
        let text = self.location.as_deref().unwrap_or_default();
        let location =
            Location::parse(text, &config.registry_hosts).map_err(|_| Nonsense::ForeignLocation)?;
        let service = self.services.first();
        let service = service.map(|service| service.service_name.clone()).unwrap_or_default();
        Ok(ServiceImage { service, location })
    }
}
