//! Rows of the API's answer about releases, and which of them a selector means.

use serde_json::Value;

use super::MOST_CANDIDATES;
use crate::balena::location::Location;
use crate::balena::reference::{Commit, Release, Selector, ShortCommit};
use crate::balena::resolved::{Resolved, Selected, ServiceImage};
use crate::config::Config;
use crate::fault::{Fault, Nonsense};
use crate::json::{self, WrongField};

/// A release. The fields that the query did not ask for are empty.
pub(super) struct Row<'a> {
    images: Vec<Image<'a>>,
    // The slugs of the applications that have the release, and of those that should be running it.
    owners: Vec<&'a str>,
    runners: Vec<&'a str>,
    commit: &'a str,
    semver: &'a str,
    raw_version: &'a str,
    is_final: bool,
}

struct Image<'a> {
    location: &'a str,
    is_built: bool,
    service: &'a str,
}

/// Reads the rows of an answer.
///
/// # Errors
/// [`WrongField`] if one of them is of another shape.
pub(super) fn read(rows: &[Value]) -> Result<Vec<Row<'_>>, WrongField> {
    rows.iter().map(Row::read).collect()
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
    rows: &[Row<'_>],
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
pub(super) fn select(
    config: &Config,
    rows: &[Row<'_>],
    release: &Release,
) -> Result<Selected, Fault> {
    let slug = release.slug.as_str();
    let own = || rows.iter().filter(|row| row.owners.contains(&slug));
    one(
        config,
        match &release.selector {
            Selector::Target => own().find(|row| row.runners.contains(&slug)),
            selector => first_meaning(own(), selector),
        },
    )
}

fn one(config: &Config, row: Option<&Row<'_>>) -> Result<Selected, Fault> {
    Ok(match row {
        Some(row) => Selected::One(row.resolved(config)?),
        None => Selected::Nothing(Vec::new()),
    })
}

// Of several rows with the same meaning, the first one counts.
fn first_meaning<'r, 'a: 'r>(
    rows: impl Iterator<Item = &'r Row<'a>>,
    selector: &Selector,
) -> Option<&'r Row<'a>> {
    let meant = rows.filter_map(|row| Some((row.meaning(selector)?, row)));
    meant.min_by_key(|(meaning, _)| *meaning).map(|(_, row)| row)
}

fn by_short_commit(
    config: &Config,
    rows: &[Row<'_>],
    short: &ShortCommit,
) -> Result<Selected, Fault> {
    if let Some(line) = short.line()
        && let Some(highest) = rows.iter().find(|row| row.is_final && line.has(row.semver))
    {
        return one(config, Some(highest));
    }
    let begun = |row: &&Row<'_>| row.commit.starts_with(short.as_str());
    match &rows.iter().filter(begun).collect::<Vec<_>>()[..] {
        [] => one(config, None),
        [only] => one(config, Some(only)),
        several => {
            let commits = several.iter().map(|row| row.commit);
            let shown = commits.filter(|commit| Commit::parse(commit).is_some());
            Ok(Selected::Ambiguous(shown.take(MOST_CANDIDATES).map(str::to_owned).collect()))
        }
    }
}

impl<'a> Row<'a> {
    fn read(row: &'a Value) -> Result<Self, WrongField> {
        let mut images = Vec::new();
        for link in json::list(row, "release_image")? {
            for image in json::list(link, "image")? {
                images.push(Image::read(image)?);
            }
        }
        let said = |field| Ok(json::optional_text(row, field)?.unwrap_or_default());
        Ok(Self {
            images,
            owners: slugs(row, "belongs_to__application")?,
            runners: slugs(row, "should_be_running_on__application")?,
            commit: said("commit")?,
            semver: said("semver")?,
            raw_version: said("raw_version")?,
            is_final: row["is_final"] == true,
        })
    }

    // The same conditions as in the query's filter.
    fn meaning(&self, selector: &Selector) -> Option<Meaning> {
        let is = |yes: bool, meaning| yes.then_some(meaning);
        match selector {
            Selector::Commit(commit) => is(self.commit == commit.as_str(), Meaning::Own),
            Selector::Version(version) => {
                let own = if self.is_final { self.semver } else { self.raw_version };
                let exact = version.raw_of_revision();
                is(own == version.as_str(), Meaning::Own).or(is(
                    self.is_final && exact.is_some_and(|raw| self.raw_version == raw),
                    Meaning::Revision,
                ))
            }
            Selector::Target | Selector::Line(_) | Selector::ShortCommit(_) => None,
        }
    }

    fn resolved(&self, config: &Config) -> Result<Resolved, Fault> {
        let built = self.images.iter().filter(|image| image.is_built);
        Ok(Resolved::new(built.map(|image| image.stored(config)).collect::<Result<_, _>>()?))
    }
}

impl<'a> Image<'a> {
    fn read(image: &'a Value) -> Result<Self, WrongField> {
        let service = json::list(image, "is_a_build_of__service")?.first();
        Ok(Self {
            location: json::optional_text(image, "is_stored_at__image_location")?
                .unwrap_or_default(),
            is_built: json::text(image, "status")? == "success",
            service: service.map_or(Ok(""), |it| json::text(it, "service_name"))?,
        })
    }

    fn stored(&self, config: &Config) -> Result<ServiceImage, Fault> {
        let location = Location::parse(self.location, &config.registry_hosts);
        let location = location.map_err(|_| Nonsense::ForeignLocation)?;
        Ok(ServiceImage { service: self.service.to_owned(), location })
    }
}

fn slugs<'a>(row: &'a Value, field: &'static str) -> Result<Vec<&'a str>, WrongField> {
    json::optional_list(row, field)?.iter().map(|it| json::text(it, "slug")).collect()
}
