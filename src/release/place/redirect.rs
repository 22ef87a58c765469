//! Redirects to the blobs of a location.

use std::sync::Arc;

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
// A redirect is not given for this long before it expires, because the client must still follow
// it, in seconds.
const REDIRECT_MARGIN: u64 = 60;

/// A redirect to a blob in storage.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::release) struct Redirect {
    pub(in crate::release) url: String,
    told_at: u64,
    expires: u64,
}

/// The policy of the redirect to one blob for one method. Storage signs GET and HEAD separately.
pub(in crate::release) struct RedirectPolicy(String);

/// The redirect to a blob in the isolate's memory.
pub(in crate::release) fn recall<S: Services>(
    task: &Task<'_, S>,
    location: &Location,
    method: &Method,
    digest: Digest,
) -> Option<Arc<Redirect>> {
    let generation = generation::recall(task, location)?;
    RedirectPolicy::new(location, generation, method, digest).recall(task)
}

/// Looks up the redirect to a blob.
pub(in crate::release) async fn look_up<S: Services>(
    task: &Task<'_, S>,
    location: &Location,
    method: &Method,
    digest: Digest,
) -> Result<Found<RedirectPolicy>, RedirectPolicy> {
    let generation = generation::current(task, location).await;
    let policy = RedirectPolicy::new(location, generation, method, digest);
    Kept::look_up(task, policy).await.answer().map_err(Kept::into_policy)
}

/// Keeps the registry's redirect until it `expires` (seconds since 1970).
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

impl RedirectPolicy {
    fn new(location: &Location, generation: u64, method: &Method, digest: Digest) -> Self {
        Self(format!("redirect/1/{location}/{generation:016x}/{method}/{digest}"))
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
