//! Resolution: from a release to where its images are stored.
//!
//! Three levels are asked in turn: the isolate's memory, Workers KV, the API. How an entry may be
//! used is [`super::kept`]'s matter. Nothing is kept, refreshed or told before upstream has
//! accepted the caller: see [`Resolution::accepted`].

use std::sync::Arc;

use super::kept::{Entry, Freshness, Key};
use crate::balena::reference::Release;
use crate::balena::resolved::Resolved;
use crate::deployment::Deployment;
use crate::levels::{Known, Levels};
use crate::secret::Secret;
use crate::services::{Call, Services};
use crate::trace::{Source, Trace};
use crate::upstream::api::{self, Unserved};
use crate::upstream::silence::{self, Part};
use crate::upstream::{Fault, attempt};

/// What became of a release, and what is still to be done about it.
#[derive(Debug)]
pub struct Resolution {
    key: Key,
    entry: Arc<Entry>,
    then: Then,
    /// Whether an older answer is kept.
    was_kept: bool,
}

/// What is to be done once upstream has accepted the caller.
#[derive(Debug)]
enum Then {
    Nothing,
    Keep,
    /// To be asked for again, by this call.
    Refresh(Call),
}

/// Finds a release as `credential` may see it.
///
/// # Errors
/// [`Unserved`] where the API could not tell, and nothing usable is kept.
pub async fn resolve<S: Services>(
    deployment: &Deployment,
    services: &S,
    trace: &Trace,
    release: &Release,
    credential: Option<&Secret>,
) -> Result<Resolution, Unserved> {
    let key = Key::new(&deployment.keys, release, credential);
    let call = || api::release_call(&deployment.config, release, credential);
    let levels = Levels::shared(deployment, services);
    let lifetimes = &deployment.config.lifetimes;
    let freshness = |entry: &Entry| key.freshness(entry, lifetimes, services.now());
    let kept: Known<Entry> = levels.look_up(key.as_str(), |entry| freshness(entry).answers()).await;
    kept.unread.iter().for_each(|reason| trace.problem(reason.clone()));

    let found = |entry, source, then| {
        trace.resolved(source);
        let was_kept = kept.is_anything();
        Ok(Resolution { key: key.clone(), entry, then, was_kept })
    };
    let usable = kept.newest.as_ref().map(|(entry, source)| (entry, *source, freshness(entry)));
    match usable {
        Some((entry, source, Freshness::Fresh)) => {
            return found(Arc::clone(entry), source, Then::Nothing);
        }
        Some((entry, source, Freshness::Aging)) => {
            return found(Arc::clone(entry), source, Then::Refresh(call()));
        }
        _ => {}
    }
    let can_do_without = matches!(usable, Some((_, _, Freshness::Expired)));
    match (ask(deployment, services, trace, &call(), can_do_without).await, usable) {
        (Ok(entry), _) => found(Arc::new(entry), Source::Api, Then::Keep),
        (Err(Unserved::Fault(fault)), Some((entry, _, Freshness::Expired))) => {
            trace.problem(format!("kept beyond its time: the API {fault}"));
            found(Arc::clone(entry), Source::Stale, Then::Nothing)
        }
        (Err(Unserved::Fault(fault)), _) => Err(Unserved::Fault(fault)),
        (Err(Unserved::Refused), _) => {
            if kept.is_anything() {
                levels.forget(key.as_str());
            }
            Err(Unserved::Refused)
        }
    }
}

impl Resolution {
    /// The release; `None` where there is none, or none that the caller may see.
    pub fn resolved(&self) -> Option<&Resolved> {
        self.entry.resolved.as_ref()
    }

    /// Upstream accepts the caller, and stands by the release: what was found is kept, or
    /// refreshed behind the answer.
    pub fn accepted<S: Services>(self, deployment: &Arc<Deployment>, services: &S) {
        match self.then {
            Then::Nothing => {}
            Then::Keep => keep(deployment, services, &self.key, self.entry, self.was_kept),
            Then::Refresh(call) => refresh(deployment, services, self.key, call),
        }
    }

    /// Upstream does not stand by the release any more: it is forgotten.
    pub fn refused<S: Services>(self, deployment: &Deployment, services: &S) {
        if self.was_kept {
            Levels::shared(deployment, services).forget(self.key.as_str());
        }
    }
}

// One isolate refreshes one key once at a time; the others answer with what is kept.
fn refresh<S: Services>(deployment: &Arc<Deployment>, services: &S, key: Key, call: Call) {
    let mark = format!("refreshing/{}", key.as_str());
    let under_way = deployment.memory.get::<u64>(&mark);
    if under_way.is_some_and(|until| services.now() < *until) {
        return;
    }
    // One that died with its request must not keep others from trying.
    let until = services.now() + 1 + call.deadline.as_secs();
    deployment.memory.put(&mark, Arc::new(until), size_of::<u64>());

    let (deployment, later) = (Arc::clone(deployment), services.clone());
    services.defer(async move {
        let trace = Trace::default();
        match ask(&deployment, &later, &trace, &call, false).await {
            Ok(entry) => keep(&deployment, &later, &key, Arc::new(entry), true),
            Err(Unserved::Refused) => Levels::shared(&deployment, &later).forget(key.as_str()),
            // What is kept still answers until its bound.
            Err(Unserved::Fault(fault)) => {
                trace.problem(format!("the API {fault}"));
                later.log(&trace.background_line("refresh"));
            }
        }
        deployment.memory.forget(&mark);
    });
}

async fn ask<S: Services>(
    deployment: &Deployment,
    services: &S,
    trace: &Trace,
    call: &Call,
    can_do_without: bool,
) -> Result<Entry, Unserved> {
    if can_do_without {
        silence::check(deployment, services, Part::Releases)?;
    }
    let reply = attempt::send_and_read(services, trace, call, api::MAX_ANSWER).await;
    silence::learn(deployment, services, Part::Releases, &reply);
    let resolved = api::read_release(&deployment.config, &reply.map_err(Fault::from)?)?;
    Ok(Entry { answered_at: services.now(), resolved })
}

// A miss is kept in memory alone: the store may be a minute behind, and be it right it would say
// nothing of what others may see.
fn keep<S: Services>(
    deployment: &Deployment,
    services: &S,
    key: &Key,
    entry: Arc<Entry>,
    was_kept: bool,
) {
    let levels = Levels::shared(deployment, services);
    if entry.resolved.is_some() {
        let seconds = key.usable_for(&deployment.config.lifetimes);
        return levels.keep(key.as_str(), &entry, seconds);
    }
    if was_kept {
        levels.forget(key.as_str());
    }
    levels.remember(key.as_str(), &entry);
}
