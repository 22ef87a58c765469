//! Names that upstream told: an application's releases, applications with their newest versions, and
//! public blocks. They stay in this isolate's memory, those of a caller with a credential for that
//! credential only. What pages show of an application is shared within the data centre. Each costs
//! one call, which is bounded.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::permission::Permission;
use super::resolve::{Resolution, ResolutionPolicy};
use crate::balena::reference::Slug;
use crate::balena::resolved::Selected;
use crate::deployment::Deployment;
use crate::exchange::Task;
use crate::kept::Kept;
use crate::marks::back_off::Part;
use crate::secret::Secret;
use crate::services::{Call, Reply, Services};
use crate::trace::Source;
use crate::upstream::api::described::{self, Which};
use crate::upstream::api::lists::{self, Application};
use crate::upstream::api::{self, Caller, Unserved};
use crate::upstream::attempt::Attempt;

/// The most releases of an application that are listed: its highest.
pub const MOST_LISTED: usize = 3000;
/// How many versions an error names.
pub(super) const NEWEST_TOLD: usize = 2;
// How many of an application's newest releases are asked for. More than are named, because several
// may be revisions of one version.
const NEWEST_ASKED: usize = 10;

// How the names are read from the API's answer. `None` if it has no application.
type Read = fn(&Reply<Vec<u8>>, Caller) -> Result<Option<Vec<String>>, Unserved>;

/// The releases of an application that `credential` may see, as the third part of a name, in the
/// order of ASCII. If the caller may see no such application, the list has the releases of its
/// siblings. If the caller may see no sibling either, the list is empty.
///
/// # Errors
/// [`Unserved`] if the API refuses the credential, or fails and nothing kept can be used.
pub(super) async fn releases<S: Services>(
    task: &Task<'_, S>,
    permission: &Permission,
    slug: &Slug,
    credential: Option<&Secret>,
) -> Result<(Arc<Resolution>, Source), Unserved> {
    let config = &task.deployment.config;
    let mut calls = vec![lists::releases_call(config, &[slug], MOST_LISTED, credential)];
    let siblings = slug.siblings();
    let siblings: Vec<_> = siblings.iter().map(|(_, slug)| slug).collect();
    if !siblings.is_empty() {
        let most = MOST_LISTED / siblings.len();
        calls.push(lists::releases_call(config, &siblings, most, credential));
    }
    let policy = policy(task, ("list/1", slug.as_str()), credential);
    names(task, Some(permission), policy, &calls, listed).await
}

/// Those of the applications `slugs` that `credential` may see: the slug of each, and after it the
/// newest versions as `<slug>/<version>`, the newest first. `what` stands for `slugs` in the key. Only
/// what everybody may see is kept, because the API may not have accepted the credential yet.
///
/// # Errors
/// [`Unserved`] if the API refuses the credential, or fails and nothing kept can be used.
pub(super) async fn known<S: Services>(
    task: &Task<'_, S>,
    (what, slugs): (&str, &[&Slug]),
    credential: Option<&Secret>,
) -> Result<Arc<Resolution>, Unserved> {
    let call = lists::releases_call(&task.deployment.config, slugs, NEWEST_ASKED, credential);
    if credential.is_some() {
        return Ok(Arc::new(answer(task, ask(task, &[call], false, newest_of_each).await?)));
    }
    let policy = policy(task, ("known/1", what), None);
    Ok(names(task, None, policy, &[call], newest_of_each).await?.0)
}

/// A page of public blocks after `last`, at most `most`.
///
/// # Errors
/// [`Unserved`] if the API fails and nothing kept can be used.
pub(super) async fn blocks<S: Services>(
    task: &Task<'_, S>,
    permission: &Permission,
    last: Option<&Slug>,
    most: u64,
) -> Result<(Arc<Resolution>, Source), Unserved> {
    let call = lists::blocks_call(&task.deployment.config, last, most);
    let what = format!("{most}/{}", last.map(Slug::as_str).unwrap_or_default());
    let policy = policy(task, ("blocks/1", &what), None);
    names(task, Some(permission), policy, &[call], slugs).await
}

/// What pages show of an application, as [`described::text`] has it: as the only name, or as none if
/// there is no application that everybody may see. `most` is the most releases in it.
///
/// # Errors
/// [`Unserved`] if the API fails and nothing kept can be used.
pub(super) async fn described<S: Services>(
    task: &Task<'_, S>,
    permission: &Permission,
    slug: &Slug,
    which: Which<'_>,
    most: usize,
) -> Result<(Arc<Resolution>, Source), Unserved> {
    let Deployment { config, keys, .. } = &**task.deployment;
    let about = match which {
        Which::Newest => format!("{}/", slug.as_str()),
        Which::Before(id) => format!("{}/{id}", slug.as_str()),
        Which::StoredAt(location) => format!("{}/{location}", slug.as_str()),
    };
    let policy = ResolutionPolicy::of_page(config.numbers.lifetimes, keys, &about);
    let call = described::call(config, slug, which, most);
    let read = |reply: &Reply<_>, _| Ok(described::text(reply)?.map(|text| vec![text]));
    names(task, Some(permission), policy, &[call], read).await
}

fn listed(reply: &Reply<Vec<u8>>, caller: Caller) -> Result<Option<Vec<String>>, Unserved> {
    applications(reply, caller, sorted)
}

fn newest_of_each(reply: &Reply<Vec<u8>>, caller: Caller) -> Result<Option<Vec<String>>, Unserved> {
    applications(reply, caller, newest)
}

fn slugs(reply: &Reply<Vec<u8>>, caller: Caller) -> Result<Option<Vec<String>>, Unserved> {
    applications(reply, caller, |all| all.iter().map(|it| it.slug.clone()).collect())
}

fn applications(
    reply: &Reply<Vec<u8>>,
    caller: Caller,
    names: fn(&[Application]) -> Vec<String>,
) -> Result<Option<Vec<String>>, Unserved> {
    let found = lists::read(reply, caller)?;
    Ok((!found.is_empty()).then(|| names(&found)))
}

fn sorted(applications: &[Application]) -> Vec<String> {
    // Sorted by a set, because the library's sort is more code.
    let mut names = BTreeSet::new();
    for (version, exact) in applications.iter().flat_map(|it| &it.releases) {
        names.insert(version.as_str());
        if let Some(exact) = exact {
            names.insert(exact.as_str());
        }
    }
    names.into_iter().map(str::to_owned).collect()
}

fn newest(applications: &[Application]) -> Vec<String> {
    let mut all = Vec::new();
    for Application { slug, releases } in applications {
        all.push(slug.clone());
        let before = all.len();
        for (version, _) in releases {
            let name = format!("{slug}/{}", version.as_str());
            if all.len() < before + NEWEST_TOLD && !all.contains(&name) {
                all.push(name);
            }
        }
    }
    all
}

fn policy<S>(
    task: &Task<'_, S>,
    of: (&str, &str),
    credential: Option<&Secret>,
) -> ResolutionPolicy {
    let lifetimes = task.deployment.config.numbers.lifetimes;
    ResolutionPolicy::of_names(lifetimes, &task.deployment.keys, of, credential)
}

// Each further call is made only if the one before it found no application.
async fn names<S: Services>(
    task: &Task<'_, S>,
    permission: Option<&Permission>,
    policy: ResolutionPolicy,
    calls: &[Call],
    read: Read,
) -> Result<(Arc<Resolution>, Source), Unserved> {
    let kept = match Kept::look_up(task, policy).await.answer() {
        Ok(found) => return Ok((Arc::clone(found.value()), found.source())),
        Err(kept) => kept,
    };
    let has_fallback = kept.usable().is_some();
    if let Some(permission) = permission
        && !has_fallback
    {
        permission.check(task).await?;
    }
    let asked = match ask(task, calls, has_fallback, read).await {
        Ok(names) => Ok(answer(task, names)),
        Err(Unserved::Fault(fault)) => Err(fault),
        Err(Unserved::Refused) => {
            kept.forget(task);
            return Err(Unserved::Refused);
        }
    };
    let found = kept.settle(task, asked)?;
    found.keep(task);
    Ok((Arc::clone(found.value()), found.source()))
}

fn answer<S: Services>(task: &Task<'_, S>, names: Vec<String>) -> Resolution {
    let selected = if names.is_empty() { Selected::Nothing(names) } else { Selected::Names(names) };
    Resolution { answered_at: task.services.now(), selected }
}

// This is a function of its own, so that it is compiled once and not for each kind of list.
async fn ask<S: Services>(
    task: &Task<'_, S>,
    calls: &[Call],
    has_fallback: bool,
    read: Read,
) -> Result<Vec<String>, Unserved> {
    for call in calls {
        let attempt = Attempt { part: Part::Releases, call, has_fallback };
        let reply = attempt.send_and_read_whole(task, api::MAX_ANSWER).await?;
        if let Some(names) = read(&reply, Caller::with(call.bearer.as_ref()))? {
            return Ok(names);
        }
    }
    Ok(Vec::new())
}
