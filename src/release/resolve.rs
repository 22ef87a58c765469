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
    release: Release<'_>,
    credential: Option<&Secret>,
) -> Result<Resolution, Unserved> {
    let key = Key::new(&deployment.keys, release, credential);
    let call = || api::release_call(&deployment.config, release, credential);
    let kept = Kept::look_up(deployment, services, trace, &key).await;
    let found = |entry, source, then| {
        trace.resolved(source);
        let was_kept = kept.is_anything();
        Ok(Resolution { key: key.clone(), entry, then, was_kept })
    };
    if let Some((entry, source)) = kept.newest.as_ref().filter(|_| kept.freshness.answers()) {
        let then = match kept.freshness {
            Freshness::Aging => Then::Refresh(call()),
            _ => Then::Nothing,
        };
        return found(entry.clone(), *source, then);
    }
    match (ask(deployment, services, trace, &call()).await, &kept.newest, kept.freshness) {
        (Ok(entry), ..) => found(entry, Source::Api, Then::Keep),
        (Err(Unserved::Fault(fault)), Some((entry, _)), Freshness::Expired) => {
            trace.problem(format!("kept beyond its time: the API {fault}"));
            found(entry.clone(), Source::Stale, Then::Nothing)
        }
        (Err(Unserved::Fault(fault)), ..) => Err(Unserved::Fault(fault)),
        (Err(Unserved::Refused), ..) => {
            if kept.is_anything() {
                forget(deployment, services, &key);
            }
            Err(Unserved::Refused)
        }
    }
}

/// What the isolate's memory and the store know.
struct Kept {
    newest: Option<(Entry, Source)>,
    /// How the newest may be used.
    freshness: Freshness,
    /// The store did not tell; there may be something in it.
    unread: bool,
}

impl Kept {
    async fn look_up<S: Services>(
        deployment: &Deployment,
        services: &S,
        trace: &Trace,
        key: &Key,
    ) -> Self {
        let lifetimes = &deployment.config.lifetimes;
        let freshness = |entry: &Entry| key.freshness(entry, lifetimes, services.now());
        let remembered = deployment.memory.get(key);
        if let Some(entry) = remembered.as_ref().filter(|entry| freshness(entry).answers()) {
            let newest = Some((entry.clone(), Source::Memory));
            return Self { newest, freshness: freshness(entry), unread: false };
        }
        let (stored, unread) = match stored(deployment, services, trace, key).await {
            Ok(stored) => (stored, false),
            Err(Unread) => (None, true),
        };
        if let Some(entry) = &stored {
            deployment.memory.put(key, entry.clone());
        }
        let remembered = remembered.map(|entry| (entry, Source::Memory));
        let both = [remembered, stored.map(|entry| (entry, Source::Kv))];
        let newest = both.into_iter().flatten().max_by_key(|(entry, _)| entry.answered_at);
        let freshness = newest.as_ref().map_or(Freshness::Gone, |(entry, _)| freshness(entry));
        Self { newest, freshness, unread }
    }

    fn is_anything(&self) -> bool {
        self.unread || self.newest.is_some()
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
            forget(deployment, services, &self.key);
        }
    }
}

// One isolate refreshes one key once at a time; the others answer with what is kept.
fn refresh<S: Services>(deployment: &Arc<Deployment>, services: &S, key: Key, call: Call) {
    let until = services.now() + 1 + call.deadline.as_secs();
    if !deployment.memory.begin_refresh(&key, services.now(), until) {
        return;
    }
    let (deployment, later) = (Arc::clone(deployment), services.clone());
    services.defer(async move {
        let trace = Trace::default();
        match ask(&deployment, &later, &trace, &call).await {
            Ok(entry) => keep(&deployment, &later, &key, entry, true),
            Err(Unserved::Refused) => forget(&deployment, &later, &key),
            // What is kept still answers until its bound.
            Err(Unserved::Fault(fault)) => {
                trace.problem(format!("the API {fault}"));
                later.log(&trace.background_line("refresh"));
            }
        }
        deployment.memory.end_refresh(&key);
    });
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
fn keep<S: Services>(
    deployment: &Deployment,
    services: &S,
    key: &Key,
    entry: Entry,
    was_kept: bool,
) {
    if entry.resolved.is_none() {
        if was_kept {
            forget(deployment, services, key);
        }
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

/// The store did not tell.
struct Unread;

async fn stored<S: Services>(
    deployment: &Deployment,
    services: &S,
    trace: &Trace,
    key: &Key,
) -> Result<Option<Entry>, Unread> {
    let read = pin!(services.store().get(key.as_str()));
    let sealed = match select(read, pin!(services.pause(STORE_DEADLINE))).await {
        Either::Left((Ok(sealed), _)) => sealed,
        Either::Left((Err(error), _)) => {
            trace.problem(format!("the store failed: {}", error.0));
            return Err(Unread);
        }
        Either::Right(_) => {
            trace.problem("the store took too long".to_owned());
            return Err(Unread);
        }
    };
    let opened = sealed.and_then(|sealed| deployment.keys.open_entry(key.as_str(), &sealed));
    Ok(opened.and_then(|plain| postcard::from_bytes(&plain).ok()))
}
