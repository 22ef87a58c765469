//! Access: the upstream token for a set of locations.
//!
//! An anonymous caller's token is shared with all isolates for `TOKEN_SECONDS`. While the API
//! fails, it may be used until 15 minutes before it expires. A token that was got with a credential
//! stays in this isolate's memory for `CREDENTIAL_SECONDS`, for the same credential only, because a
//! pull-through cache asks for one token for each layer. A login without a name always asks the
//! API, so that a wrong credential is noticed.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::permission::Permission;
use crate::balena::location::Location;
use crate::balena::reference::{NotARelease, ReleaseReference};
use crate::config::numbers::Lifetimes;
use crate::deployment::Deployment;
use crate::exchange::Task;
use crate::fault::Nonsense;
use crate::kept::Kept;
use crate::kept::policy::{Entry, Level, Lifetime, Policy};
use crate::marks::back_off::Part;
use crate::secret::Secret;
use crate::services::{Call, Services};
use crate::trace::Source;
use crate::upstream::api::{self, Caller, Refused, Unserved, UpstreamToken};
use crate::upstream::attempt::Attempt;

/// A sealed token ends this long before the upstream token inside it, in seconds.
pub(super) const MARGIN_SECONDS: u64 = 60;
// A reused token must live for at least this long, in seconds, so that a slow pull can end.
const SHARED_MARGIN_SECONDS: u64 = 15 * 60;

/// An upstream token, and when the API issued it.
#[derive(Clone, Serialize, Deserialize)]
struct Given {
    given_at: u64,
    token: UpstreamToken,
}

/// What the API answered when it was asked for a token by a release's name. The name was being
/// resolved at the same time, so its location was not known.
pub(super) struct Early(Result<Given, Unserved>);

/// The policy of the token for a set of locations.
struct TokenPolicy<'a> {
    key: String,
    level: Level,
    lifetimes: Lifetimes,
    deployment: &'a Deployment,
    locations: &'a [&'a Location],
}

impl Early {
    /// Passes on that the API refused the credential.
    ///
    /// # Errors
    /// [`Refused`].
    pub(super) fn accepted(&self) -> Result<(), Refused> {
        match self.0 {
            Err(Unserved::Refused) => Err(Refused),
            Ok(_) | Err(Unserved::Fault(_)) => Ok(()),
        }
    }
}

impl Given {
    fn allows_all(&self, locations: &[&Location]) -> bool {
        locations.iter().all(|location| self.token.allows(location))
    }
}

impl Entry for Given {
    fn told_at(&self) -> u64 {
        self.given_at
    }

    fn bytes(&self) -> usize {
        self.token.token.expose().len() * 2
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.token.token == other.token.token
    }
}

impl Policy for TokenPolicy<'_> {
    type Value = Given;
    const WHAT: &'static str = "an upstream token";
    const ORIGIN: Source = Source::Api;

    fn key(&self) -> &str {
        &self.key
    }

    fn level(&self) -> Level {
        self.level
    }

    fn lifetime(&self, given: &Given) -> Lifetime {
        let left = given
            .token
            .expires
            .saturating_sub(given.given_at)
            .saturating_sub(SHARED_MARGIN_SECONDS);
        match self.level {
            Level::Memory => Lifetime::plain(self.lifetimes.own_token.min(left), 0),
            Level::Store | Level::Cache => {
                let fresh_for = self.lifetimes.token.min(left);
                Lifetime::plain(fresh_for, left - fresh_for)
            }
        }
    }

    fn is_ended(&self, given: &Given) -> bool {
        let refusals = &self.deployment.marks.refusals;
        self.locations.iter().any(|location| refusals.since(location, given.given_at))
    }
}

/// Asks for a token by the name of a release, if it is the only one that a request names, and if
/// the API's token endpoint resolves such names. A token repeats its names, and a sealed token must
/// stay short, so several are not asked for by name. `None` in these cases, and while the API fails
/// to resolve releases, because then the token is of no use.
pub(super) async fn early<S: Services>(
    task: &Task<'_, S>,
    references: &[Result<ReleaseReference, NotARelease>],
    credential: Option<&Secret>,
) -> Option<Early> {
    let is_failing = task.deployment.marks.back_off.is_failing(Part::Releases);
    match references {
        [Ok(ReleaseReference { release, service: None })]
            if !is_failing && release.selector.is_alias() =>
        {
            let call = api::token_call(&task.deployment.config, &[release], credential);
            Some(Early(ask(task, call, true).await))
        }
        _ => None,
    }
}

/// Gets a token for `locations`. The token may allow only some of them. An `early` one is used if it
/// allows all of them: then the API has resolved the name to the same location twice.
///
/// # Errors
/// [`Unserved`] if the credential is wrong, or if the API fails and no kept token can be used.
pub(super) async fn token<S: Services>(
    task: &Task<'_, S>,
    permission: &Permission,
    locations: &[&Location],
    credential: Option<&Secret>,
    early: Option<Early>,
) -> Result<UpstreamToken, Unserved> {
    match early {
        Some(Early(Ok(given))) if given.allows_all(locations) => {
            task.trace.token(Source::Api);
            return Ok(keep(task, locations, credential, given));
        }
        // The API is asked again, by location.
        Some(Early(Ok(_) | Err(_))) | None => {}
    }
    let call = api::token_call(&task.deployment.config, locations, credential);
    if locations.is_empty() {
        permission.check(task).await?;
        task.trace.token(Source::Api);
        return Ok(ask(task, call, false).await?.token);
    }
    kept_or_asked(task, permission, policy(task.deployment, locations, credential), call).await
}

// The kept token, or a new one where it is too old or there is none.
async fn kept_or_asked<S: Services>(
    task: &Task<'_, S>,
    permission: &Permission,
    policy: TokenPolicy<'_>,
    call: Call,
) -> Result<UpstreamToken, Unserved> {
    let locations = policy.locations;
    let kept = match Kept::look_up(task, policy).await.answer() {
        Ok(found) => {
            task.trace.token(found.source());
            return Ok(found.value().token.clone());
        }
        Err(kept) => kept,
    };
    let has_fallback = kept.usable().is_some();
    if !has_fallback {
        permission.check(task).await?;
    }
    let asked = match ask(task, call, has_fallback).await {
        Ok(given) => Ok(given),
        Err(Unserved::Fault(fault)) => Err(fault),
        Err(Unserved::Refused) => {
            kept.forget(task);
            return Err(Unserved::Refused);
        }
    };
    let found = kept.settle(task, asked)?;
    task.trace.token(found.source());
    match found.value().allows_all(locations) {
        true => found.keep(task),
        false => found.forget(task),
    }
    Ok(found.value().token.clone())
}

/// Removes the shared token for this one location. This isolate does not use tokens for sets with
/// this location again either: see [`crate::marks::refusals`].
pub(super) fn forget<S: Services>(task: &Task<'_, S>, location: &Location) {
    let locations = [location];
    let policy = policy(task.deployment, &locations, None);
    policy.levels(task).forget(&policy.key);
}

// The token of a login without a name is not kept: each login asks the API.
fn keep<S: Services>(
    task: &Task<'_, S>,
    locations: &[&Location],
    credential: Option<&Secret>,
    given: Given,
) -> UpstreamToken {
    let token = given.token.clone();
    if !locations.is_empty() {
        policy(task.deployment, locations, credential).keep(task, given);
    }
    token
}

fn policy<'a>(
    deployment: &'a Deployment,
    locations: &'a [&'a Location],
    credential: Option<&Secret>,
) -> TokenPolicy<'a> {
    let lifetimes = deployment.config.numbers.lifetimes;
    let set = digest(locations);
    let (key, level) = match credential {
        None => (format!("token/2/public/{set}"), Level::Store),
        Some(credential) => {
            (format!("token/2/own/{}", deployment.keys.digest(credential, &set)), Level::Memory)
        }
    };
    TokenPolicy { key, level, lifetimes, deployment, locations }
}

async fn ask<S: Services>(
    task: &Task<'_, S>,
    call: Call,
    has_fallback: bool,
) -> Result<Given, Unserved> {
    let attempt = Attempt { part: Part::Tokens, call: &call, has_fallback };
    let reply = attempt.send_and_read_whole(task, api::MAX_ANSWER).await?;
    let token = api::read_token(&reply, Caller::with(call.bearer.as_ref()))?;
    let given_at = task.services.now();
    if token.expires.saturating_sub(MARGIN_SECONDS) <= given_at {
        return Err(Unserved::Fault(Nonsense::ExpiredToken.into()));
    }
    Ok(Given { given_at, token })
}

// The order of the locations does not matter. Hashed because eight locations exceed KV's 512-byte
// key.
fn digest(locations: &[&Location]) -> String {
    // Not collected, which would bring in code that sorts.
    let mut set = BTreeSet::new();
    set.extend(locations.iter().map(|location| location.as_str()));
    let mut hash = Sha256::new();
    for location in set {
        hash.update(location);
        hash.update([0]);
    }
    BASE64.encode(hash.finalize())
}
