//! Images are pushed, mounted, found and listed.

use bhcr::account::caller::Caller;
use bhcr::hosted::catalog::commit::{self, CommitError, Stored};
use bhcr::hosted::catalog::manifests::{self, NewContent, NewManifest, PutError};
use bhcr::hosted::catalog::mount::{self, Mounted};
use bhcr::hosted::catalog::uploads::{self, Claim, ClaimError, Progress, Session, UploadError};
use bhcr::hosted::catalog::{blobs, contents, referrers, repositories, tags};
use bhcr::oci::digest::Digest;
use bhcr::oci::reference::Reference;
use bhcr::refusal::upload::Ended;
use bhcr::services::database::Database;
use bhcr::services::objects::Part;

use super::{FAR, Life, digest, myapp, tag};

impl<D: Database> Life<D> {
    pub(super) async fn uploads(&self, owner: &Caller, client: &Caller) {
        let (database, image, layer) = (&self.database, self.image("myapp"), digest("layer"));
        let (stored, _) = self.stored(&image).await;
        let session = Session { image: &image, upload: &stored.upload, expires: FAR };
        let parts = vec![Part { number: 1, etag: "a".to_owned() }];
        let (multipart, tail) = (Some("multipart".to_owned()), Some(1));
        let progress = Progress { offset: 9, multipart, tail, digest: Some(layer), parts };
        let claim = |version| Claim { version, progress: progress.clone() };
        assert_eq!(uploads::record(database, session, &claim(1)).await, Ok(()));
        let found = uploads::find(database, &image, &stored.upload).await;
        assert_eq!(found.map(|it| it.map(|it| it.progress)), Ok(Some(progress.clone())));
        let late = uploads::record(database, session, &claim(3)).await;
        assert_eq!(late, Err(UploadError::Lost));
        let stray = uploads::claim_at(database, session, 11..=11, true, None).await;
        assert_eq!(stray, Err(ClaimError::Elsewhere { received: 9 }));
        let more = Progress { offset: 10, parts: Vec::new(), ..progress.clone() };
        let more = Some(&Claim { version: 1, progress: more });
        let without_bytes = uploads::claim_at(database, session, 0..=10, false, more).await;
        let progress = Progress { offset: 10, ..progress };
        assert_eq!(without_bytes, Ok(Claim { version: 1, progress }));
        let late = Stored { version: 2, ..stored.clone() };
        let late = commit::commit(database, &image, &late, &layer, owner).await;
        assert_eq!(late, Err(CommitError::Lost));
        for _ in 0..2 {
            let committed = commit::commit(database, &image, &stored, &layer, client).await;
            assert_eq!(committed, Ok(()));
        }
        let ended = uploads::cancel(database, session, None).await;
        assert_eq!(ended, Err(UploadError::Ended(Ended::Committed(layer.into()))));
        let found = blobs::find(database, &image, &layer).await.expect("it answers");
        assert_eq!(found, Some(blobs::Blob { key: stored.key, size: 10 }));
        assert_eq!(blobs::find_and_touch(database, &image, &layer).await, Ok(found));
        let (cancelled, _) = self.stored(&image).await;
        let session = Session { image: &image, upload: &cancelled.upload, expires: FAR };
        assert!(uploads::cancel(database, session, Some(1)).await.is_ok());
    }

    pub(super) async fn puts_manifests(&self, owner: &Caller) {
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

    pub(super) async fn mounts(&self, owner: &Caller, client: &Caller) {
        let (source, other, layer) = (self.image("myapp"), self.image("other"), digest("layer"));
        for from in [Some(&source), None] {
            let refused = mount::mount(&self.database, &other, &layer, from, client).await;
            assert_eq!(refused, Ok(Mounted::Refused));
            let mounted = mount::mount(&self.database, &other, &layer, from, owner).await;
            assert_eq!(mounted, Ok(Mounted::Yes));
        }
    }

    pub(super) async fn lists(&self) {
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
        let images = contents::read(database, account, &[&myapp()], None).await;
        assert_eq!(images.expect("a page")[0][0].tags, ["large", "latest"]);
    }
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
