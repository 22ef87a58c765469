//! What is kept of a resolution, under which key, and for how long it may be used.
//!
//! An entry's age runs from the moment the API answered, through every level that keeps it:
//!
//! ```text
//! 0 ──────── bound / 2 ──────── bound ──────────────── bound + stale
//!    fresh       │    aging       │       expired          │  gone
//!    answers     │  answers, and  │  the API is asked      │  is not
//!                │  is refreshed  │  first; answers only   │  used
//!                │  behind it     │  where that fails      │
//! ```
//!
//! A miss is kept in memory alone, and is gone at its bound.

use serde::{Deserialize, Serialize};

use crate::balena::reference::{Release, Selector};
use crate::balena::resolved::Resolved;
use crate::config::Lifetimes;
use crate::levels;
use crate::seal::Keys;
use crate::secret::Secret;

/// Where a resolution is kept. A change of what is kept under it needs a new version in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    text: String,
    kind: Kind,
}

/// How a release may change, which says how long its resolution may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Target,
    Version,
    Fixed,
}

/// What the API answered, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When the API answered, in seconds since 1970.
    pub answered_at: u64,
    /// The release; `None` where there was none to be seen.
    pub resolved: Option<Resolved>,
}

impl levels::Entry for Entry {
    fn told_at(&self) -> u64 {
        self.answered_at
    }

    fn bytes(&self) -> usize {
        self.resolved.as_ref().map_or(0, Resolved::bytes)
    }
}

/// How an entry may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freshness {
    /// It answers.
    Fresh,
    /// It answers, and wants a refresh behind the answer.
    Aging,
    /// It answers only where the API cannot.
    Expired,
    /// It does not answer.
    Gone,
}

impl Key {
    /// The key of a release as `credential` may see it. What was found anonymously has a key that
    /// everybody shares; what was found with a credential has one that nobody makes without that
    /// credential and the Worker's secret.
    pub fn new(keys: &Keys, release: &Release, credential: Option<&Secret>) -> Self {
        let text = match credential {
            None => format!("release/2/public/{release}"),
            Some(credential) => {
                format!("release/2/private/{}", keys.digest(credential, &release.to_string()))
            }
        };
        let kind = match &release.selector {
            Selector::Target => Kind::Target,
            Selector::Version(version) if !version.is_draft() => Kind::Version,
            Selector::Version(_) | Selector::Commit(_) => Kind::Fixed,
        };
        Self { text, kind }
    }

    /// The key as text, of 512 bytes at most.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How long after the API's answer a resolution under this key may be used, in seconds, where
    /// the API cannot be asked again.
    pub fn usable_for(&self, lifetimes: &Lifetimes) -> u64 {
        self.bound(lifetimes) + lifetimes.stale
    }

    /// How `entry`, kept under this key, may be used at `now` (seconds since 1970).
    pub fn freshness(&self, entry: &Entry, lifetimes: &Lifetimes, now: u64) -> Freshness {
        let (bound, stale) = match entry.resolved {
            Some(_) => (self.bound(lifetimes), lifetimes.stale),
            None => (lifetimes.miss, 0),
        };
        let age = now.saturating_sub(entry.answered_at);
        if age < bound.div_ceil(2) {
            Freshness::Fresh
        } else if age < bound {
            Freshness::Aging
        } else if age < bound + stale {
            Freshness::Expired
        } else {
            Freshness::Gone
        }
    }

    fn bound(&self, lifetimes: &Lifetimes) -> u64 {
        match self.kind {
            Kind::Target => lifetimes.target,
            Kind::Version => lifetimes.version,
            Kind::Fixed => lifetimes.fixed,
        }
    }
}

impl Freshness {
    /// Whether it answers without the API.
    pub fn answers(self) -> bool {
        self <= Self::Aging
    }
}
