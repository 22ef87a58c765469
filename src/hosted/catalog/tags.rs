//! Tags of an image, in pages whose cost does not depend on how many there are.

use super::{of_image, rows, taken};
use crate::account::name::ImageName;
use crate::oci::reference::Tag;
use crate::services::database::{Database, DatabaseError};

/// A page of tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The tags.
    pub tags: Vec<Tag>,
    /// Whether more come after them.
    pub more: bool,
}

/// The tags of an image: at most `limit`, and only those after `after`, which need not be a tag.
/// They are in the lexical order of the distribution specification, in which upper and lower case
/// count only between tags that are otherwise the same. `None` if there is no such image.
///
/// # Errors
/// [`DatabaseError`].
pub async fn page<D: Database>(
    database: &D,
    image: &ImageName,
    after: Option<&str>,
    limit: u64,
) -> Result<Option<Page>, DatabaseError> {
    const PAGE: &str = "select tag from tags where account = ?1 and image = ?2 \
        and tag collate nocase >= ?3 and (tag collate nocase > ?3 or tag > ?3) \
        order by tag collate nocase, tag limit ?4";
    const IMAGE: &str = "select 1 from images where account = ?1 and image = ?2";
    let page = of_image(image, PAGE, [after.unwrap_or_default().into(), (limit + 1).into()]);
    let outcomes = database.batch(vec![of_image(image, IMAGE, []), page]).await?;
    let [known, page] = taken(outcomes)?;
    if known.rows.is_empty() {
        return Ok(None);
    }
    let mut tags = page.read(|mut row| rows::tag(&mut row, "tag"))?;
    let more = tags.len() as u64 > limit;
    tags.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(Some(Page { tags, more }))
}
