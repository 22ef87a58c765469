//! Resolution finds where the images of a release are stored.
//!
//! A release that an anonymous caller may see is shared with all isolates. A release that was found
//! with a credential is kept for that credential only: nobody can compute its key without the
//! credential and the Worker's secret. A miss stays in this isolate's memory, because other callers
//! may see the release.

use futures_util::FutureExt;
use futures_util::future::join;
use serde::{Deserialize, Serialize};

use super::permission::Permission;
use crate::balena::reference::{Release, Selector};
use crate::balena::resolved::Resolved;
use crate::config::numbers::Lifetimes;
use crate::exchange::Task;
use crate::fault::Fault;
use crate::kept::policy::{Entry, Level, Lifetime, Policy};
use crate::kept::{Found, Kept};
use crate::marks::back_off::Part;
use crate::seal::Keys;
use crate::secret::Secret;
use crate::services::{Call, Services};
use crate::together::together;
use crate::trace::Source;
use crate::upstream::api::{self, Caller, Refused, Unserved, releases};
use crate::upstream::attempt::Attempt;

/// The API's answer about one release, and when it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// When the API answered, in seconds since 1970.
    pub answered_at: u64,
    /// The release; `None` if there is none that the caller may see.
    pub resolved: Option<Resolved>,
}

/// The policy of the resolution of one release for one caller.
#[derive(Clone, Debug)]
pub struct ResolutionPolicy {
    key: String,
    release: Release,
    credential: Option<Secret>,
    lifetimes: Lifetimes,
}

/// A resolution that may be used.
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

/// How long the meaning of a release's name may be reused, in seconds.
pub fn bound(release: &Release, lifetimes: &Lifetimes) -> u64 {
    match &release.selector {
        Selector::Target => lifetimes.target,
        Selector::Version(version) if !version.is_draft() => lifetimes.version,
        Selector::Version(_) | Selector::Commit(_) => lifetimes.fixed,
    }
}

/// Finds the `releases` that `credential` may see, with at most one call to the API. The results
/// are in the order of `releases`. If nothing at all is kept of them, `meanwhile` runs beside the
/// call.
///
/// # Errors
/// [`Refused`] if the API does not accept the credential. If the API fails, each release without a
/// usable kept value has the fault as its result.
pub(super) async fn resolve<S: Services>(
    task: &Task<'_, S>,
    permission: &Permission,
    releases: &[Release],
    credential: Option<&Secret>,
    meanwhile: impl Future<Output = ()>,
) -> Result<Vec<Result<FoundRelease, Fault>>, Refused> {
    let deployment = task.deployment;
    let look_up = |release: &Release| {
        let lifetimes = deployment.config.numbers.lifetimes;
        let policy =
            ResolutionPolicy::new(lifetimes, &deployment.keys, release.clone(), credential);
        Kept::look_up(task, policy).boxed_local()
    };
    let kept = together(releases.iter().map(look_up)).await;
    let looked_up: Vec<_> = kept.into_iter().map(Kept::answer).collect();
    let wanted: Vec<_> = looked_up.iter().filter_map(|it| it.as_ref().err()).collect();
    let asked = ask_for(task, permission, &wanted, credential, meanwhile).await?;
    let mut asked = asked.into_iter();

    let settle = |it: Result<FoundRelease, Kept<ResolutionPolicy>>| match it {
        Ok(found) => Ok(found),
        Err(kept) => kept.settle(task, asked.next().expect("the API has answered for each")),
    };
    let found: Vec<_> = looked_up.into_iter().map(settle).collect();
    found.iter().flatten().for_each(|found| task.trace.resolved(found.source()));
    Ok(found)
}

async fn ask_for<S: Services>(
    task: &Task<'_, S>,
    permission: &Permission,
    wanted: &[&Kept<ResolutionPolicy>],
    credential: Option<&Secret>,
    meanwhile: impl Future<Output = ()>,
) -> Result<Vec<Result<Resolution, Fault>>, Refused> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let has_fallback = wanted.iter().all(|kept| kept.usable().is_some());
    let faults = |fault: Fault| Ok(wanted.iter().map(|_| Err(fault.clone())).collect());
    if !has_fallback && let Err(fault) = permission.check(task).await {
        return faults(fault);
    }
    let releases: Vec<_> = wanted.iter().map(|kept| &kept.policy().release).collect();
    let asking = ask(task, &releases, credential, has_fallback);
    let asked = match wanted.iter().all(|kept| kept.is_nothing()) {
        true => join(asking, meanwhile).await.0,
        false => asking.await,
    };
    match asked {
        Ok(answers) => Ok(answers),
        Err(Unserved::Fault(fault)) => faults(fault),
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

/// Keeps the release, or refreshes it after the answer. Call it when upstream has confirmed the
/// release for this caller.
pub fn confirm<S: Services>(task: &Task<'_, S>, found: &FoundRelease) {
    let policy = found.policy().clone();
    found.confirm(task, async move |task: &Task<'_, S>| {
        let mut answers = ask(task, &[&policy.release], policy.credential.as_ref(), true).await?;
        Ok(answers.pop().expect("the API was asked for one release")?)
    });
}
