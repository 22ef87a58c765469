//! An account begins with its owner and a client, and ends when it has nothing any more.

use bhcr::account::caller::Caller;
use bhcr::account::credential::{self, SecretHash};
use bhcr::account::id::{ClientId, KeyId};
use bhcr::account::name::Repository;
use bhcr::account::rights::{Action, ClientGrant, Target};
use bhcr::hosted::catalog::callers::{self, Kind, NewCaller};
use bhcr::hosted::catalog::{access, accounts, repositories};
use bhcr::services::database::Database;

use super::{FAR, Life, myapp};

impl<D: Database> Life<D> {
    pub(super) async fn begins(&self) -> (Caller, Caller) {
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

    pub(super) async fn knows_its_callers(&self, owner: &Caller, client: &Caller) {
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

    pub(super) async fn ends(&self, client: &Caller) {
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

fn new_caller(caller: Caller, kind: credential::Kind, actions: &[Action]) -> NewCaller {
    let secret = SecretHash::of(&kind.random_secret());
    let grant = ClientGrant { target: Target::All, actions: actions.iter().copied().collect() };
    let name = "a caller".to_owned();
    NewCaller { caller, secret, name, expires: None, grants: vec![grant] }
}
