//! Resolution: from releases to where their images are stored.
//!
//! What was found anonymously is shared with every isolate. What was found with a credential is
//! found with that credential only: nobody makes its key without the credential and the Worker's
//! secret. A miss stays in this isolate's memory, because it says nothing of what others may see.

use futures_util::FutureExt;
use serde::{Deserialize, Serialize};

use crate::balena::reference::{Release, Selector};
use crate::balena::resolved::Resolved;
use crate::config::Lifetimes;
use crate::exchange::Task;
use crate::kept::policy::{Entry, Level, Lifetime, Policy};
use crate::kept::{Found, Kept};
use crate::seal::Keys;
use crate::secret::Secret;
use crate::services::{Call, Services};
use crate::together::together;
use crate::trace::Source;
use crate::upstream::api::{self, Caller, Unserved, releases};
use crate::upstream::attempt::Attempt;
use crate::upstream::{Fault, Part, back_off};

/// What the API answered for one release, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// When the API answered, in seconds since 1970.
    pub answered_at: u64,
    /// The release; `None` if there was none to be seen.
    pub resolved: Option<Resolved>,
}

/// How the resolution of one release is kept for one caller.
#[derive(Clone, Debug)]
pub struct ResolutionPolicy {
    key: String,
    release: Release,
    credential: Option<Secret>,
    lifetimes: Lifetimes,
}

/// A resolution that serves.
pub type FoundRelease = Found<ResolutionPolicy>;

impl Entry for Resolution {
    fn told_at(&self) -> u64 {
        self.answered_at
    }

    fn bytes(&self) -> usize {
        self.resolved.as_ref().map_or(0, Resolved::bytes)
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.resolved == other.resolved
    }
}

impl ResolutionPolicy {
    /// The policy of `release` as `credential` may see it.
    pub fn new(
        lifetimes: Lifetimes,
        keys: &Keys,
        release: Release,
        credential: Option<&Secret>,
    ) -> Self {
        let key = match credential {
            None => format!("release/3/public/{release}"),
            Some(credential) => {
                format!("release/3/private/{}", keys.digest(credential, &release.to_string()))
            }
        };
        Self { key, release, credential: credential.cloned(), lifetimes }
    }
}

impl Policy for ResolutionPolicy {
    type Value = Resolution;
    const WHAT: &'static str = "a release";
    const ORIGIN: Source = Source::Api;

    fn key(&self) -> &str {
        &self.key
    }

    fn level(&self) -> Level {
        Level::Store
    }

    fn lifetime(&self, value: &Resolution) -> Lifetime {
        let Lifetimes { miss, stale, .. } = self.lifetimes;
        match value.resolved {
            Some(_) => Lifetime::refreshed(bound(&self.release, &self.lifetimes), stale),
            None => Lifetime::refreshed(miss, 0),
        }
    }

    fn is_shared(&self, value: &Resolution) -> bool {
        value.resolved.is_some()
    }
}

/// How long what a release's name means is good for, in seconds.
pub fn bound(release: &Release, lifetimes: &Lifetimes) -> u64 {
    match &release.selector {
        Selector::Target => lifetimes.target,
        Selector::Version(version) if !version.is_draft() => lifetimes.version,
        Selector::Version(_) | Selector::Commit(_) => lifetimes.fixed,
    }
}

/// Finds `releases` as `credential` may see them, with at most one call to the API. The results are
/// in the order of `releases`. `client` is the address of the caller.
///
/// # Errors
/// [`Unserved`] if the API refuses the credential. A fault of the API is the result of every release
/// that nothing kept answers for.
pub async fn resolve<S: Services>(
    task: &Task<'_, S>,
    client: &str,
    releases: &[Release],
    credential: Option<&Secret>,
) -> Result<Vec<Result<FoundRelease, Fault>>, Refused> {
    let deployment = task.deployment;
    let look_up = |release: &Release| {
        let lifetimes = deployment.config.lifetimes;
        let policy =
            ResolutionPolicy::new(lifetimes, &deployment.keys, release.clone(), credential);
        Kept::look_up(task, policy).boxed_local()
    };
    let kept = together(releases.iter().map(look_up)).await;
    let looked_up: Vec<_> = kept.into_iter().map(Kept::answer).collect();
    let wanted: Vec<_> = looked_up.iter().filter_map(|it| it.as_ref().err()).collect();
    let mut asked = ask_for(task, client, &wanted, credential).await?.into_iter();

    let settle = |it: Result<FoundRelease, Kept<ResolutionPolicy>>| match it {
        Ok(found) => Ok(found),
        Err(kept) => kept.settle(task, asked.next().expect("there is one for each")),
    };
    let found: Vec<_> = looked_up.into_iter().map(settle).collect();
    found.iter().flatten().for_each(|found| task.trace.resolved(found.source()));
    Ok(found)
}

/// The API does not accept the caller's credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

async fn ask_for<S: Services>(
    task: &Task<'_, S>,
    client: &str,
    wanted: &[&Kept<ResolutionPolicy>],
    credential: Option<&Secret>,
) -> Result<Vec<Result<Resolution, Fault>>, Refused> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let has_fallback = wanted.iter().all(|kept| kept.usable().is_some());
    // An attacker without a credential could otherwise have us ask the API for any number of names.
    if credential.is_none() && !has_fallback && !task.services.permits(client).await {
        let fault = Fault::TooManyRequests { retry_after: Some(back_off::DEFAULT_RETRY_AFTER) };
        return Ok(wanted.iter().map(|_| Err(fault.clone())).collect());
    }
    let releases: Vec<_> = wanted.iter().map(|kept| &kept.policy().release).collect();
    match ask(task, &releases, credential, has_fallback).await {
        Ok(answers) => Ok(answers),
        Err(Unserved::Fault(fault)) => Ok(wanted.iter().map(|_| Err(fault.clone())).collect()),
        Err(Unserved::Refused) => {
            wanted.iter().for_each(|kept| kept.forget(task));
            Err(Refused)
        }
    }
}

async fn ask<S: Services>(
    task: &Task<'_, S>,
    wanted: &[&Release],
    credential: Option<&Secret>,
    has_fallback: bool,
) -> Result<Vec<Result<Resolution, Fault>>, Unserved> {
    let config = &task.deployment.config;
    let call: Call = releases::releases_call(config, wanted, credential);
    let attempt = Attempt { part: Part::Releases, call: &call, has_fallback };
    let reply = attempt.send_and_read_whole(task, api::MAX_ANSWER).await?;
    let caller = Caller::with(credential);
    let answered_at = task.services.now();
    let read = releases::read_releases(config, wanted, &reply, caller)?.into_iter();
    Ok(read.map(|it| it.map(|resolved| Resolution { answered_at, resolved })).collect())
}

/// Upstream stands by what was found: it is kept, or refreshed after the answer.
pub fn confirm<S: Services>(task: &Task<'_, S>, found: &FoundRelease) {
    let policy = found.policy().clone();
    found.confirm(task, async move |task: &Task<'_, S>| {
        let mut answers = ask(task, &[&policy.release], policy.credential.as_ref(), true).await?;
        Ok(answers.pop().expect("one was asked for")?)
    });
}
