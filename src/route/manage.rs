//! The operations of the management API, by method and path. `openapi.json` describes each.

use http::Method;

use crate::account::id::{ClientId, KeyId};
use crate::account::name::{Account, Repository};

/// What every path of the management API begins with.
pub const BASE: &str = "/api/v1";

/// What a request of the management API is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// To read the description of this API, which anybody may.
    Describe,
    /// To list all accounts, which only the operator may.
    ListAccounts,
    /// To make an account, which only the operator may.
    CreateAccount,
    /// Something about one account.
    Of(Account, AccountOperation),
}

/// What a request does with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountOperation {
    /// To show it.
    Show,
    /// To delete it; it must be empty.
    Delete,
    /// To list its access keys.
    ListKeys,
    /// To make an access key.
    CreateKey,
    /// To revoke an access key.
    DeleteKey(KeyId),
    /// To list its clients.
    ListClients,
    /// To make a client.
    CreateClient,
    /// To show a client.
    ShowClient(ClientId),
    /// To change a client.
    ChangeClient(ClientId),
    /// To revoke a client.
    DeleteClient(ClientId),
    /// To list its repositories.
    ListRepositories,
    /// To show a repository.
    ShowRepository(Repository),
    /// To create or change a repository.
    ChangeRepository(Repository),
    /// To delete a repository with all that is in it.
    DeleteRepository(Repository),
    /// To collect what is unused.
    Collect,
    /// To check that everything is there.
    Check,
}

/// Why a request to the management API is for no operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoOperation {
    /// There is no such path.
    #[error("there is no such path")]
    Path,
    /// A part of the path is not valid: this one.
    #[error("the path has an invalid {0}")]
    Field(&'static str),
    /// The path has other methods: these.
    #[error("the path has only the methods {0}")]
    Method(&'static str),
}

impl Operation {
    /// The operation of a method and raw path. `None` if the path does not belong to this API.
    ///
    /// # Errors
    /// [`NoOperation`].
    pub fn parse(method: &Method, path: &str) -> Option<Result<Self, NoOperation>> {
        let rest = path.strip_prefix(BASE)?;
        if !rest.is_empty() && !rest.starts_with('/') {
            return None;
        }
        let parts: Vec<_> = rest.split('/').skip(1).collect();
        Some(operation(method, &parts))
    }

    /// What it is called in the log.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Describe => "describe",
            Self::ListAccounts => "list accounts",
            Self::CreateAccount => "create account",
            Self::Of(_, operation) => operation.label(),
        }
    }
}

impl AccountOperation {
    fn label(&self) -> &'static str {
        match self {
            Self::Show => "show account",
            Self::Delete => "delete account",
            Self::ListKeys => "list keys",
            Self::CreateKey => "create key",
            Self::DeleteKey(_) => "delete key",
            Self::ListClients => "list clients",
            Self::CreateClient => "create client",
            Self::ShowClient(_) => "show client",
            Self::ChangeClient(_) => "change client",
            Self::DeleteClient(_) => "delete client",
            Self::ListRepositories => "list repositories",
            Self::ShowRepository(_) => "show repository",
            Self::ChangeRepository(_) => "change repository",
            Self::DeleteRepository(_) => "delete repository",
            Self::Collect => "collect",
            Self::Check => "check",
        }
    }
}

fn operation(method: &Method, parts: &[&str]) -> Result<Operation, NoOperation> {
    match *parts {
        ["openapi.json"] => choose(method, "GET", [(Method::GET, Operation::Describe)]),
        ["accounts"] => choose(
            method,
            "GET, POST",
            [(Method::GET, Operation::ListAccounts), (Method::POST, Operation::CreateAccount)],
        ),
        ["accounts", account, ref rest @ ..] => {
            let account = Account::parse(account).map_err(|_| NoOperation::Field("account"))?;
            Ok(Operation::Of(account, of_account(method, rest)?))
        }
        _ => Err(NoOperation::Path),
    }
}

fn of_account(method: &Method, parts: &[&str]) -> Result<AccountOperation, NoOperation> {
    use AccountOperation as To;
    const READ_WRITE: &str = "GET, POST";
    match *parts {
        [] => {
            choose(method, "GET, DELETE", [(Method::GET, To::Show), (Method::DELETE, To::Delete)])
        }
        ["keys"] => {
            choose(method, READ_WRITE, [(Method::GET, To::ListKeys), (Method::POST, To::CreateKey)])
        }
        ["keys", id] => {
            let id = KeyId::parse(id).map_err(|_| NoOperation::Field("id"))?;
            choose(method, "DELETE", [(Method::DELETE, To::DeleteKey(id))])
        }
        ["clients"] => choose(
            method,
            READ_WRITE,
            [(Method::GET, To::ListClients), (Method::POST, To::CreateClient)],
        ),
        ["clients", id] => {
            client(method, ClientId::parse(id).map_err(|_| NoOperation::Field("id"))?)
        }
        ["repositories"] => choose(method, "GET", [(Method::GET, To::ListRepositories)]),
        ["repositories", one] => repository(
            method,
            Repository::parse(one).map_err(|_| NoOperation::Field("repository"))?,
        ),
        ["collect"] => choose(method, "POST", [(Method::POST, To::Collect)]),
        ["check"] => choose(method, "POST", [(Method::POST, To::Check)]),
        _ => Err(NoOperation::Path),
    }
}

fn client(method: &Method, id: ClientId) -> Result<AccountOperation, NoOperation> {
    match *method {
        Method::GET => Ok(AccountOperation::ShowClient(id)),
        Method::PUT => Ok(AccountOperation::ChangeClient(id)),
        Method::DELETE => Ok(AccountOperation::DeleteClient(id)),
        _ => Err(NoOperation::Method("GET, PUT, DELETE")),
    }
}

fn repository(method: &Method, one: Repository) -> Result<AccountOperation, NoOperation> {
    match *method {
        Method::GET => Ok(AccountOperation::ShowRepository(one)),
        Method::PUT => Ok(AccountOperation::ChangeRepository(one)),
        Method::DELETE => Ok(AccountOperation::DeleteRepository(one)),
        _ => Err(NoOperation::Method("GET, PUT, DELETE")),
    }
}

fn choose<T, const N: usize>(
    method: &Method,
    allowed: &'static str,
    choices: [(Method, T); N],
) -> Result<T, NoOperation> {
    let chosen = choices.into_iter().find(|(known, _)| known == method);
    chosen.map(|(_, what)| what).ok_or(NoOperation::Method(allowed))
}
