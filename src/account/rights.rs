//! Rights: what a caller may do with a repository.
//!
//! A right applies to one repository, or to all repositories of an account. Names are compared as a
//! whole, so a grant for `myapp` does not apply to `myapp2`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::caller::Holder;
use super::name::Repository;

/// What can be done with a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// To read manifests, blobs, tags and referrers.
    Pull,
    /// To write manifests, blobs and tags.
    Push,
    /// To delete manifests, blobs and tags.
    Delete,
}

/// A set of actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actions(u8);

/// The repositories that a grant applies to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// Every repository of the account, including future ones; written `*`.
    All,
    /// One repository.
    One(Repository),
}

/// What a client was granted. It may do nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientGrant {
    /// The repositories.
    pub target: Target,
    /// What may be done with them; never empty.
    pub actions: Actions,
}

/// Rights to one image's repository, as they were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Who has them; `None` for anonymous callers.
    pub holder: Option<Holder>,
    /// What may be done.
    pub actions: Actions,
    /// When they were read, in seconds since 1970.
    pub read_at: u64,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 3] = [Self::Pull, Self::Push, Self::Delete];

    /// Reads an action as scopes and grants write it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }

    /// The action as scopes and grants write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Self::Pull => 1,
            Self::Push => 2,
            Self::Delete => 4,
        }
    }
}

impl Actions {
    /// No action.
    pub const NONE: Self = Self(0);
    /// Every action.
    pub const ALL: Self = Self(7);

    /// The set of `bits`, as [`Self::bits`] gives them. `None` if a bit stands for no action.
    pub fn from_bits(bits: u8) -> Option<Self> {
        (bits <= Self::ALL.0).then_some(Self(bits))
    }

    /// The set as the catalog and tokens store it: pull is 1, push is 2, delete is 4.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// Whether the action is in it.
    pub fn has(self, action: Action) -> bool {
        self.0 & action.bit() != 0
    }

    /// Whether it is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The actions of either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The actions in it, in their order.
    pub fn iter(self) -> impl Iterator<Item = Action> {
        Action::ALL.into_iter().filter(move |action| self.has(*action))
    }
}

impl FromIterator<Action> for Actions {
    fn from_iter<T: IntoIterator<Item = Action>>(actions: T) -> Self {
        Self(actions.into_iter().fold(0, |bits, action| bits | action.bit()))
    }
}

impl Target {
    /// What grants write for every repository.
    pub const ALL: &str = "*";

    /// The target as grants write it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::All => Self::ALL,
            Self::One(repository) => repository.as_str(),
        }
    }

    /// Whether it includes `repository`.
    pub fn covers(&self, repository: &Repository) -> bool {
        match self {
            Self::All => true,
            Self::One(one) => one == repository,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What `grants` together allow on `repository`.
pub fn allowed(grants: &[ClientGrant], repository: &Repository) -> Actions {
    let about = grants.iter().filter(|grant| grant.target.covers(repository));
    about.fold(Actions::NONE, |sum, grant| sum.union(grant.actions))
}
