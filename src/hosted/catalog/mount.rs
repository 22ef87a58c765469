//! Mounts: a blob of one image becomes a blob of another, without its bytes.

use super::{blobs, guard, of_image, repositories, text};
use crate::account::caller::Caller;
use crate::account::name::ImageName;
use crate::account::rights::Action;
use crate::oci::digest::Digest;
use crate::services::database::{Database, DatabaseError, Statement};

/// Links blob `?3` if it is live, and caller `?4` may read an image that has it.
macro_rules! link {
    ($source:literal) => {
        concat!(
            "insert into links (account, image, digest, created) \
             select ?1, ?2, ?3, unixepoch() from objects as o \
             where o.account = ?1 and o.digest = ?3 and o.live = 1 and exists \
             (select 1 from links as l join images as i on i.account = ?1 and i.image = l.image \
             where l.account = ?1 and l.digest = ?3",
            $source,
            " and (exists (select 1 from rights as r where r.account = ?1 and r.id = ?4 \
             and r.repository in ('*', i.repository) and r.actions & 1) \
             or exists (select 1 from repositories as p where p.account = ?1 \
             and p.repository = i.repository and p.public = 1))) \
             on conflict do nothing"
        )
    };
}

/// The result of a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mounted {
    /// The image has the blob now.
    Yes,
    /// There is no such blob that the caller may read. The request continues as if it asked for no
    /// mount, so that nobody learns which digests are stored.
    No,
    /// The caller may not push, or not any more.
    Refused,
}

/// Gives `image` a blob of `from`, or of any image of the account if no source is named. At that
/// moment, the caller must be allowed to push to `image` and to read the source. An image of
/// another account cannot be the source.
///
/// # Errors
/// [`DatabaseError`].
pub async fn mount<D: Database>(
    database: &D,
    image: &ImageName,
    digest: &Digest,
    from: Option<&ImageName>,
    caller: &Caller,
) -> Result<Mounted, DatabaseError> {
    if from.is_some_and(|from| from.account() != image.account()) {
        return Ok(Mounted::No);
    }
    let mut batch = vec![guard::may(image.account(), image.repository(), caller, Action::Push)];
    batch.extend(link(image, digest, from, caller));
    batch.push(blobs::found(image, digest));
    match database.batch(batch).await {
        Ok(outcomes) if outcomes.last().is_some_and(|it| !it.rows.is_empty()) => Ok(Mounted::Yes),
        Ok(_) => Ok(Mounted::No),
        Err(DatabaseError::Rejected) => Ok(Mounted::Refused),
        Err(error) => Err(error),
    }
}

// The link comes first, because the image and the candidate are written only if the link is there.
fn link(
    image: &ImageName,
    digest: &Digest,
    from: Option<&ImageName>,
    caller: &Caller,
) -> impl Iterator<Item = Statement> {
    let [digest_text, caller] = [text(digest), caller.id().into()];
    let link = match from {
        None => of_image(image, link!(""), [digest_text, caller]),
        Some(from) => {
            of_image(image, link!(" and l.image = ?5"), [digest_text, caller, from.path().into()])
        }
    };
    [link, blobs::queue(image, digest)].into_iter().chain(repositories::ensure(image, digest))
}
