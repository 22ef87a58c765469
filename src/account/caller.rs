//! Who presents a credential of bhcr: a key or client, and its account.

use serde::{Deserialize, Serialize};

use super::id::{ClientId, KeyId};
use super::name::Account;

/// An access key or a client. A write checks in its own batch that its caller still has the right
/// to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Caller {
    /// The owner of the account, by one of its access keys.
    Owner(KeyId),
    /// A client.
    Client(ClientId),
}

/// A key or client, and the account that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The account.
    pub account: Account,
    /// The key or client.
    pub caller: Caller,
}

impl Caller {
    /// The identifier of the key or client.
    pub fn id(&self) -> &str {
        match self {
            Self::Owner(key) => key.as_str(),
            Self::Client(client) => client.as_str(),
        }
    }
}
