//! From a request of the management API to its answer.

use http::StatusCode;
use serde::Serialize;

use super::actor::Actor;
use super::fields::InvalidBody;
use super::input::MAX_BODY;
use super::{OPENAPI, accounts, clients, housekeeping, keys, repositories};
use crate::answer::Answer;
use crate::authorization::Authorization;
use crate::exchange::Exchange;
use crate::hosted::host::Host;
use crate::oci::paging::Query;
use crate::refusal::Refusal;
use crate::refusal::manage::ManageRefusal;
use crate::route::manage::{AccountOperation as To, NoOperation, Operation};
use crate::services::{BodyError, Incoming, Services};

/// A request on its way: what it works with, and what came with it.
pub(super) struct Managing<'a, S: Services> {
    pub(super) host: &'a Host<'a, S>,
    /// The body, [`MAX_BODY`] bytes at most.
    pub(super) body: &'a [u8],
    /// Where a page begins.
    pub(super) cursor: Option<&'a str>,
    /// The registry as clients name it.
    pub(super) registry: &'a str,
}

/// What is answered.
pub(super) enum Outcome {
    /// JSON with this status.
    Json(StatusCode, String),
    /// It is done, and the answer has no body.
    Done,
}

impl Outcome {
    pub(super) fn ok(what: &impl Serialize) -> Self {
        Self::Json(StatusCode::OK, json(what))
    }

    pub(super) fn created(what: &impl Serialize) -> Self {
        Self::Json(StatusCode::CREATED, json(what))
    }
}

/// Answers a request.
///
/// # Errors
/// [`Refusal`]. A request that is refused leaves nothing half done.
pub(crate) async fn serve<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    operation: Result<Operation, NoOperation>,
    query: &str,
) -> Result<Answer<S::Body>, Box<Refusal>> {
    if operation == Ok(Operation::Describe) {
        return Ok(Answer::json(StatusCode::OK, OPENAPI));
    }
    let host = Host::new(exchange).ok_or(Refusal::Off)?;
    let header = exchange.incoming.header("authorization");
    let actor = Actor::read(&host, &Authorization::parse(header.as_deref())).await?;
    exchange.task.trace.by(actor.label());
    let operation = operation.map_err(|reason| match reason {
        NoOperation::Path => Box::<Refusal>::from(ManageRefusal::NoSuchPath),
        NoOperation::Field(field) => ManageRefusal::Path(field).into(),
        NoOperation::Method(allowed) => ManageRefusal::Method(allowed).into(),
    })?;
    if let Operation::Of(account, _) = &operation {
        exchange.task.trace.name(account.as_str());
    }
    actor.check(&host, &operation).await?;
    let body = exchange.incoming.body(MAX_BODY).await.map_err(|error| match error {
        BodyError::OverLimit { limit } => Box::<Refusal>::from(ManageRefusal::TooLarge { limit }),
        BodyError::Broken => Refusal::BodyBroken.into(),
    })?;
    let query = Query::parse(query);
    let cursor = query.first("cursor");
    let managing =
        Managing { host: &host, body: &body, cursor, registry: exchange.own.authority() };
    Ok(match managing.run(operation).await? {
        Outcome::Json(status, body) => Answer::json(status, body),
        Outcome::Done => Answer::empty(StatusCode::NO_CONTENT),
    })
}

impl<S: Services> Managing<'_, S> {
    async fn run(&self, operation: Operation) -> Result<Outcome, Box<Refusal>> {
        let (account, operation) = match operation {
            Operation::Describe => return Ok(Outcome::Json(StatusCode::OK, OPENAPI.to_owned())),
            Operation::ListAccounts => return accounts::list(self).await,
            Operation::CreateAccount => return accounts::create(self).await,
            Operation::Of(account, operation) => (account, operation),
        };
        match operation {
            To::Show => accounts::show(self, &account).await,
            To::Delete => accounts::delete(self, &account).await,
            To::ListKeys => keys::list(self, &account).await,
            To::CreateKey => keys::create(self, &account).await,
            To::DeleteKey(id) => keys::delete(self, &account, id).await,
            To::ListClients => clients::list(self, &account).await,
            To::CreateClient => clients::create(self, &account).await,
            To::ShowClient(id) => clients::show(self, &account, &id).await,
            To::ChangeClient(id) => clients::change(self, &account, &id).await,
            To::DeleteClient(id) => clients::delete(self, &account, id).await,
            To::ListRepositories => repositories::list(self, &account).await,
            To::ShowRepository(one) => repositories::show(self, &account, &one).await,
            To::ChangeRepository(one) => repositories::change(self, &account, &one).await,
            To::DeleteRepository(one) => repositories::delete(self, &account, &one).await,
            To::Collect => housekeeping::collect(self, &account).await,
            To::Check => housekeeping::check(self, &account).await,
        }
    }
}

impl From<InvalidBody> for Box<Refusal> {
    fn from(reason: InvalidBody) -> Self {
        match reason {
            InvalidBody::Malformed => ManageRefusal::Malformed.into(),
            InvalidBody::Field(field) => ManageRefusal::Field(field).into(),
        }
    }
}

pub(super) fn json(what: &impl Serialize) -> String {
    serde_json::to_string(what).expect("strings and numbers always serialize")
}
