//! Repositories of an account.

use http::StatusCode;

use super::PAGE;
use super::input::RepositoryChange;
use super::output::{ImageShown, RepositoryShown, list as listed};
use super::serve::{Managing, Outcome};
use crate::account::name::{Account, ImageName, Repository};
use crate::hosted::catalog::contents::{self, Contents, MAX_IMAGES, MAX_TAGS};
use crate::hosted::catalog::repositories::{self, RepositoryRow};
use crate::refusal::Refusal;
use crate::refusal::manage::ManageRefusal;
use crate::services::Services;
use crate::time;

const UNKNOWN: ManageRefusal = ManageRefusal::NotFound("repository");

pub(super) async fn list<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
) -> Result<Outcome, Box<Refusal>> {
    let after = managing.cursor.and_then(|cursor| Repository::parse(cursor).ok());
    let mut rows =
        repositories::page(managing.host.database, account, after.as_ref(), PAGE).await?;
    let fitting = fitting(&rows);
    let full = rows.len() as u64 == PAGE || fitting < rows.len();
    rows.truncate(fitting);
    let cursor = rows.last().filter(|_| full).map(|last| last.repository.to_string());
    let shown = with_images(managing, account, rows, None).await?;
    Ok(Outcome::Json(StatusCode::OK, listed("repositories", &shown, cursor)))
}

pub(super) async fn show<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
    repository: &Repository,
) -> Result<Outcome, Box<Refusal>> {
    let row = repositories::find(managing.host.database, account, repository).await?;
    let rows = vec![row.ok_or(UNKNOWN)?];
    let after = managing.cursor.and_then(|cursor| ImageName::parse(cursor).ok());
    let after = after.filter(|after| after.account() == account);
    let shown = with_images(managing, account, rows, after.as_ref()).await?;
    Ok(shown.first().map(Outcome::ok).ok_or(UNKNOWN)?)
}

pub(super) async fn change<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
    repository: &Repository,
) -> Result<Outcome, Box<Refusal>> {
    let RepositoryChange { public } = RepositoryChange::read(managing.body)?;
    match repositories::set(managing.host.database, account, repository, public).await? {
        true => show(managing, account, repository).await,
        false => Err(ManageRefusal::NotFound("account").into()),
    }
}

pub(super) async fn delete<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
    repository: &Repository,
) -> Result<Outcome, Box<Refusal>> {
    match repositories::delete(managing.host.database, account, repository).await? {
        true => Ok(Outcome::Done),
        false => Err(UNKNOWN.into()),
    }
}

async fn with_images<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
    rows: Vec<RepositoryRow>,
    after: Option<&ImageName>,
) -> Result<Vec<RepositoryShown>, Box<Refusal>> {
    let names: Vec<_> = rows.iter().map(|row| &row.repository).collect();
    let images = contents::read(managing.host.database, account, &names, after).await?;
    Ok(rows.into_iter().zip(images).map(|(row, images)| shown(row, images)).collect())
}

// How many of these repositories one page shows, at least one. A tag has at most 128 bytes, so a
// page has at most 3 MB, however many tags an owner has set.
fn fitting(rows: &[RepositoryRow]) -> usize {
    const MAX: u64 = MAX_IMAGES * MAX_TAGS;
    let sums = rows.iter().scan(0, |sum, row| {
        *sum += row.tags.min(MAX);
        Some(*sum)
    });
    sums.take_while(|sum| *sum <= MAX).count().max(1)
}

fn shown(row: RepositoryRow, images: Vec<Contents>) -> RepositoryShown {
    let full = images.len() as u64 == MAX_IMAGES;
    RepositoryShown {
        repository: row.repository.to_string(),
        public: row.public,
        created: time::text(row.created),
        size: row.size,
        cursor: images.last().filter(|_| full).map(|last| last.image.to_string()),
        images: images.into_iter().map(ImageShown::from).collect(),
    }
}

impl From<Contents> for ImageShown {
    fn from(image: Contents) -> Self {
        Self { name: image.image.to_string(), size: image.size, tags: image.tags }
    }
}
