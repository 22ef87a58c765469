//! Referrers: the manifests of an image that have another one as their subject.

use super::{of_image, rows, run, text};
use crate::account::name::ImageName;
use crate::oci::digest::Digest;
use crate::services::database::{Database, DatabaseError, Row, Value};

/// A manifest that refers to the subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referrer {
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its artifact type.
    pub artifact_type: Option<String>,
    /// Its annotations, a JSON object.
    pub annotations: Option<String>,
}

/// A page of referrers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The referrers, in the order of their digests.
    pub referrers: Vec<Referrer>,
    /// Whether more come after them.
    pub more: bool,
}

/// The referrers of a subject, which need not be here: at most `limit`, only those after `after`,
/// and only those of `artifact_type` if it is given.
///
/// # Errors
/// [`DatabaseError`].
pub async fn page<D: Database>(
    database: &D,
    image: &ImageName,
    subject: &Digest,
    artifact_type: Option<&str>,
    after: Option<&Digest>,
    limit: u64,
) -> Result<Page, DatabaseError> {
    const ALL: &str = "select digest, media_type, size, artifact_type, annotations from manifests \
        where account = ?1 and image = ?2 and subject = ?3 and digest > ?4 \
        order by digest limit ?5";
    const OF_TYPE: &str = "select digest, media_type, size, artifact_type, annotations \
        from manifests where account = ?1 and image = ?2 and subject = ?3 and digest > ?4 \
        and artifact_type = ?6 order by digest limit ?5";
    let after = after.map_or_else(|| Value::from(""), text);
    let [subject, after, more] = [text(subject), after, (limit + 1).into()];
    let page = match artifact_type {
        None => of_image(image, ALL, [subject, after, more]),
        Some(kind) => of_image(image, OF_TYPE, [subject, after, more, kind.into()]),
    };
    let mut referrers = run(database, page).await?.read(referrer)?;
    let more = referrers.len() as u64 > limit;
    referrers.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(Page { referrers, more })
}

fn referrer(mut row: Row) -> Result<Referrer, DatabaseError> {
    Ok(Referrer {
        digest: rows::digest(&mut row, "digest")?,
        media_type: row.text("media_type")?,
        size: row.number("size")?,
        artifact_type: row.optional_text("artifact_type")?,
        annotations: row.optional_text("annotations")?,
    })
}
