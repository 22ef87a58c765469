//! Resolution: from a release to where its images are stored.
//!
//! What is found is kept in the store. What was found anonymously is found by everybody; what
//! was found with a credential is found with that credential alone, by a digest that needs the
//! Worker's secret to make. A miss is never kept: it says nothing of what others may see, and
//! the release may be made a second later.

use serde::{Deserialize, Serialize};

use super::reference::{Release, Selector};
use super::resolved::Resolved;
use crate::config::Lifetimes;
use crate::deployment::Deployment;
use crate::secret::Secret;
use crate::services::{Services, Store, Upstream};
use crate::upstream::{Fault, api};

// Workers KV accepts no time to live below this.
const MIN_STORE_SECONDS: u64 = 60;

/// A release that was found, and where that is kept.
#[derive(Clone, Debug)]
pub struct Found {
    /// The release.
    pub resolved: Resolved,
    key: String,
    lifetime: u64,
    source: Source,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Store,
    Api,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    resolved_at: u64,
    resolved: Resolved,
}

/// Finds a release as `credential` may see it: in the store, or else through the API. `None`
/// where there is no such release, or none that the caller may see.
///
/// # Errors
/// [`Fault`] where the API could not tell.
pub async fn resolve<S: Services>(
    deployment: &Deployment,
    services: &S,
    release: Release<'_>,
    credential: Option<&Secret>,
) -> Result<Option<Found>, Fault> {
    let key = key(deployment, release, credential);
    let lifetime = lifetime(&deployment.config.lifetimes, release.selector);
    if let Some(resolved) = stored(deployment, services, &key, lifetime).await {
        return Ok(Some(Found { resolved, key, lifetime, source: Source::Store }));
    }
    let call = api::release_call(&deployment.config, release, credential);
    let reply = services.upstream().send_and_read(&call, api::MAX_ANSWER).await?;
    let resolved = api::read_release(&deployment.config, &reply)?;
    Ok(resolved.map(|resolved| Found { resolved, key, lifetime, source: Source::Api }))
}

/// Keeps what was found, after the answer was given. To be called once upstream has accepted the
/// caller and confirmed the location.
pub fn keep<S: Services>(deployment: &Deployment, services: &S, found: &Found) {
    if found.source == Source::Store {
        return;
    }
    let entry = Entry { resolved_at: services.now(), resolved: found.resolved.clone() };
    let plain = postcard::to_allocvec(&entry).expect("an entry always serializes");
    let sealed = deployment.keys.seal_entry(&found.key, &plain);
    let (store, key) = (services.store().clone(), found.key.clone());
    let seconds = found.lifetime.max(MIN_STORE_SECONDS);
    // A store that fails costs the next caller a call, and nobody a pull.
    services.defer(async move { drop(store.put(&key, sealed, seconds).await) });
}

/// Forgets what was found: upstream does not stand by it any more.
pub fn forget<S: Services>(services: &S, found: &Found) {
    if found.source == Source::Store {
        let (store, key) = (services.store().clone(), found.key.clone());
        services.defer(async move { drop(store.delete(&key).await) });
    }
}

async fn stored<S: Services>(
    deployment: &Deployment,
    services: &S,
    key: &str,
    lifetime: u64,
) -> Option<Resolved> {
    let sealed = services.store().get(key).await.ok()??;
    let entry: Entry = postcard::from_bytes(&deployment.keys.open_entry(key, &sealed)?).ok()?;
    // The store's own time to live has a floor, and may lag.
    let age = services.now().saturating_sub(entry.resolved_at);
    (age < lifetime).then_some(entry.resolved)
}

fn key(deployment: &Deployment, release: Release<'_>, credential: Option<&Secret>) -> String {
    match credential {
        None => format!("release/1/public/{release}"),
        Some(credential) => {
            format!(
                "release/1/private/{}",
                deployment.keys.digest(credential, &release.to_string())
            )
        }
    }
}

fn lifetime(lifetimes: &Lifetimes, selector: Selector<'_>) -> u64 {
    match selector {
        Selector::Target => lifetimes.target,
        Selector::Version(version) if !version.is_draft() => lifetimes.version,
        Selector::Version(_) | Selector::Commit(_) => lifetimes.fixed,
    }
}
