//! Clients of an account.

use http::StatusCode;

use super::PAGE;
use super::input::{ClientChange, NewClient};
use super::login::{self, DockerConfig, KubernetesSecret};
use super::output::{ClientMade, ClientShown, GrantShown, list as listed};
use super::serve::{Managing, Outcome};
use crate::account::caller::Caller;
use crate::account::credential::{Kind, SecretHash};
use crate::account::id::ClientId;
use crate::account::name::Account;
use crate::hosted::catalog::callers::{self, CallerRow, Kind as Listed, NewCaller};
use crate::refusal::Refusal;
use crate::refusal::manage::ManageRefusal;
use crate::services::Services;
use crate::time;

const UNKNOWN: ManageRefusal = ManageRefusal::NotFound("client");

pub(super) async fn list<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
) -> Result<Outcome, Box<Refusal>> {
    let after = managing.cursor.and_then(|cursor| ClientId::parse(cursor).ok());
    let (database, after) = (managing.host.database, after.map(Caller::Client));
    let rows = callers::page(database, account, Listed::Clients, after.as_ref(), PAGE).await?;
    let full = rows.len() as u64 == PAGE;
    let cursor = rows.last().filter(|_| full).map(|last| last.caller.id().to_owned());
    let shown: Vec<_> = rows.into_iter().map(ClientShown::from).collect();
    Ok(Outcome::Json(StatusCode::OK, listed("clients", &shown, cursor)))
}

pub(super) async fn create<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
) -> Result<Outcome, Box<Refusal>> {
    let NewClient { name, grants, expires } = NewClient::read(managing.body, managing.host.now())?;
    let (id, secret, registry) =
        (ClientId::random(), Kind::Client.random_secret(), managing.registry);
    let docker_config = DockerConfig::new(registry, &id, &secret);
    let answer = Outcome::created(&ClientMade {
        id: id.as_str(),
        secret: secret.expose(),
        login: login::command(registry, &id, &secret),
        kubernetes_secret: KubernetesSecret::new(&id, &docker_config),
        docker_config,
    });
    let (secret, caller) = (SecretHash::of(&secret), Caller::Client(id));
    let client = NewCaller { caller, secret, name, expires, grants };
    match callers::create(managing.host.database, account, &client).await? {
        true => Ok(answer),
        false => Err(ManageRefusal::NotFound("account").into()),
    }
}

pub(super) async fn show<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
    id: &ClientId,
) -> Result<Outcome, Box<Refusal>> {
    find(managing, account, id).await.map(|row| Outcome::ok(&ClientShown::from(row)))
}

pub(super) async fn change<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
    id: &ClientId,
) -> Result<Outcome, Box<Refusal>> {
    let ClientChange { grants, expires } = ClientChange::read(managing.body, managing.host.now())?;
    match callers::change(managing.host.database, account, id, grants.as_deref(), expires).await? {
        true => show(managing, account, id).await,
        false => Err(UNKNOWN.into()),
    }
}

pub(super) async fn delete<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
    id: ClientId,
) -> Result<Outcome, Box<Refusal>> {
    match callers::revoke(managing.host.database, account, &Caller::Client(id)).await? {
        true => Ok(Outcome::Done),
        false => Err(UNKNOWN.into()),
    }
}

async fn find<S: Services>(
    managing: &Managing<'_, S>,
    account: &Account,
    id: &ClientId,
) -> Result<CallerRow, Box<Refusal>> {
    let caller = Caller::Client(id.clone());
    let found = callers::find(managing.host.database, account, &caller).await?;
    found.ok_or_else(|| UNKNOWN.into())
}

impl From<CallerRow> for ClientShown {
    fn from(row: CallerRow) -> Self {
        Self {
            id: row.caller.id().to_owned(),
            name: row.name,
            grants: row.grants.iter().map(GrantShown::from).collect(),
            created: time::text(row.created),
            expires: row.expires.map(time::text),
        }
    }
}
