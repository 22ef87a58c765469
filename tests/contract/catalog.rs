//! The life of an account, through every function of the catalog: the same SQL on SQLite and on
//! D1. Run it on a database with the tables of `migrations/`.

use bhcr::hosted::catalog::callers::{self, Kind, NewCaller};
use bhcr::hosted::catalog::check::{self, Cursor};
use bhcr::hosted::catalog::collect::{self, Haste};
use bhcr::hosted::catalog::commit::{self, CommitError, Stored};
use bhcr::hosted::catalog::manifests::{self, NewContent, NewManifest, PutError};
use bhcr::hosted::catalog::mount::{self, Mounted};
use bhcr::hosted::catalog::removal::{self, RemovalError};
use bhcr::hosted::catalog::uploads::{self, ClaimError, Ended, Progress, Session, UploadError};
use bhcr::hosted::catalog::{
    Caller, access, accounts, blobs, referrers, repositories, tags, trash,
};
use bhcr::hosted::credential::{self, SecretHash};
use bhcr::hosted::id::{ClientId, KeyId};
use bhcr::hosted::name::{Account, ImageName, Repository};
use bhcr::hosted::rights::{Action, ClientGrant, Target};
use bhcr::hosted::upload::id::UploadId;
use bhcr::oci::digest::{Algorithm, Digest};
use bhcr::oci::reference::{Reference, Tag};
use bhcr::services::database::{Database, Statement};
use bhcr::services::objects::Part;

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

fn new_caller(caller: Caller, kind: credential::Kind, actions: &[Action]) -> NewCaller {
    let secret = SecretHash::of(&kind.random_secret());
    let grant = ClientGrant { target: Target::All, actions: actions.iter().copied().collect() };
    let name = "a caller".to_owned();
    NewCaller { caller, secret, name, expires: None, grants: vec![grant] }
}

fn manifest(name: &str, blobs: Vec<Digest>, children: Vec<Digest>) -> NewManifest {
    NewManifest {
        digest: digest(name),
        media_type: "application/vnd.oci.image.manifest.v1+json".to_owned(),
        size: name.len() as u64,
        content: NewContent::Text(name.to_owned()),
        subject: None,
        artifact_type: None,
        annotations: None,
        children,
        blobs,
        exempt: vec![digest("foreign")],
    }
}

impl<D: Database> Life<D> {
    fn image(&self, path: &str) -> ImageName {
        ImageName::parse(&format!("{}/{path}", self.account)).expect("an image")
    }

    async fn run(&self, sql: &'static str) {
        self.database.batch(vec![Statement::new(sql, [])]).await.expect("it runs");
    }

    async fn begins(&self) -> (Caller, Caller) {
        let Self { database, account } = self;
        let owner = Caller::Owner(KeyId::parse("key-owner").expect("an id"));
        let new = new_caller(owner.clone(), credential::Kind::Key, &[]);
        for _ in 0..2 {
            assert_eq!(accounts::create(database, account, "a team", &new).await, Ok(()));
        }
        let found = accounts::find(database, account).await.expect("it answers");
        assert_eq!(found.map(|it| it.name).as_deref(), Some("a team"));
        assert_eq!(accounts::page(database, None, false, 10).await.expect("a page").len(), 1);
        let identity = accounts::identify(database, new.secret).await.expect("it answers");
        assert_eq!(identity.map(|it| it.caller).as_ref(), Some(&owner));
        let client = Caller::Client(ClientId::parse("cli-deploy").expect("an id"));
        let new = new_caller(client.clone(), credential::Kind::Client, &[Action::Pull]);
        assert_eq!(callers::create(database, account, &new).await, Ok(true));
        (owner, client)
    }

    async fn knows_its_callers(&self, owner: &Caller, client: &Caller) {
        let Self { database, account } = self;
        for (kind, caller) in [(Kind::Keys, owner), (Kind::Clients, client)] {
            let page = callers::page(database, account, kind, None, 10).await.expect("a page");
            assert_eq!(page.iter().map(|it| &it.caller).collect::<Vec<_>>(), [caller]);
            assert_eq!(page[0].grants.len(), 1);
            let found = callers::find(database, account, caller).await.expect("it answers");
            assert_eq!(found.as_ref(), page.first());
        }
        let Caller::Client(id) = client else { panic!("a client") };
        let actions = [Action::Pull, Action::Push].into_iter().collect();
        let grants = [ClientGrant { target: Target::One(myapp()), actions }];
        let changed = callers::change(database, account, id, Some(&grants), Some(Some(FAR))).await;
        assert_eq!(changed, Ok(true));
        let access = access::read(database, account, &myapp(), Some(client)).await;
        assert_eq!(access.expect("it answers").actions, actions);
        assert!(access::read(database, account, &myapp(), None).await.is_ok_and(|it| !it.public));
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

    async fn uploads(&self, owner: &Caller, client: &Caller) {
        let (database, image, layer) = (&self.database, self.image("myapp"), digest("layer"));
        let (stored, _) = self.stored(&image).await;
        let session = Session { image: &image, upload: &stored.upload, expires: FAR };
        let parts = vec![Part { number: 1, etag: "a".to_owned() }];
        let (multipart, tail) = (Some("multipart".to_owned()), Some(1));
        let progress = Progress { offset: 9, multipart, tail, digest: Some(layer), parts };
        assert_eq!(uploads::record(database, session, 1, &progress).await, Ok(()));
        let found = uploads::find(database, &image, &stored.upload).await;
        assert_eq!(found.map(|it| it.map(|it| it.progress)), Ok(Some(progress.clone())));
        let late = uploads::record(database, session, 2, &progress).await;
        assert_eq!(late, Err(UploadError::Lost));
        let stray = uploads::claim_at(database, session, 10..=10, true).await;
        assert_eq!(stray, Err(ClaimError::Elsewhere { received: 9 }));
        let without_bytes = uploads::claim_at(database, session, 0..=9, false).await;
        assert_eq!(without_bytes, Ok(uploads::Claim { version: 1, progress }));
        let late = Stored { version: 2, ..stored.clone() };
        let late = commit::commit(database, &image, &late, &layer, owner).await;
        assert_eq!(late, Err(CommitError::Lost));
        for _ in 0..2 {
            let committed = commit::commit(database, &image, &stored, &layer, client).await;
            assert_eq!(committed, Ok(()));
        }
        let ended = uploads::cancel(database, session, None).await;
        assert_eq!(ended, Err(UploadError::Ended(Ended::Committed(layer))));
        let found = blobs::find(database, &image, &layer).await.expect("it answers");
        assert_eq!(found, Some(blobs::Blob { key: stored.key, size: 10 }));
        assert_eq!(blobs::find_and_touch(database, &image, &layer).await, Ok(found));
        let (cancelled, _) = self.stored(&image).await;
        let session = Session { image: &image, upload: &cancelled.upload, expires: FAR };
        assert!(uploads::cancel(database, session, Some(1)).await.is_ok());
    }

    async fn puts_manifests(&self, owner: &Caller) {
        let (database, image, layer) = (&self.database, self.image("myapp"), digest("layer"));
        let child = manifest("child", vec![layer], vec![]);
        let mut list = manifest("list", vec![], vec![child.digest]);
        (list.subject, list.artifact_type) = (Some(layer), Some("a type".to_owned()));
        list.annotations = Some("{}".to_owned());
        let unknown = manifests::put(database, &image, owner, &list, &[]).await;
        assert_eq!(unknown, Err(PutError::Unknown(vec![child.digest])));
        for new in [&child, &list] {
            for _ in 0..2 {
                let put = manifests::put(database, &image, owner, new, &[tag("latest")]).await;
                assert_eq!(put, Ok(()));
            }
        }
        let (stored, _) = self.stored(&image).await;
        let key = stored.key.clone();
        let content = NewContent::Object(stored);
        let large = NewManifest { content, ..manifest("large", vec![], vec![]) };
        for _ in 0..2 {
            let put = manifests::put(database, &image, owner, &large, &[tag("large")]).await;
            assert_eq!(put, Ok(()));
        }
        for (reference, content) in [
            ("latest".to_owned(), manifests::Content::Text("list".to_owned())),
            (child.digest.to_string(), manifests::Content::Text("child".to_owned())),
            ("large".to_owned(), manifests::Content::Object(key)),
        ] {
            let reference = Reference::parse(&reference).expect("a reference");
            let found = manifests::find(database, &image, &reference, None).await;
            let found = found.expect("it answers").expect("a manifest");
            assert_eq!(found.content, content);
            let known = manifests::find(database, &image, &reference, Some(&found.digest)).await;
            let known = known.expect("it answers").expect("a manifest");
            assert_eq!(known.content, manifests::Content::Known);
        }
    }

    async fn mounts(&self, owner: &Caller, client: &Caller) {
        let (source, other, layer) = (self.image("myapp"), self.image("other"), digest("layer"));
        for from in [Some(&source), None] {
            let refused = mount::mount(&self.database, &other, &layer, from, client).await;
            assert_eq!(refused, Ok(Mounted::Refused));
            let mounted = mount::mount(&self.database, &other, &layer, from, owner).await;
            assert_eq!(mounted, Ok(Mounted::Yes));
        }
    }

    async fn lists(&self) {
        let (database, account, image) = (&self.database, &self.account, self.image("myapp"));
        let page = tags::page(database, &image, Some("l"), 1).await.expect("it answers");
        assert_eq!(page, Some(tags::Page { tags: vec![tag("large")], more: true }));
        let subject = digest("layer");
        for kind in [None, Some("a type")] {
            let page = referrers::page(database, &image, &subject, kind, None, 10).await;
            assert_eq!(page.expect("it answers").referrers[0].digest, digest("list"));
        }
        assert_eq!(repositories::set(database, account, &myapp(), Some(true)).await, Ok(true));
        let found = repositories::find(database, account, &myapp()).await.expect("it answers");
        let found = found.expect("a repository");
        assert_eq!((found.public, found.images, found.tags), (true, 1, 2));
        let page = repositories::page(database, account, None, 10).await.expect("a page");
        assert_eq!(page.len(), 2);
        let images = repositories::images(database, account, &myapp(), None, 10).await;
        assert_eq!(images.expect("a page")[0].manifests, 3);
    }

    async fn is_checked(&self) {
        let (mut next, mut expected) = (Some(Cursor::start()), 0);
        while let Some(cursor) = next {
            let page = check::page(&self.database, &self.account, &cursor).await.expect("a page");
            assert_eq!(page.problems, []);
            expected += page.expected.len();
            next = page.next;
        }
        assert_eq!(expected, 2, "a blob and a large manifest");
        let keys = ["b/nobody/knows/this".to_owned()];
        let unknown = check::unknown_keys(&self.database, &self.account, &keys).await;
        assert_eq!(unknown.as_deref(), Ok(&keys[..]));
    }

    async fn deletes(&self, owner: &Caller) {
        let (database, image, layer) = (&self.database, self.image("myapp"), digest("layer"));
        let [child, list] = ["child", "list"].map(digest);
        let needed = removal::manifest(database, &image, owner, &child).await;
        assert_eq!(needed, Err(RemovalError::Needed(list)));
        let needed = removal::blob(database, &image, owner, &layer).await;
        assert_eq!(needed, Err(RemovalError::Needed(child)));
        assert_eq!(removal::tag(database, &image, owner, &tag("latest")).await, Ok(()));
        for digest in [&list, &child, &digest("large")] {
            assert_eq!(removal::manifest(database, &image, owner, digest).await, Ok(()));
        }
        assert_eq!(removal::blob(database, &image, owner, &layer).await, Ok(()));
        self.push(&image, &digest("unused"), owner).await;
    }

    async fn is_collected(&self) {
        let Self { database, account } = self;
        let nothing = collect::Collected::default();
        assert_eq!(collect::drop_links(database, account, Haste::Now).await, Ok(nothing));
        self.run("update candidates set since = 0 where account = 'acc-x1y2z' and kind in ('link', 'object')")
            .await;
        let fallen = collect::drop_links(database, account, Haste::Usual).await;
        assert_eq!(fallen.expect("it answers").taken, 2, "the mounted one and the unused one");
        assert_eq!(collect::mark(database, account).await.expect("it answers").taken, 2);
        assert_eq!(trash::due(database, account, 1000).await, Ok(vec![]));
        self.run("update uploads set expires = 1 where account = 'acc-x1y2z' and expires > 1")
            .await;
        for left in uploads::expired(database, account, 100).await.expect("uploads") {
            assert_eq!(uploads::forget(database, account, &left.upload).await, Ok(()));
        }
        self.run("update trash set due = 1 where account = 'acc-x1y2z' and due > 1").await;
        let due = trash::due(database, account, 1000).await.expect("keys");
        assert!(due.len() > 2);
        assert_eq!(trash::purged(database, account, &due).await, Ok(()));
        assert_eq!(trash::due(database, account, 1000).await, Ok(vec![]));
    }

    async fn ends(&self, client: &Caller) {
        let Self { database, account } = self;
        assert_eq!(callers::revoke(database, account, client).await, Ok(true));
        let full = accounts::close(database, account).await;
        assert_eq!(full, Err(accounts::CloseError::NotEmpty));
        for name in ["myapp", "other"] {
            let name = Repository::parse(name).expect("a repository");
            assert_eq!(repositories::delete(database, account, &name).await, Ok(true));
        }
        assert_eq!(accounts::close(database, account).await, Ok(()));
        assert_eq!(accounts::forget_closed(database, account).await, Ok(true));
    }
}
