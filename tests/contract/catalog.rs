//! The life of an account, through every function of the catalog: the same SQL on SQLite and on
//! D1. Run it on a database with the tables of `migrations/`.

#[path = "catalog/account.rs"]
mod account;
#[path = "catalog/images.rs"]
mod images;
#[path = "catalog/removal.rs"]
mod removal;

use bhcr::account::caller::Caller;
use bhcr::account::name::{Account, ImageName, Repository};
use bhcr::hosted::catalog::commit::{self, Stored};
use bhcr::hosted::catalog::uploads::{self, Session};
use bhcr::hosted::upload::id::UploadId;
use bhcr::oci::digest::{Algorithm, Digest};
use bhcr::oci::reference::Tag;
use bhcr::services::database::{Database, Statement};

const FAR: u64 = 100_000_000_000;

/// Every function, in the order of an account's life.
pub async fn lives<D: Database>(database: D) {
    let life = Life { database, account: Account::parse("acc-x1y2z").expect("an account") };
    let (owner, client) = life.begins().await;
    life.knows_its_callers(&owner, &client).await;
    life.uploads(&owner, &client).await;
    life.puts_manifests(&owner).await;
    life.mounts(&owner, &client).await;
    life.lists().await;
    life.is_checked().await;
    life.deletes(&owner).await;
    life.is_collected().await;
    life.ends(&client).await;
}

struct Life<D> {
    database: D,
    account: Account,
}

fn digest(content: &str) -> Digest {
    Algorithm::Sha256.digest(content.as_bytes())
}

fn tag(text: &str) -> Tag {
    Tag::parse(text).expect("a tag")
}

fn myapp() -> Repository {
    Repository::parse("myapp").expect("a repository")
}

impl<D: Database> Life<D> {
    fn image(&self, path: &str) -> ImageName {
        ImageName::parse(&format!("{}/{path}", self.account)).expect("an image")
    }

    async fn run(&self, sql: &'static str) {
        self.database.batch(vec![Statement::new(sql, [])]).await.expect("it runs");
    }

    async fn stored(&self, image: &ImageName) -> (Stored, u64) {
        let upload = UploadId::random(1);
        let session = Session { image, upload: &upload, expires: FAR };
        let claim = uploads::claim(&self.database, session).await.expect("a claim");
        let key = upload.key(&self.account).as_str().to_owned();
        (Stored { upload, version: claim.version, key, size: 10 }, claim.progress.offset)
    }

    async fn push(&self, image: &ImageName, digest: &Digest, caller: &Caller) {
        let (stored, _) = self.stored(image).await;
        let committed = commit::commit(&self.database, image, &stored, digest, caller).await;
        assert_eq!(committed, Ok(()));
    }
}
