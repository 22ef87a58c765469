//! Resolution: from a release to where its images are stored.
//!
//! Three levels are asked in turn: the isolate's memory, Workers KV, the API. How an entry may be
//! used is [`super::kept`]'s matter. Nothing is kept, refreshed or told before upstream has
//! accepted the caller: see [`Resolution::accepted`].

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::kept::{Entry, Freshness, Key};
use super::reference::Release;
use super::resolved::Resolved;
use crate::deployment::Deployment;
use crate::secret::Secret;
use crate::services::{Call, Services, Store};
use crate::trace::{Source, Trace};
use crate::upstream::api::{self, Unserved};
use crate::upstream::{Fault, attempt};

// Workers KV accepts no time to live below this, in seconds.
const MIN_STORE_SECONDS: u64 = 60;
// A pull goes on without a store that is slower than this.
const STORE_DEADLINE: Duration = Duration::from_millis(500);

/// What became of a release, and what is still to be done about it.
#[derive(Debug)]
pub struct Resolution {
    key: Key,
    entry: Entry,
    then: Then,
    /// How the API is asked for it.
    call: Call,
}

/// What is to be done once upstream has accepted the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Nothing,
    Keep,
    Refresh,
}

/// Finds a release as `credential` may see it.
///
/// # Errors
/// [`Unserved`] where the API could not tell, and nothing usable is kept.
pub async fn resolve<S: Services>(
    deployment: &Deployment,
    services: &S,
    trace: &Trace,
    release: Release<'_>,
    credential: Option<&Secret>,
) -> Result<Resolution, Unserved> {
    let Deployment { config, keys, memory } = deployment;
    let key = Key::new(keys, release, credential);
    let call = api::release_call(config, release, credential);
    let freshness = |entry: &Entry| key.freshness(entry, &config.lifetimes, services.now());
    let resolution = |entry: Entry, source| {
        trace.resolved(source);
        let then = match (source, freshness(&entry)) {
            (Source::Api, _) => Then::Keep,
            (_, Freshness::Aging) => Then::Refresh,
            _ => Then::Nothing,
        };
        Resolution { key: key.clone(), entry, then, call: call.clone() }
    };

    let remembered = memory.get(&key);
    if let Some(entry) = remembered.as_ref().filter(|entry| freshness(entry).answers()) {
        return Ok(resolution(entry.clone(), Source::Memory));
    }
    let stored = stored(deployment, services, trace, &key).await;
    if let Some(entry) = stored.as_ref().filter(|entry| freshness(entry).answers()) {
        memory.put(&key, entry.clone());
        return Ok(resolution(entry.clone(), Source::Kv));
    }
    match ask(deployment, services, trace, &call).await {
        Ok(entry) => Ok(resolution(entry, Source::Api)),
        Err(Unserved::Refused) => Err(Unserved::Refused),
        Err(Unserved::Fault(fault)) => {
            let newest = [remembered, stored].into_iter().flatten().max_by_key(|e| e.answered_at);
            match newest.filter(|entry| freshness(entry) == Freshness::Expired) {
                Some(entry) => {
                    trace.problem(format!("kept beyond its time: the API {fault}"));
                    Ok(resolution(entry, Source::Stale))
                }
                None => Err(Unserved::Fault(fault)),
            }
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
            Then::Keep => keep(deployment, services, &self.key, self.entry),
            Then::Refresh => self.refresh(deployment, services),
        }
    }

    /// Upstream does not stand by the release any more: it is forgotten.
    pub fn refused<S: Services>(self, deployment: &Deployment, services: &S) {
        forget(deployment, services, &self.key);
    }

    fn refresh<S: Services>(self, deployment: &Arc<Deployment>, services: &S) {
        let Self { key, call, .. } = self;
        let until = services.now() + 1 + call.deadline.as_secs();
        if !deployment.memory.begin_refresh(&key, services.now(), until) {
            return;
        }
        let (deployment, later) = (Arc::clone(deployment), services.clone());
        services.defer(async move {
            let trace = Trace::default();
            match ask(&deployment, &later, &trace, &call).await {
                Ok(entry) => keep(&deployment, &later, &key, entry),
                // What is kept still answers until its bound.
                Err(Unserved::Fault(fault)) => later.log(&format!(
                    "{{\"background\":\"refresh\",\"problem\":\"the API {fault}\"}}"
                )),
                Err(Unserved::Refused) => forget(&deployment, &later, &key),
            }
            deployment.memory.end_refresh(&key);
        });
    }
}

async fn ask<S: Services>(
    deployment: &Deployment,
    services: &S,
    trace: &Trace,
    call: &Call,
) -> Result<Entry, Unserved> {
    let reply = attempt::send_and_read(services, trace, call, api::MAX_ANSWER).await;
    let resolved = api::read_release(&deployment.config, &reply.map_err(Fault::from)?)?;
    Ok(Entry { answered_at: services.now(), resolved })
}

// A miss is kept in memory alone: the store may be a minute behind, and be it right it would say
// nothing of what others may see.
fn keep<S: Services>(deployment: &Deployment, services: &S, key: &Key, entry: Entry) {
    if entry.resolved.is_none() {
        forget(deployment, services, key);
        deployment.memory.put(key, entry);
        return;
    }
    let plain = postcard::to_allocvec(&entry).expect("an entry always serializes");
    let sealed = deployment.keys.seal_entry(key.as_str(), &plain);
    let seconds = key.usable_for(&deployment.config.lifetimes).max(MIN_STORE_SECONDS);
    deployment.memory.put(key, entry);
    let (store, key) = (services.store().clone(), key.as_str().to_owned());
    // A store that fails costs the next caller a call, and nobody a pull.
    services.defer(async move { drop(store.put(&key, sealed, seconds).await) });
}

fn forget<S: Services>(deployment: &Deployment, services: &S, key: &Key) {
    deployment.memory.forget(key);
    let (store, key) = (services.store().clone(), key.as_str().to_owned());
    services.defer(async move { drop(store.delete(&key).await) });
}

async fn stored<S: Services>(
    deployment: &Deployment,
    services: &S,
    trace: &Trace,
    key: &Key,
) -> Option<Entry> {
    let read = pin!(services.store().get(key.as_str()));
    let sealed = match select(read, pin!(services.pause(STORE_DEADLINE))).await {
        Either::Left((Ok(sealed), _)) => sealed?,
        Either::Left((Err(error), _)) => {
            trace.problem(format!("the store failed: {}", error.0));
            return None;
        }
        Either::Right(_) => {
            trace.problem("the store took too long".to_owned());
            return None;
        }
    };
    postcard::from_bytes(&deployment.keys.open_entry(key.as_str(), &sealed)?).ok()
}
