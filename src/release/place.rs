//! Places: what is known of a location besides its manifests. Its tag is good for a short while, a
//! redirect until shortly before it expires, and one refusal of upstream's is the end of it all.
//!
//! A place is kept whole, in the isolate and in its data centre: so it can be dropped whole, and a
//! pull of many layers reads it once.

use std::sync::Arc;

use http::Method;
use serde::{Deserialize, Serialize};

use super::access;
use super::location::Location;
use crate::deployment::Deployment;
use crate::levels::{Entry, Levels};
use crate::memory::Memory;
use crate::oci::digest::Digest;
use crate::services::Services;
use crate::trace::Source;

// The most redirects that are kept of one location: two for each layer that an image can have.
const MAX_REDIRECTS: usize = 256;
// A longer one is not kept, in bytes.
const MAX_URL: usize = 4096;
// Who is sent somewhere has yet to go there, in seconds.
const REDIRECT_MARGIN: u64 = 60;

/// One location, and what is known of it.
pub(super) struct Place<'a, S> {
    deployment: &'a Deployment,
    services: &'a S,
    location: &'a Location,
    key: String,
}

/// What the tag of a location means.
pub(super) struct KnownTag {
    pub(super) digest: String,
    /// Whether it answers; otherwise it does only where the registry cannot.
    pub(super) is_fresh: bool,
}

impl<'a, S: Services> Place<'a, S> {
    /// The place of a location.
    pub(super) fn new(deployment: &'a Deployment, services: &'a S, location: &'a Location) -> Self {
        Self { deployment, services, location, key: format!("place/1/{location}") }
    }

    /// What the tag means, as far as that is known.
    pub(super) async fn tag(&self) -> Option<KnownTag> {
        let lifetimes = &self.deployment.config.lifetimes;
        let age = |tag: &Tag| self.services.now().saturating_sub(tag.told_at);
        let is_fresh = |tag: &Tag| age(tag) < lifetimes.tag;
        let (facts, _) = self.facts(|facts| facts.tag.as_ref().is_some_and(is_fresh)).await;
        let tag = facts.tag.as_ref().filter(|tag| age(tag) < lifetimes.tag + lifetimes.stale)?;
        Some(KnownTag { digest: tag.digest.clone(), is_fresh: is_fresh(tag) })
    }

    /// Where a blob is, if a redirect to it is known that is good for a while yet.
    pub(super) async fn redirect(
        &self,
        method: &Method,
        digest: Digest<'_>,
    ) -> Option<(String, Source)> {
        let (of_head, now) = (method == Method::HEAD, self.services.now());
        let wanted = |it: &&Redirect| {
            it.digest == digest.as_str() && it.of_head == of_head && it.is_good(now)
        };
        let find = |facts: &Facts| facts.redirects.iter().find(wanted).map(|it| it.url.clone());
        let (facts, source) = self.facts(|facts| find(facts).is_some()).await;
        Some((find(&facts)?, source))
    }

    /// The registry has told what the tag means.
    pub(super) fn learn_tag(&self, digest: Digest<'_>) {
        let tag = Tag { digest: digest.to_string(), told_at: self.services.now() };
        self.learn(|facts| facts.tag = Some(tag));
    }

    /// The registry has told where a blob is, until `expires` (seconds since 1970).
    pub(super) fn learn_redirect(
        &self,
        method: &Method,
        digest: Digest<'_>,
        url: &str,
        expires: u64,
    ) {
        let digest = digest.to_string();
        let of_head = method == Method::HEAD;
        let told_at = self.services.now();
        let redirect = Redirect { digest, of_head, url: url.to_owned(), told_at, expires };
        if url.len() <= MAX_URL && redirect.is_good(told_at) {
            self.learn(|facts| facts.add(redirect));
        }
    }

    /// Upstream does not stand by the location any more, for somebody at least: everything that is
    /// reused for it is forgotten, and so is what others may still have kept before now.
    pub(super) fn refused(&self) {
        let now = Arc::new(self.services.now());
        self.deployment.memory.put(&refusal_key(self.location), now, size_of::<u64>());
        self.levels().forget(&self.key);
        access::forget(self.deployment, self.services, self.location);
    }

    fn levels(&self) -> Levels<'a, S, S::Cache> {
        Levels::local(self.deployment, self.services)
    }

    // What is known, looked for in the cache only where what the isolate knows does not answer.
    async fn facts(&self, answers: impl Fn(&Facts) -> bool) -> (Arc<Facts>, Source) {
        let remembered = || self.deployment.memory.get::<Facts>(&self.key).unwrap_or_default();
        let known = remembered();
        if answers(&known) {
            return (known, Source::Memory);
        }
        let Some(mut stored) = self.levels().read::<Facts>(&self.key).await.ok().flatten() else {
            return (known, Source::Memory);
        };
        if let Some(at) = refused_at(&self.deployment.memory, self.location) {
            stored.keep_what_was_told_after(at);
        }
        let joined = Arc::new(remembered().joined(stored));
        self.levels().remember(&self.key, &joined);
        (joined, Source::Cache)
    }

    fn learn(&self, change: impl FnOnce(&mut Facts)) {
        let now = self.services.now();
        let known = self.deployment.memory.get::<Facts>(&self.key).unwrap_or_default();
        let mut facts = Facts::clone(&known);
        facts.redirects.retain(|redirect| redirect.is_good(now));
        change(&mut facts);
        facts.told_at = now;
        let lifetimes = &self.deployment.config.lifetimes;
        let last = facts.redirects.iter().map(|redirect| redirect.expires - now).max();
        let seconds = last.unwrap_or_default().max(lifetimes.tag + lifetimes.stale);
        self.levels().keep(&self.key, &Arc::new(facts), seconds);
    }
}

/// When upstream last refused a location, as far as this isolate knows, in seconds since 1970.
pub(super) fn refused_at(memory: &Memory, location: &Location) -> Option<u64> {
    memory.get(&refusal_key(location)).map(|at| *at)
}

fn refusal_key(location: &Location) -> String {
    format!("refused/{location}")
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Facts {
    told_at: u64,
    tag: Option<Tag>,
    redirects: Vec<Redirect>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Tag {
    digest: String,
    told_at: u64,
}

#[derive(Clone, Serialize, Deserialize)]
struct Redirect {
    digest: String,
    of_head: bool,
    url: String,
    told_at: u64,
    expires: u64,
}

impl Entry for Facts {
    fn told_at(&self) -> u64 {
        self.told_at
    }

    fn bytes(&self) -> usize {
        let redirect = |it: &Redirect| size_of::<Redirect>() + it.digest.len() + it.url.len();
        size_of::<Self>() + self.redirects.iter().map(redirect).sum::<usize>()
    }
}

impl Facts {
    // What two isolates have learned.
    fn joined(&self, other: Self) -> Self {
        let mut joined = self.clone();
        joined.told_at = self.told_at.max(other.told_at);
        let later = |tag: &Tag| self.tag.as_ref().is_none_or(|known| known.told_at < tag.told_at);
        joined.tag = other.tag.filter(later).or(joined.tag);
        other.redirects.into_iter().for_each(|redirect| joined.add(redirect));
        joined
    }

    // Another isolate may have put what it learned since beside what it knew before.
    fn keep_what_was_told_after(&mut self, at: u64) {
        self.tag = self.tag.take().filter(|tag| at < tag.told_at);
        self.redirects.retain(|redirect| at < redirect.told_at);
    }

    // Of two for the same, the one that is good for longer stays.
    fn add(&mut self, redirect: Redirect) {
        let same = |it: &Redirect| it.digest == redirect.digest && it.of_head == redirect.of_head;
        match self.redirects.iter().position(same) {
            Some(at) if self.redirects[at].expires < redirect.expires => {
                self.redirects[at] = redirect;
            }
            None if self.redirects.len() < MAX_REDIRECTS => self.redirects.push(redirect),
            _ => {}
        }
    }
}

impl Redirect {
    fn is_good(&self, now: u64) -> bool {
        now + REDIRECT_MARGIN < self.expires
    }
}
