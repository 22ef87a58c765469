//! Repositories: what grants and settings apply to, and what is in them.

use super::size::image_size;
use super::{all_of_account, first, of_account, of_image, rows, run, text};
use crate::account::name::{Account, ImageName, Repository};
use crate::oci::digest::Digest;
use crate::services::database::{Database, DatabaseError, Row, Statement};

/// The images of repository `?2`.
macro_rules! images {
    () => {
        "(select image from images where account = ?1 and repository = ?2)"
    };
}

/// Inserts a new row only, and only if image `?2` has `?3`.
macro_rules! written {
    () => {
        "where exists (select 1 from links where account = ?1 and image = ?2 and digest = ?3) \
         or exists (select 1 from manifests where account = ?1 and image = ?2 and digest = ?3) \
         on conflict do nothing"
    };
}

/// Sums over the images of repository `r`. `cross join` makes SQLite read the images first, so that
/// it reads no rows of other repositories.
macro_rules! sums {
    () => {
        concat!(
            "(select count(*) from images as i \
             where i.account = ?1 and i.repository = r.repository) as images, \
             (select count(*) from images as i \
             cross join tags as t on t.account = ?1 and t.image = i.image \
             where i.account = ?1 and i.repository = r.repository) as tags, \
             (select coalesce(sum(",
            image_size!(),
            "), 0) from images as i \
             where i.account = ?1 and i.repository = r.repository) as size"
        )
    };
}

/// A repository, with sums over its images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryRow {
    /// Its name.
    pub repository: Repository,
    /// Whether anybody may pull.
    pub public: bool,
    /// When it was created, in seconds since 1970.
    pub created: u64,
    /// How many images it has.
    pub images: u64,
    /// How many tags they have.
    pub tags: u64,
    /// The size of its manifests and blobs in bytes; what two images share counts twice.
    pub size: u64,
}

/// Creates a repository, or changes it if `public` is given. Returns whether the account exists.
///
/// # Errors
/// [`DatabaseError`].
pub async fn set<D: Database>(
    database: &D,
    account: &Account,
    repository: &Repository,
    public: Option<bool>,
) -> Result<bool, DatabaseError> {
    const SET: &str = "insert into repositories (account, repository, public, created) \
        select ?1, ?2, coalesce(?3, 0), unixepoch() from accounts \
        where account = ?1 and closed is null \
        on conflict (account, repository) do update set public = coalesce(?3, public)";
    let set = of_account(account, SET, [repository.as_str().into(), public.into()]);
    Ok(run(database, set).await?.changes > 0)
}

/// A repository.
///
/// # Errors
/// [`DatabaseError`].
pub async fn find<D: Database>(
    database: &D,
    account: &Account,
    repository: &Repository,
) -> Result<Option<RepositoryRow>, DatabaseError> {
    const FIND: &str = concat!(
        "select r.repository, r.public, r.created, ",
        sums!(),
        " from repositories as r where r.account = ?1 and r.repository = ?2"
    );
    let find = of_account(account, FIND, [repository.as_str().into()]);
    first(database, find).await?.map(repository_row).transpose()
}

/// Repositories in order: at most `limit`, and only those after `after`.
///
/// # Errors
/// [`DatabaseError`].
pub async fn page<D: Database>(
    database: &D,
    account: &Account,
    after: Option<&Repository>,
    limit: u64,
) -> Result<Vec<RepositoryRow>, DatabaseError> {
    const PAGE: &str = concat!(
        "select r.repository, r.public, r.created, ",
        sums!(),
        " from repositories as r where r.account = ?1 and r.repository > ?2 \
          order by r.repository limit ?3"
    );
    let after = after.map_or("", Repository::as_str);
    let page = of_account(account, PAGE, [after.into(), limit.into()]);
    run(database, page).await?.read(repository_row)
}

/// Deletes a repository with everything in it. Its objects become candidates of collection. Returns
/// whether the repository existed.
///
/// # Errors
/// [`DatabaseError`].
pub async fn delete<D: Database>(
    database: &D,
    account: &Account,
    repository: &Repository,
) -> Result<bool, DatabaseError> {
    const CANDIDATES: &str = concat!(
        "insert into candidates (account, kind, image, digest, since) \
         select distinct ?1, 'object', '', digest, unixepoch() from links \
         where account = ?1 and image in ",
        images!(),
        " on conflict do update set since = excluded.since"
    );
    const TRASH: &str = concat!(
        "insert into trash (account, key, due) select ?1, key, unixepoch() + 604800 from manifests \
         where account = ?1 and +key is not null and image in ",
        images!(),
        " on conflict do nothing"
    );
    const LINK_CANDIDATES: &str = concat!(
        "delete from candidates where account = ?1 and kind = 'link' and image in ",
        images!()
    );
    const TAGS: &str = concat!("delete from tags where account = ?1 and image in ", images!());
    const REFERENCES: &str =
        concat!("delete from manifest_references where account = ?1 and image in ", images!());
    const MANIFESTS: &str =
        concat!("delete from manifests where account = ?1 and image in ", images!());
    const LINKS: &str = concat!("delete from links where account = ?1 and image in ", images!());
    const IMAGES: &str = "delete from images indexed by images_by_repository \
        where account = ?1 and repository = ?2";
    const REPOSITORY: &str = "delete from repositories where account = ?1 and repository = ?2";
    let all = [
        CANDIDATES,
        TRASH,
        LINK_CANDIDATES,
        TAGS,
        REFERENCES,
        MANIFESTS,
        LINKS,
        IMAGES,
        REPOSITORY,
    ];
    let batch = all_of_account(account, &all, &[repository.as_str().into()]);
    let outcomes = database.batch(batch).await?;
    Ok(outcomes.last().is_some_and(|deleted| deleted.changes > 0))
}

/// Creates the repository and the image of a link or a manifest that the batch just wrote, if they
/// do not exist.
pub(super) fn ensure(image: &ImageName, digest: &Digest) -> [Statement; 2] {
    const REPOSITORY: &str = concat!(
        "insert into repositories (account, repository, created) select ?1, ?4, unixepoch() ",
        written!()
    );
    const IMAGE: &str = concat!(
        "insert into images (account, image, repository, created) select ?1, ?2, ?4, unixepoch() ",
        written!()
    );
    [REPOSITORY, IMAGE].map(|sql| of_image(image, sql, [text(digest), text(image.repository())]))
}

fn repository_row(mut row: Row) -> Result<RepositoryRow, DatabaseError> {
    Ok(RepositoryRow {
        repository: rows::repository(&mut row, "repository")?,
        public: row.truth("public")?,
        created: row.number("created")?,
        images: row.number("images")?,
        tags: row.number("tags")?,
        size: row.number("size")?,
    })
}
