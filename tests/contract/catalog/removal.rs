//! Content is checked, deleted and collected.

use bhcr::account::caller::Caller;
use bhcr::hosted::catalog::check::{self, Cursor};
use bhcr::hosted::catalog::collect::{self, Haste};
use bhcr::hosted::catalog::removal::{self, RemovalError};
use bhcr::hosted::catalog::{trash, uploads};
use bhcr::services::database::Database;

use super::{Life, digest, tag};

impl<D: Database> Life<D> {
    pub(super) async fn is_checked(&self) {
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

    pub(super) async fn deletes(&self, owner: &Caller) {
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

    pub(super) async fn is_collected(&self) {
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
}
