//! Names that upstream told: an application's releases, the newest of some applications, and public
//! blocks. They stay in this isolate's memory, those of a caller with a credential for that
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
// How many of an application's newest releases are asked for, and how many versions an error names.
// More are asked for than named, because several releases may be revisions of one version.
const NEWEST_ASKED: usize = 10;
const NEWEST_TOLD: usize = 2;

// How the names are read from the API's answer.
type Read = fn(&Reply<Vec<u8>>, Caller) -> Result<Vec<String>, Unserved>;

/// The releases of an application that `credential` may see, as the third part of a name, in the
/// order of ASCII. The list is empty if the caller may see no such application.
///
/// # Errors
/// [`Unserved`] if the API refuses the credential, or fails and nothing kept can be used.
pub(super) async fn releases<S: Services>(
    task: &Task<'_, S>,
    permission: &Permission,
    slug: &Slug,
    credential: Option<&Secret>,
) -> Result<(Arc<Resolution>, Source), Unserved> {
    let call = lists::releases_call(&task.deployment.config, &[slug], MOST_LISTED, credential);
    let policy = policy(task, ("list/1", slug.as_str()), credential);
    names(task, permission, policy, call, |reply, caller| Ok(sorted(&lists::read(reply, caller)?)))
        .await
}

/// The newest versions of these applications that `credential` may see, each as `<slug>/<version>`,
/// the newest first. They only help whoever reads an error: if the API fails, the list is empty.
pub(super) async fn newest<S: Services>(
    task: &Task<'_, S>,
    permission: &Permission,
    slugs: &[&Slug],
    credential: Option<&Secret>,
) -> Vec<String> {
    if slugs.is_empty() {
        return Vec::new();
    }
    let call = lists::releases_call(&task.deployment.config, slugs, NEWEST_ASKED, credential);
    let set: Vec<_> = slugs.iter().map(|slug| slug.as_str()).collect();
    let policy = policy(task, ("newest/1", &set.join(",")), credential);
    match names(task, permission, policy, call, |reply, caller| {
        Ok(newest_of_each(&lists::read(reply, caller)?))
    })
    .await
    {
        Ok((names, _)) => names.selected.names().to_vec(),
        Err(reason) => {
            task.trace.problem(format!("the newest releases are not told: the API {reason}"));
            Vec::new()
        }
    }
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
    names(task, permission, policy, call, |reply, caller| Ok(slugs(&lists::read(reply, caller)?)))
        .await
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
    let read = |reply: &Reply<_>, _| Ok(described::text(reply)?.into_iter().collect());
    names(task, permission, policy, call, read).await
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

fn newest_of_each(applications: &[Application]) -> Vec<String> {
    let mut all = Vec::new();
    for Application { slug, releases } in applications {
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

fn slugs(applications: &[Application]) -> Vec<String> {
    applications.iter().map(|application| application.slug.clone()).collect()
}

fn policy<S>(
    task: &Task<'_, S>,
    of: (&str, &str),
    credential: Option<&Secret>,
) -> ResolutionPolicy {
    let lifetimes = task.deployment.config.numbers.lifetimes;
    ResolutionPolicy::of_names(lifetimes, &task.deployment.keys, of, credential)
}

async fn names<S: Services>(
    task: &Task<'_, S>,
    permission: &Permission,
    policy: ResolutionPolicy,
    call: Call,
    read: Read,
) -> Result<(Arc<Resolution>, Source), Unserved> {
    let kept = match Kept::look_up(task, policy).await.answer() {
        Ok(found) => return Ok((Arc::clone(found.value()), found.source())),
        Err(kept) => kept,
    };
    let has_fallback = kept.usable().is_some();
    if !has_fallback {
        permission.check(task).await?;
    }
    let asked = match ask(task, &call, has_fallback, read).await {
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
    let selected = if names.is_empty() { Selected::Nothing } else { Selected::Several(names) };
    Resolution { answered_at: task.services.now(), selected }
}

// This is a function of its own, so that it is compiled once and not for each kind of list.
async fn ask<S: Services>(
    task: &Task<'_, S>,
    call: &Call,
    has_fallback: bool,
    read: Read,
) -> Result<Vec<String>, Unserved> {
    let attempt = Attempt { part: Part::Releases, call, has_fallback };
    let reply = attempt.send_and_read_whole(task, api::MAX_ANSWER).await?;
    read(&reply, Caller::with(call.bearer.as_ref()))
}
