//! Checks in pages whether an account has everything that it should have.
//!
//! A walk reads tags, references, links, objects and manifests, each in the order of its keys. A
//! page looks at 500 rows, and its cost does not depend on where it begins.

use serde::{Deserialize, Serialize};

use super::{list, of_account, rows, run};
use crate::account::name::{Account, ImageName};
use crate::oci::digest::Digest;
use crate::oci::reference::Tag;
use crate::services::database::{Database, DatabaseError, Row, Value};

/// How many rows a page looks at.
pub const PAGE: u64 = 500;

/// Where a walk continues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    stage: Stage,
    after: [String; 3],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    Tags,
    References,
    Links,
    Objects,
    Manifests,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A tag means a manifest that is not here.
    TagWithoutManifest(ImageName, Tag, Digest),
    /// A manifest needs a blob, or lists a manifest, that is not here.
    ManifestWithout(ImageName, Digest, Digest),
    /// An image links a blob whose object is not here, or not live.
    LinkWithoutObject(ImageName, Digest),
}

/// What should be in R2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The digest of the bytes.
    pub digest: Digest,
    /// Their key.
    pub key: String,
    /// Their number.
    pub size: u64,
}

/// A page of a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// What is wrong in the catalog.
    pub problems: Vec<Problem>,
    /// What R2 should have.
    pub expected: Vec<Expected>,
    /// Where the walk continues; `None` at its end.
    pub next: Option<Cursor>,
}

impl Cursor {
    /// The beginning of a walk.
    pub fn start() -> Self {
        Self::at(Stage::Tags)
    }

    fn at(stage: Stage) -> Self {
        Self { stage, after: Default::default() }
    }

    fn after(stage: Stage, last: &Row) -> Result<Self, DatabaseError> {
        let mut last = last.clone();
        let after = [last.text("a")?, last.text("b")?, last.text("c")?];
        Ok(Self { stage, after })
    }
}

impl Stage {
    // Each statement selects a key of up to three columns as a, b and c, in the order of the key,
    // and whether the row is `wrong`.
    fn sql(self) -> &'static str {
        match self {
            Self::Tags => TAGS,
            Self::References => REFERENCES,
            Self::Links => LINKS,
            Self::Objects => OBJECTS,
            Self::Manifests => MANIFESTS,
        }
    }

    fn next(self) -> Option<Self> {
        match self {
            Self::Tags => Some(Self::References),
            Self::References => Some(Self::Links),
            Self::Links => Some(Self::Objects),
            Self::Objects => Some(Self::Manifests),
            Self::Manifests => None,
        }
    }
}

const TAGS: &str = "select image as a, tag as b, '' as c, digest, not exists \
    (select 1 from manifests as m where m.account = ?1 and m.image = t.image \
    and m.digest = t.digest) as wrong from tags as t \
    where account = ?1 and (image, tag) > (?2, ?3) \
    order by image, tag limit ?5";

const REFERENCES: &str = "select image as a, manifest as b, target as c, \
    kind <> 'exempt' and not exists (select 1 from links as l \
    join objects as o on o.account = ?1 and o.digest = l.digest and o.live = 1 \
    where l.account = ?1 and l.image = r.image and l.digest = r.target) \
    and (kind <> 'child' or not exists (select 1 from manifests as m \
    where m.account = ?1 and m.image = r.image and m.digest = r.target)) as wrong \
    from manifest_references as r \
    where account = ?1 and (image, manifest, target) > (?2, ?3, ?4) \
    order by image, manifest, target limit ?5";

const LINKS: &str = "select image as a, digest as b, '' as c, not exists \
    (select 1 from objects as o where o.account = ?1 and o.digest = l.digest and o.live = 1) \
    as wrong from links as l where account = ?1 and (image, digest) > (?2, ?3) \
    order by image, digest limit ?5";

const OBJECTS: &str = "select digest as a, '' as b, '' as c, key, size, live, 0 as wrong \
    from objects where account = ?1 and digest > ?2 \
    order by digest limit ?5";

const MANIFESTS: &str = "select key as a, '' as b, '' as c, digest, size, 0 as wrong \
    from manifests where account = ?1 and key > ?2 and key is not null \
    order by key limit ?5";

/// A page of a walk, from the cursor on.
///
/// # Errors
/// [`DatabaseError`].
pub async fn page<D: Database>(
    database: &D,
    account: &Account,
    Cursor { stage, after }: &Cursor,
) -> Result<Page, DatabaseError> {
    let [a, b, c] = after.each_ref().map(|text| Value::from(text.as_str()));
    let looked_at = of_account(account, stage.sql(), [a, b, c, PAGE.into()]);
    let looked_at = run(database, looked_at).await?.rows;
    let next = match looked_at.last() {
        Some(last) if looked_at.len() as u64 == PAGE => Some(Cursor::after(*stage, last)?),
        _ => stage.next().map(Cursor::at),
    };
    let mut page = Page { problems: Vec::new(), expected: Vec::new(), next };
    for row in looked_at {
        page.add(*stage, account, row)?;
    }
    Ok(page)
}

/// Of at most 1,000 keys in R2, those that the catalog does not know. They are reported and not
/// deleted, because an older database may have been restored.
///
/// # Errors
/// [`DatabaseError`].
pub async fn unknown_keys<D: Database>(
    database: &D,
    account: &Account,
    keys: &[String],
) -> Result<Vec<String>, DatabaseError> {
    // The keys of an upload are its own key, and that key with a version after it.
    const UNKNOWN: &str = "select asked.value as key from json_each(?2) as asked \
        where not exists (select 1 from objects where account = ?1 and key = asked.value) \
        and not exists (select 1 from manifests where account = ?1 and key = asked.value) \
        and not exists (select 1 from trash where account = ?1 and key = asked.value) \
        and not exists (select 1 from uploads where account = ?1 and key = \
        substr(asked.value, 1, instr(asked.value || '.', '.') - 1))";
    let unknown = run(database, of_account(account, UNKNOWN, [list(keys)])).await?;
    unknown.read(|mut row| row.text("key"))
}

impl Page {
    fn add(&mut self, stage: Stage, account: &Account, row: Row) -> Result<(), DatabaseError> {
        let wrong = row.truth("wrong")?;
        match stage {
            Stage::Tags | Stage::References | Stage::Links if !wrong => {}
            Stage::Tags | Stage::References | Stage::Links => {
                self.problems.push(problem(stage, account, row)?);
            }
            Stage::Objects if !row.truth("live")? => {}
            Stage::Objects => self.expected.push(expected(row, "a", "key")?),
            Stage::Manifests => self.expected.push(expected(row, "digest", "a")?),
        }
        Ok(())
    }
}

fn problem(stage: Stage, account: &Account, mut row: Row) -> Result<Problem, DatabaseError> {
    let image = rows::image(&mut row, "a", account)?;
    Ok(match stage {
        Stage::Tags => {
            let (tag, digest) = (rows::tag(&mut row, "b")?, rows::digest(&mut row, "digest")?);
            Problem::TagWithoutManifest(image, tag, digest)
        }
        Stage::References => {
            let manifest = rows::digest(&mut row, "b")?;
            Problem::ManifestWithout(image, manifest, rows::digest(&mut row, "c")?)
        }
        Stage::Links | Stage::Objects | Stage::Manifests => {
            Problem::LinkWithoutObject(image, rows::digest(&mut row, "b")?)
        }
    })
}

fn expected(mut row: Row, digest: &str, key: &str) -> Result<Expected, DatabaseError> {
    Ok(Expected {
        digest: rows::digest(&mut row, digest)?,
        key: row.text(key)?,
        size: row.number("size")?,
    })
}
