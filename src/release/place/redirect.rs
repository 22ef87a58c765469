//! Redirects to the blobs of a location.

use http::Method;
use serde::{Deserialize, Serialize};

use super::generation;
use crate::balena::location::Location;
use crate::exchange::Task;
use crate::kept::policy::{Entry, Level, Lifetime, Policy};
use crate::kept::{Found, Kept};
use crate::oci::digest::Digest;
use crate::services::Services;
use crate::trace::Source;

// The longest URL that is kept, in bytes.
const MAX_URL: usize = 4096;
// A client that gets a redirect still has to follow it, in seconds.
const REDIRECT_MARGIN: u64 = 60;

/// Where storage has a blob.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::release) struct Redirect {
    pub(in crate::release) url: String,
    told_at: u64,
    expires: u64,
}

/// How a redirect to a blob is kept, for one method: storage signs GET and HEAD separately.
pub(in crate::release) struct RedirectPolicy(String);

/// Looks up where storage has a blob.
pub(in crate::release) async fn look_up<S: Services>(
    task: &Task<'_, S>,
    location: &Location,
    method: &Method,
    digest: Digest,
) -> Result<Found<RedirectPolicy>, RedirectPolicy> {
    let generation = generation::current(task, location).await;
    let key = format!("redirect/1/{location}/{generation:016x}/{method}/{digest}");
    Kept::look_up(task, RedirectPolicy(key)).await.answer().map_err(Kept::into_policy)
}

/// Keeps a redirect that the registry gave, until it `expires` (seconds since 1970).
pub(in crate::release) fn learn<S: Services>(
    task: &Task<'_, S>,
    policy: &RedirectPolicy,
    url: &str,
    expires: u64,
) {
    let redirect = Redirect { url: url.to_owned(), told_at: task.services.now(), expires };
    if url.len() <= MAX_URL && redirect.good_for() > 0 {
        policy.keep(task, redirect);
    }
}

impl Redirect {
    fn good_for(&self) -> u64 {
        self.expires.saturating_sub(self.told_at).saturating_sub(REDIRECT_MARGIN)
    }
}

impl Entry for Redirect {
    fn told_at(&self) -> u64 {
        self.told_at
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.url.len()
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.url == other.url
    }
}

impl Policy for RedirectPolicy {
    type Value = Redirect;
    const WHAT: &'static str = "a redirect";
    const ORIGIN: Source = Source::Registry;

    fn key(&self) -> &str {
        &self.0
    }

    fn level(&self) -> Level {
        Level::Cache
    }

    fn lifetime(&self, redirect: &Redirect) -> Lifetime {
        Lifetime::plain(redirect.good_for(), 0)
    }
}
