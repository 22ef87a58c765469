//! Places: what is known of a location besides its manifests. Its tag is good for a short while, a
//! redirect until shortly before it expires, and one refusal of upstream's is the end of it all.
//!
//! A place is kept whole, in the isolate and in its data centre: so it can be dropped whole, and a
//! pull of many layers reads it once.

mod facts;

use std::sync::Arc;

use http::Method;

use self::facts::{Facts, Redirect, Tag};
use super::{access, refusal};
use crate::balena::location::Location;
use crate::deployment::Deployment;
use crate::levels::Levels;
use crate::oci::digest::Digest;
use crate::services::Services;
use crate::trace::Source;

// The longest that the cache has a place, in seconds; isolates ask the registry again after that.
const MAX_CACHE_SECONDS: u64 = 86_400;
// Where the registry is asked for a tag each time, its answer is for an outage, and is noted this
// often, in seconds.
const REPEAT_SECONDS: u64 = 60;

/// One location, and what is known of it.
pub(super) struct Place<'a, S> {
    deployment: &'a Deployment,
    services: &'a S,
    location: &'a Location,
    key: String,
}

/// What the tag of a location means.
pub(super) struct KnownTag {
    pub(super) digest: Digest,
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
        // Where the registry is asked each time, what others know is no fresher.
        let answers = |tag: &Tag| is_fresh(tag) || lifetimes.tag == 0;
        let (facts, _) = self.facts(|facts| facts.tag.as_ref().is_some_and(answers)).await;
        let tag = facts.tag.as_ref().filter(|tag| age(tag) < lifetimes.tag + lifetimes.stale)?;
        Some(KnownTag { digest: tag.digest, is_fresh: is_fresh(tag) })
    }

    /// Where a blob is, if a redirect to it is known that is good for a while yet.
    pub(super) async fn redirect(
        &self,
        method: &Method,
        digest: Digest,
    ) -> Option<(String, Source)> {
        let now = self.services.now();
        let is_known = |facts: &Facts| facts.redirect(method, digest, now).is_some();
        let (facts, source) = self.facts(is_known).await;
        Some((facts.redirect(method, digest, now)?.to_owned(), source))
    }

    /// The registry has told what the tag means.
    pub(super) fn learn_tag(&self, digest: Digest) {
        let tag = Tag { digest, told_at: self.services.now() };
        if !self.is_repeated(&tag) {
            self.learn(|facts| facts.tag = Some(tag));
        }
    }

    /// The registry has told where a blob is, until `expires` (seconds since 1970).
    pub(super) fn learn_redirect(&self, method: &Method, digest: Digest, url: &str, expires: u64) {
        if let Some(redirect) = Redirect::new(method, digest, url, self.services.now(), expires) {
            self.learn(|facts| facts.add(redirect));
        }
    }

    /// Upstream does not stand by the location any more, for somebody at least: everything that is
    /// reused for it is forgotten, and so is what others may still have kept before now.
    pub(super) fn refused(&self) {
        refusal::note(&self.deployment.memory, self.location, self.services.now());
        self.levels().forget(&self.key);
        access::forget(self.deployment, self.services, self.location);
    }

    fn levels(&self) -> Levels<'a, S, S::Cache> {
        Levels::local(self.deployment, self.services)
    }

    fn remembered(&self) -> Arc<Facts> {
        self.deployment.memory.get(&self.key).unwrap_or_default()
    }

    fn is_repeated(&self, tag: &Tag) -> bool {
        let same = |known: &Tag| {
            known.digest == tag.digest && tag.told_at.saturating_sub(known.told_at) < REPEAT_SECONDS
        };
        let is_asked_each_time = self.deployment.config.lifetimes.tag == 0;
        is_asked_each_time && self.remembered().tag.as_ref().is_some_and(same)
    }

    // What is known, looked for in the cache only where what the isolate knows does not answer.
    async fn facts(&self, answers: impl Fn(&Facts) -> bool) -> (Arc<Facts>, Source) {
        let known = self.remembered();
        if answers(&known) {
            return (known, Source::Memory);
        }
        let Some(mut stored) = self.levels().read::<Facts>(&self.key).await.ok().flatten() else {
            return (known, Source::Memory);
        };
        if let Some(at) = refusal::last(&self.deployment.memory, self.location) {
            stored.keep_what_was_told_after(at);
        }
        let mut joined = Facts::clone(&self.remembered());
        joined.prune(self.services.now());
        joined.join(stored);
        let joined = Arc::new(joined);
        self.levels().remember(&self.key, &joined);
        (joined, Source::Cache)
    }

    fn learn(&self, change: impl FnOnce(&mut Facts)) {
        let now = self.services.now();
        let mut facts = Facts::clone(&self.remembered());
        facts.prune(now);
        change(&mut facts);
        let lifetimes = &self.deployment.config.lifetimes;
        let last = facts.last_expiry().map_or(0, |expires| expires.saturating_sub(now));
        let seconds = last.max(lifetimes.tag + lifetimes.stale).min(MAX_CACHE_SECONDS);
        self.levels().keep(&self.key, &Arc::new(facts), seconds);
    }
}
