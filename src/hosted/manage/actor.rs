//! Who manages: the operator, or the owner of an account.

use crate::account::caller::Caller;
use crate::account::credential::{Presented, SecretHash, Unusable};
use crate::account::name::Account;
use crate::authorization::Authorization;
use crate::hosted::catalog::accounts;
use crate::hosted::host::Host;
use crate::hosted::judge;
use crate::refusal::manage::ManageRefusal;
use crate::refusal::{BadCredential, Refusal};
use crate::route::manage::Operation;
use crate::services::Services;

/// Who manages.
pub(super) enum Actor {
    /// The operator, who manages all accounts.
    Operator,
    /// An owner, who manages one account.
    Owner(Account, Caller),
}

impl Actor {
    /// Finds who sent this header. It asks the catalog every time, so that a revocation works at
    /// once.
    pub(super) async fn read<S: Services>(
        host: &Host<'_, S>,
        authorization: &Authorization,
    ) -> Result<Self, Box<Refusal>> {
        let Authorization::Bearer(secret) = authorization else {
            return Err(ManageRefusal::Unauthenticated.into());
        };
        match Presented::recognize(None, secret) {
            Some(Ok(Presented::Operator(hash))) => operator(host, hash),
            Some(Ok(presented @ (Presented::Key(_) | Presented::Client(..)))) => {
                match judge::identify(host, &presented).await {
                    Ok(identity) => Ok(Self::Owner(identity.account, identity.caller)),
                    Err(refusal) => Err(match *refusal {
                        Refusal::Credential(reason) => refused(reason),
                        other => other.into(),
                    }),
                }
            }
            Some(Err(Unusable::NeedsClientId)) => Err(ManageRefusal::Denied.into()),
            Some(Err(reason @ Unusable::Mistyped)) => Err(refused(BadCredential::Unusable(reason))),
            None => Err(ManageRefusal::Unauthenticated.into()),
        }
    }

    /// What the log calls the actor.
    pub(super) fn label(&self) -> &str {
        match self {
            Self::Operator => "operator",
            Self::Owner(_, caller) => caller.id(),
        }
    }

    /// Refuses what the actor may not do. An owner learns nothing about other accounts: the answer
    /// is the same whether one exists or not.
    pub(super) async fn check<S: Services>(
        &self,
        host: &Host<'_, S>,
        operation: &Operation,
    ) -> Result<(), Box<Refusal>> {
        match (self, operation) {
            (_, Operation::Describe) => Ok(()),
            (Self::Operator, Operation::ListAccounts | Operation::CreateAccount) => Ok(()),
            (Self::Operator, Operation::Of(account, _)) => {
                let found = accounts::find(host.database, account).await?;
                found.map(drop).ok_or_else(|| ManageRefusal::NotFound("account").into())
            }
            (Self::Owner(own, _), Operation::Of(account, _)) if own == account => Ok(()),
            (
                Self::Owner(..),
                Operation::ListAccounts | Operation::CreateAccount | Operation::Of(..),
            ) => Err(ManageRefusal::Denied.into()),
        }
    }
}

fn operator<S: Services>(host: &Host<'_, S>, hash: SecretHash) -> Result<Actor, Box<Refusal>> {
    let known = host.task.deployment.config.admin_token.as_ref().map(SecretHash::of);
    let is_operator = known.is_some_and(|known| known == hash);
    is_operator.then_some(Actor::Operator).ok_or_else(|| refused(BadCredential::Unknown))
}

fn refused(reason: BadCredential) -> Box<Refusal> {
    ManageRefusal::Credential(reason).into()
}
