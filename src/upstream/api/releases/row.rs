//! Rows of the API's answer about releases, and which of them a selector means.

use serde::Deserialize;

use super::MOST_CANDIDATES;
use crate::balena::location::Location;
use crate::balena::reference::{Commit, Release, Selector, ShortCommit};
use crate::balena::resolved::{Resolved, Selected, ServiceImage};
use crate::config::Config;
use crate::fault::{Fault, Nonsense};

/// A release. The fields with a default are in the answer only if the query asked for them.
#[derive(Deserialize)]
pub(super) struct Row {
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

/// Which of the selector's meanings a row has, from the first to the last that counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Meaning {
    /// What the API itself accepts.
    Own,
    /// An exact revision.
    Revision,
}

/// What `selector` means among the rows of the answer to a query for it alone.
pub(super) fn select_alone(
    config: &Config,
    rows: &[Row],
    selector: &Selector,
) -> Result<Selected, Fault> {
    match selector {
        Selector::ShortCommit(short) => by_short_commit(config, rows, short),
        Selector::Version(version) if version.raw_of_revision().is_some() => {
            one(config, first_meaning(rows.iter(), selector))
        }
        Selector::Target | Selector::Commit(_) | Selector::Version(_) | Selector::Line(_) => {
            one(config, rows.first())
        }
    }
}

/// What `release` means among the rows of the answer to a query for several releases.
pub(super) fn select(config: &Config, rows: &[Row], release: &Release) -> Result<Selected, Fault> {
    let slug = release.slug.as_str();
    let of_it = |applications: &[Application]| applications.iter().any(|it| it.slug == slug);
    let own = || rows.iter().filter(|row| of_it(&row.owners));
    one(
        config,
        match &release.selector {
            Selector::Target => own().find(|row| of_it(&row.runners)),
            selector => first_meaning(own(), selector),
        },
    )
}

fn one(config: &Config, row: Option<&Row>) -> Result<Selected, Fault> {
    Ok(match row {
        Some(row) => Selected::One(row.read(config)?),
        None => Selected::Nothing(Vec::new()),
    })
}

// Of several rows with the same meaning, the first one counts.
fn first_meaning<'r>(rows: impl Iterator<Item = &'r Row>, selector: &Selector) -> Option<&'r Row> {
    let meant = rows.filter_map(|row| Some((row.meaning(selector)?, row)));
    meant.min_by_key(|(meaning, _)| *meaning).map(|(_, row)| row)
}

fn by_short_commit(config: &Config, rows: &[Row], short: &ShortCommit) -> Result<Selected, Fault> {
    if let Some(line) = short.line()
        && let Some(highest) = rows.iter().find(|row| row.is_final && line.has(&row.semver))
    {
        return one(config, Some(highest));
    }
    let begun = |row: &&Row| row.commit.starts_with(short.as_str());
    match &rows.iter().filter(begun).collect::<Vec<_>>()[..] {
        [] => one(config, None),
        [only] => one(config, Some(only)),
        several => {
            let commits = several.iter().map(|row| row.commit.as_str());
            let shown = commits.filter(|commit| Commit::parse(commit).is_some());
            Ok(Selected::Ambiguous(shown.take(MOST_CANDIDATES).map(str::to_owned).collect()))
        }
    }
}

impl Row {
    // The same conditions as in the query's filter.
    fn meaning(&self, selector: &Selector) -> Option<Meaning> {
        let is = |yes: bool, meaning| yes.then_some(meaning);
        match selector {
            Selector::Commit(commit) => is(self.commit == commit.as_str(), Meaning::Own),
            Selector::Version(version) => {
                let own = if self.is_final { &self.semver } else { &self.raw_version };
                let exact = version.raw_of_revision();
                is(own == version.as_str(), Meaning::Own).or(is(
                    self.is_final && exact.is_some_and(|raw| self.raw_version == raw),
                    Meaning::Revision,
                ))
            }
            Selector::Target | Selector::Line(_) | Selector::ShortCommit(_) => None,
        }
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
