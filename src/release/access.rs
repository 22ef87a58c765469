//! Access: the upstream token that serves a set of locations.
//!
//! One that was got with a credential is that caller's own, and got anew each time, so that a
//! wrong credential is always noticed. One that anybody would be given is reused for the same set
//! of locations. Its age runs from the moment the API gave it:
//!
//! ```text
//! 0 ─────── TOKEN_SECONDS ─────────────── exp - 15 min ─────── exp
//!   reused        │  the API is asked first;   │  not given to
//!                 │  reused where that fails   │  anybody any more
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::refusal;
use crate::answer::Failure;
use crate::balena::location::Location;
use crate::deployment::Deployment;
use crate::exchange::Exchange;
use crate::levels::{Entry, Known, Levels};
use crate::secret::Secret;
use crate::services::Services;
use crate::trace::Source;
use crate::upstream::api::{self, Unserved, UpstreamToken};
use crate::upstream::silence::{self, Part};
use crate::upstream::{Fault, attempt};

// So that a sealed token never outlives the upstream token within it.
pub(super) const MARGIN_SECONDS: u64 = 60;
// A token that is passed on lives for this long at least: a pull takes its time.
const SHARED_MARGIN_SECONDS: u64 = 15 * 60;

/// A token that anybody would be given.
#[derive(Serialize, Deserialize)]
struct Shared {
    given_at: u64,
    token: UpstreamToken,
}

impl Entry for Shared {
    fn told_at(&self) -> u64 {
        self.given_at
    }

    fn bytes(&self) -> usize {
        self.token.token.expose().len() * 2
    }
}

/// Gets a token for `locations`, which may allow fewer of them.
///
/// # Errors
/// [`Failure`] where the credential is wrong, or the API could not serve and nothing kept does.
pub(super) async fn token<S: Services, I>(
    exchange: &Exchange<'_, S, I>,
    locations: &[&Location],
    credential: Option<&Secret>,
) -> Result<UpstreamToken, Failure> {
    if credential.is_some() {
        return Ok(ask(exchange, locations, credential, false).await?);
    }
    let Exchange { deployment, services, trace, .. } = exchange;
    let levels = Levels::shared(deployment, *services);
    let (key, now) = (key(locations), services.now());
    let lifetime = deployment.config.lifetimes.token;
    let usable = |shared: &Shared| is_usable(shared, deployment, locations, now);
    let fresh = |shared: &Shared| now.saturating_sub(shared.given_at) < lifetime;
    let known: Known<Shared> = levels.look_up(&key, |shared| usable(shared) && fresh(shared)).await;
    known.unread.iter().for_each(|reason| trace.problem(reason.clone()));

    let kept = known.newest.as_ref().filter(|(shared, _)| usable(shared));
    if let Some((shared, source)) = kept.filter(|(shared, _)| fresh(shared)) {
        trace.token(*source);
        return Ok(shared.token.clone());
    }
    match (ask(exchange, locations, None, kept.is_some()).await, kept) {
        (Ok(token), _) => {
            if locations.iter().all(|location| token.allows(location)) {
                share(&levels, &key, now, token.clone());
            } else if known.is_anything() {
                levels.forget(&key);
            }
            Ok(token)
        }
        (Err(Unserved::Fault(fault)), Some((shared, _))) => {
            trace.problem(format!("a token kept beyond its time: the API {fault}"));
            trace.token(Source::Stale);
            Ok(shared.token.clone())
        }
        (Err(reason), _) => {
            if reason == Unserved::Refused && known.is_anything() {
                levels.forget(&key);
            }
            Err(reason.into())
        }
    }
}

/// Forgets what is kept for a location alone. For a set of several it is not used any more either,
/// by this isolate: see [`refusal`].
pub(super) fn forget<S: Services>(deployment: &Deployment, services: &S, location: &Location) {
    Levels::shared(deployment, services).forget(&key(&[location]));
}

fn share<S: Services>(levels: &Levels<'_, S, S::Store>, key: &str, now: u64, token: UpstreamToken) {
    let seconds = token.expires.saturating_sub(now + SHARED_MARGIN_SECONDS);
    if seconds > 0 {
        levels.keep(key, &Arc::new(Shared { given_at: now, token }), seconds);
    }
}

fn is_usable(shared: &Shared, deployment: &Deployment, locations: &[&Location], now: u64) -> bool {
    let refused = |location: &&Location| {
        refusal::last(&deployment.memory, location).is_some_and(|at| shared.given_at <= at)
    };
    now + SHARED_MARGIN_SECONDS < shared.token.expires && !locations.iter().any(refused)
}

async fn ask<S: Services, I>(
    exchange: &Exchange<'_, S, I>,
    locations: &[&Location],
    credential: Option<&Secret>,
    can_do_without: bool,
) -> Result<UpstreamToken, Unserved> {
    let Exchange { deployment, services, trace, .. } = exchange;
    if can_do_without {
        silence::check(deployment, *services, Part::Tokens)?;
    }
    let call = api::token_call(&deployment.config, locations, credential);
    let reply = attempt::send_and_read(*services, trace, &call, api::MAX_ANSWER).await;
    silence::learn(deployment, *services, Part::Tokens, &reply);
    let token = api::read_token(&reply.map_err(Fault::from)?)?;
    if token.expires.saturating_sub(MARGIN_SECONDS) <= services.now() {
        return Err(Fault::Broken("gave a token that has expired".to_owned()).into());
    }
    trace.token(Source::Api);
    Ok(token)
}

// The same for a set in any order. A key has 512 bytes at most, which eight locations have not.
fn key(locations: &[&Location]) -> String {
    let set: BTreeSet<_> = locations.iter().map(|location| location.as_str()).collect();
    let mut hash = Sha256::new();
    for location in set {
        hash.update(location);
        hash.update([0]);
    }
    format!("token/1/public/{}", BASE64.encode(hash.finalize()))
}
