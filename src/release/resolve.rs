//! Resolution finds where the images of a release are stored.
//!
//! A release that an anonymous caller may see is shared with all isolates. A release that was found
//! with a credential is kept for that credential only: nobody can compute its key without the
//! credential and the Worker's secret. A miss stays in this isolate's memory, because other callers
//! may see the release.

mod ask;

use futures_util::FutureExt;
use futures_util::future::join;
use serde::{Deserialize, Serialize};

use self::ask::{ask, in_order, sets};
use super::permission::Permission;
use super::siblings;
use crate::balena::reference::{Release, Selector};
use crate::balena::resolved::Selected;
use crate::config::numbers::Lifetimes;
use crate::exchange::Task;
use crate::fault::Fault;
use crate::kept::policy::{Entry, Level, Lifetime, Policy};
use crate::kept::{Found, Kept};
use crate::seal::Keys;
use crate::secret::Secret;
use crate::services::Services;
use crate::together::together;
use crate::trace::Source;
use crate::upstream::api::Refused;

/// The API's answer about one release, and when it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// When the API answered, in seconds since 1970.
    pub answered_at: u64,
    /// What the caller may see of it.
    pub selected: Selected,
}

/// What the API is asked.
#[derive(Clone, Debug)]
enum Question {
    /// What a release means.
    Release(Release),
    /// Which names there are. The answer stays in this isolate's memory.
    Names,
    /// What a page shows to everybody. The answer is shared within the data centre.
    Page,
}

/// The policy of an answer of the API for one caller. Answers about releases and lists of names have
/// one policy, so that what keeps them is compiled once.
#[derive(Clone, Debug)]
pub struct ResolutionPolicy {
    key: String,
    question: Question,
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
        self.selected.bytes()
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.selected == other.selected
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
        let key = key(keys, ("release/5", &release.to_string()), credential);
        let question = Question::Release(release);
        Self { key, question, credential: credential.cloned(), lifetimes }
    }

    /// The policy of a list of names, by its kind and what it is of, as `credential` may see it.
    pub(super) fn of_names(
        lifetimes: Lifetimes,
        keys: &Keys,
        of: (&str, &str),
        credential: Option<&Secret>,
    ) -> Self {
        let key = key(keys, of, credential);
        Self { key, question: Question::Names, credential: None, lifetimes }
    }

    /// The policy of what a page shows to everybody, by what it is about.
    pub(super) fn of_page(lifetimes: Lifetimes, keys: &Keys, about: &str) -> Self {
        let key = key(keys, ("page/1", about), None);
        Self { key, question: Question::Page, credential: None, lifetimes }
    }

    fn release(&self) -> Option<&Release> {
        match &self.question {
            Question::Release(release) => Some(release),
            Question::Names | Question::Page => None,
        }
    }
}

// Nobody without the credential can compute the key of what was found with it.
fn key(keys: &Keys, (kind, what): (&str, &str), credential: Option<&Secret>) -> String {
    match credential {
        None => format!("{kind}/public/{what}"),
        Some(credential) => format!("{kind}/private/{}", keys.digest(credential, what)),
    }
}

impl Policy for ResolutionPolicy {
    type Value = Resolution;
    const WHAT: &'static str = "an answer";
    const ORIGIN: Source = Source::Api;

    fn key(&self) -> &str {
        &self.key
    }

    fn level(&self) -> Level {
        match self.question {
            Question::Release(_) => Level::Store,
            Question::Names => Level::Memory,
            Question::Page => Level::Cache,
        }
    }

    fn lifetime(&self, value: &Resolution) -> Lifetime {
        let Lifetimes { miss, stale, target, .. } = self.lifetimes;
        match (&self.question, &value.selected) {
            (Question::Release(release), found) if found.is_found() => {
                Lifetime::refreshed(bound(release, found, &self.lifetimes), stale)
            }
            (Question::Names | Question::Page, Selected::Names(_)) => {
                Lifetime::plain(target, stale)
            }
            (Question::Release(_) | Question::Names | Question::Page, _) => {
                Lifetime::refreshed(miss, 0)
            }
        }
    }

    fn is_shared(&self, value: &Resolution) -> bool {
        match &self.question {
            Question::Release(_) | Question::Names => value.selected.is_found(),
            Question::Page => !matches!(value.selected, Selected::Nothing(_)),
        }
    }
}

/// How long the meaning of a release's name may be reused, in seconds. A name that means siblings may
/// get one more sibling at any time, so that even a commit is reused no longer than a version.
pub fn bound(release: &Release, meaning: &Selected, lifetimes: &Lifetimes) -> u64 {
    match &release.selector {
        Selector::Commit(_) | Selector::Version(_) if matches!(meaning, Selected::Siblings(_)) => {
            lifetimes.version
        }
        Selector::Target => lifetimes.target,
        Selector::Version(version) if version.is_draft() => lifetimes.fixed,
        Selector::Commit(_) => lifetimes.fixed,
        Selector::Version(_) | Selector::Line(_) | Selector::ShortCommit(_) => lifetimes.version,
    }
}

/// Finds the `releases` that `credential` may see. All that nothing kept answers cost one call to the
/// API together, and each [broad](Selector::is_broad) one costs a call of its own. What is not found
/// costs the calls of [`siblings`], too. The results are in the order of `releases`. If nothing at all
/// is kept of them, `meanwhile` runs beside the first calls.
///
/// # Errors
/// [`Refused`] if the API does not accept the credential, here or in `meanwhile`. If the API fails,
/// each release without a usable kept value has the fault as its result.
pub(super) async fn resolve<S: Services>(
    task: &Task<'_, S>,
    permission: &Permission,
    releases: &[Release],
    credential: Option<&Secret>,
    meanwhile: impl Future<Output = Result<(), Refused>>,
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
    meanwhile: impl Future<Output = Result<(), Refused>>,
) -> Result<Vec<Result<Resolution, Fault>>, Refused> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let has_fallback = wanted.iter().all(|kept| kept.usable().is_some());
    let faults = |fault: Fault| Ok(wanted.iter().map(|_| Err(fault.clone())).collect());
    if !has_fallback && let Err(fault) = permission.check(task).await {
        return faults(fault);
    }
    let releases: Vec<_> = wanted.iter().filter_map(|kept| kept.policy().release()).collect();
    let sets = sets(&releases);
    let asked = sets.iter().map(|set| ask(task, set, credential, has_fallback).boxed_local());
    let asking = together(asked);
    let (answered, accepted) = match wanted.iter().all(|kept| kept.is_nothing()) {
        true => join(asking, meanwhile).await,
        false => (asking.await, Ok(())),
    };
    let answers = match accepted.and_then(|()| in_order(&releases, &sets, answered)) {
        Ok(answers) => {
            siblings::complete(task, Some(permission), &releases, answers, credential).await
        }
        Err(Refused) => Err(Refused),
    };
    if answers.is_err() {
        wanted.iter().for_each(|kept| kept.forget(task));
    }
    answers
}

/// Keeps the release, or refreshes it after the answer. Call it when upstream has confirmed the
/// release for this caller.
pub fn confirm<S: Services>(task: &Task<'_, S>, found: &FoundRelease) {
    let policy = found.policy().clone();
    found.confirm(task, async move |task: &Task<'_, S>| {
        let release = policy.release().expect("lists are not refreshed");
        let credential = policy.credential.as_ref();
        let answers = ask(task, &[release], credential, true).await?;
        let mut answers = siblings::complete(task, None, &[release], answers, credential).await?;
        Ok(answers.pop().expect("the API was asked for one release")?)
    });
}
