//! An account with an owner, on a database whose clock stands still until it is moved.

use bhcr::account::caller::Caller;
use bhcr::account::credential::{Kind, SecretHash};
use bhcr::account::id::{ClientId, KeyId};
use bhcr::account::name::{Account, ImageName, Repository};
use bhcr::account::rights::{Action, ClientGrant, Target};
use bhcr::hosted::catalog::callers::{self, NewCaller};
use bhcr::hosted::catalog::commit::{self, CommitError, Stored};
use bhcr::hosted::catalog::manifests::{self, NewContent, NewManifest, PutError};
use bhcr::hosted::catalog::uploads::{self, Claim, Session, UploadError};
use bhcr::hosted::catalog::{accounts, blobs, repositories};
use bhcr::hosted::upload::id::UploadId;
use bhcr::oci::digest::{Algorithm, Digest};
use bhcr::oci::reference::Tag;
use pollster::block_on;

use crate::twins::MemoryClock;
use crate::twins::sqlite::SqliteDatabase;

pub const NOW: u64 = 1_800_000_000;
pub const HOUR: u64 = 60 * 60;
pub const DAY: u64 = 24 * HOUR;
pub const WEEK: u64 = 7 * DAY;
/// How long a session of these tests lasts.
pub const SESSION: u64 = 2 * HOUR;

pub struct World {
    pub clock: MemoryClock,
    pub database: SqliteDatabase,
    pub account: Account,
    pub owner: Caller,
}

/// An account with an owner, and nothing else.
pub fn world() -> World {
    let clock = MemoryClock::at(NOW);
    let database = SqliteDatabase::migrated(clock.clone());
    let account = Account::parse("acc-x1y2z").expect("an account");
    let world = World { clock, database, account: account.clone(), owner: key("key-owner") };
    world.settle(&account);
    world
}

impl World {
    /// Creates an account, with the same owner's name as every other.
    pub fn settle(&self, account: &Account) {
        let owner = new_caller(self.owner.clone(), &[]);
        block_on(accounts::create(&self.database, account, "a team", &owner)).expect("created");
    }

    /// The same database, seen from another account, which is created.
    pub fn other(&self) -> Self {
        let account = Account::parse("0146e9b57080961e2c83536300000000").expect("an account");
        self.settle(&account);
        let Self { clock, database, owner, .. } = self;
        let (clock, database, owner) = (clock.clone(), database.clone(), owner.clone());
        Self { clock, database, account, owner }
    }

    pub fn image(&self, path: &str) -> ImageName {
        ImageName::parse(&format!("{}/{path}", self.account)).expect("an image")
    }

    /// A client with these grants.
    pub fn client(&self, id: &str, grants: &[(&str, &[Action])]) -> Caller {
        let client = Caller::Client(ClientId::parse(id).expect("a client's id"));
        let new = new_caller(client.clone(), grants);
        assert!(block_on(callers::create(&self.database, &self.account, &new)).expect("created"));
        client
    }

    /// Lets anybody pull from a repository.
    pub fn publish(&self, name: &str) {
        let name = repository(name);
        let set = repositories::set(&self.database, &self.account, &name, Some(true));
        assert!(block_on(set).expect("it answers"));
    }

    pub fn revoke(&self, caller: &Caller) -> bool {
        block_on(callers::revoke(&self.database, &self.account, caller)).expect("it answers")
    }

    pub fn claim(&self, image: &ImageName, upload: &UploadId) -> Result<Claim, UploadError> {
        block_on(uploads::claim(&self.database, session(image, upload, self.clock.now())))
    }

    /// An upload that was claimed, and whose bytes are in R2.
    pub fn stored(&self, image: &ImageName) -> Stored {
        let upload = UploadId::random(self.clock.now() * 1000);
        let claim = self.claim(image, &upload).expect("it is claimed");
        let key = upload.key(image.account()).as_str().to_owned();
        Stored { upload, version: claim.version, key, size: 1000 }
    }

    pub fn commit(
        &self,
        image: &ImageName,
        stored: &Stored,
        digest: &Digest,
        caller: &Caller,
    ) -> Result<(), CommitError> {
        block_on(commit::commit(&self.database, image, stored, digest, caller))
    }

    /// Pushes a blob as the owner; gives its key.
    pub fn push(&self, image: &ImageName, digest: &Digest) -> String {
        let stored = self.stored(image);
        self.commit(image, &stored, digest, &self.owner).expect("it commits");
        stored.key
    }

    pub fn put(&self, image: &ImageName, new: &NewManifest, tags: &[&str]) -> Result<(), PutError> {
        let tags: Vec<_> = tags.iter().map(|tag| Tag::parse(tag).expect("a tag")).collect();
        block_on(manifests::put(&self.database, image, &self.owner, new, &tags))
    }

    /// The key of a blob that the image has.
    pub fn key(&self, image: &ImageName, digest: &Digest) -> Option<String> {
        let found = block_on(blobs::find(&self.database, image, digest));
        found.expect("it answers").map(|blob| blob.key)
    }

    /// The keys in the trash, in their order.
    pub fn trash(&self) -> Vec<String> {
        self.database.texts("select key from trash order by key")
    }

    /// What the database has is not changed by `action`.
    pub fn writes_nothing<T>(&self, action: impl FnOnce() -> T) -> T {
        let before = self.database.dump();
        let result = action();
        assert_eq!(self.database.dump(), before);
        result
    }
}

pub fn session<'a>(image: &'a ImageName, upload: &'a UploadId, now: u64) -> Session<'a> {
    Session { image, upload, expires: now + SESSION }
}

pub fn key(id: &str) -> Caller {
    Caller::Owner(KeyId::parse(id).expect("a key's id"))
}

pub fn repository(name: &str) -> Repository {
    Repository::parse(name).expect("a repository")
}

pub fn new_caller(caller: Caller, grants: &[(&str, &[Action])]) -> NewCaller {
    let kind = match caller {
        Caller::Owner(_) => Kind::Key,
        Caller::Client(_) => Kind::Client,
    };
    let grant = |(target, actions): &(&str, &[Action])| ClientGrant {
        target: match *target {
            "*" => Target::All,
            one => Target::One(repository(one)),
        },
        actions: actions.iter().copied().collect(),
    };
    NewCaller {
        caller,
        secret: SecretHash::of(&kind.random_secret()),
        name: "for the tests".to_owned(),
        expires: None,
        grants: grants.iter().map(grant).collect(),
    }
}

pub fn digest(content: &str) -> Digest {
    Algorithm::Sha256.digest(content.as_bytes())
}

/// A manifest that needs these blobs.
pub fn manifest(blobs: &[Digest]) -> NewManifest {
    named("image", blobs, &[])
}

/// An index that lists these manifests.
pub fn index(children: &[Digest]) -> NewManifest {
    named("index", &[], children)
}

fn named(kind: &str, blobs: &[Digest], children: &[Digest]) -> NewManifest {
    let content = format!("{{\"{kind}\":\"{blobs:?}{children:?}\"}}");
    NewManifest {
        digest: digest(&content),
        media_type: "application/vnd.oci.image.manifest.v1+json".to_owned(),
        size: content.len() as u64,
        content: NewContent::Text(content),
        subject: None,
        artifact_type: None,
        annotations: None,
        children: children.to_vec(),
        blobs: blobs.to_vec(),
        exempt: Vec::new(),
    }
}
