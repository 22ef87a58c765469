//! The contents of repositories, for the management API.

use super::size::image_size;
use super::{of_account, rows};
use crate::account::name::{Account, ImageName, Repository};
use crate::json;
use crate::services::database::{Database, DatabaseError, Row};

/// The most tags of an image that are shown.
pub const MAX_TAGS: u64 = 1000;
/// The most images of a repository that one page shows.
pub const MAX_IMAGES: u64 = 20;

/// An image with its tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Its name.
    pub image: ImageName,
    /// The size of its manifests and blobs in bytes.
    pub size: u64,
    /// Its tags in order, [`MAX_TAGS`] at most.
    pub tags: Vec<String>,
}

/// The images of each of these repositories in the order of their names: at most [`MAX_IMAGES`] of
/// each, and only those after `after`.
///
/// # Errors
/// [`DatabaseError`].
pub async fn read<D: Database>(
    database: &D,
    account: &Account,
    repositories: &[&Repository],
    after: Option<&ImageName>,
) -> Result<Vec<Vec<Contents>>, DatabaseError> {
    const IMAGES: &str = concat!(
        "select i.image, \
         (select json_group_array(tag) from (select tag from tags as t where t.account = ?1 \
         and t.image = i.image order by tag collate nocase, tag limit ?5)) as tags, ",
        image_size!(),
        " as size \
         from images as i where i.account = ?1 and i.repository = ?2 and i.image > ?3 \
         order by i.image limit ?4"
    );
    if repositories.is_empty() {
        return Ok(Vec::new());
    }
    let after = after.map_or("", ImageName::path);
    let of = |repository: &&Repository| {
        let values = [repository.as_str().into(), after.into(), MAX_IMAGES.into(), MAX_TAGS.into()];
        of_account(account, IMAGES, values)
    };
    let outcomes = database.batch(repositories.iter().map(of).collect()).await?;
    outcomes.into_iter().map(|outcome| outcome.read(|row| contents(row, account))).collect()
}

fn contents(mut row: Row, account: &Account) -> Result<Contents, DatabaseError> {
    let tags = row.text("tags")?;
    Ok(Contents {
        image: rows::image(&mut row, "image", account)?,
        size: row.number("size")?,
        tags: json::tree(tags.as_bytes())
            .ok()
            .and_then(|tags| json::texts(tags, "tags").ok())
            .ok_or_else(|| DatabaseError::Failed("column tags does not parse".to_owned()))?,
    })
}
