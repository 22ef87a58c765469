//! Siblings: the blocks that an organization publishes once for each architecture. If there is no
//! application of a name, the name means its siblings together.
//!
//! An application or a sibling that the caller may not see counts as missing. So the calls are the
//! same whether something is private or missing.

use std::slice;

use futures_util::FutureExt;

use super::names::{self, NEWEST_TOLD};
use super::permission::Permission;
use super::resolve::Resolution;
use crate::balena::reference::{Release, Slug};
use crate::balena::resolved::{Selected, Sibling};
use crate::exchange::Task;
use crate::fault::Fault;
use crate::marks::back_off::Part;
use crate::secret::Secret;
use crate::services::Services;
use crate::together::together;
use crate::upstream::api::releases::siblings::{read_siblings, siblings_call};
use crate::upstream::api::{self, Caller, Refused, Unserved};
use crate::upstream::attempt::Attempt;

/// The `answers` about `releases`, with what siblings have of those that were not found. One call says
/// which applications there are, and each release that has siblings costs one more, for which the
/// `permission` is checked again. A refresh needs none.
///
/// # Errors
/// [`Refused`] if the API does not accept the credential.
pub(super) async fn complete<S: Services>(
    task: &Task<'_, S>,
    permission: Option<&Permission>,
    releases: &[&Release],
    mut answers: Vec<Result<Resolution, Fault>>,
    credential: Option<&Secret>,
) -> Result<Vec<Result<Resolution, Fault>>, Refused> {
    let is_missing = |answer: &Result<Resolution, Fault>| {
        matches!(answer, Ok(Resolution { selected: Selected::Nothing(_), .. }))
    };
    let both = releases.iter().zip(&answers);
    let missing: Vec<_> = both.filter(|(_, it)| is_missing(it)).map(|(it, _)| *it).collect();
    if missing.is_empty() {
        return Ok(answers);
    }
    let found = instead(task, permission, &missing, credential).await;
    let answered_at = task.services.now();
    for (answer, selected) in answers.iter_mut().filter(|it| is_missing(it)).zip(found) {
        *answer = match selected {
            Ok(selected) => Ok(Resolution { answered_at, selected }),
            Err(Unserved::Fault(fault)) => Err(fault),
            Err(Unserved::Refused) => return Err(Refused),
        };
    }
    Ok(answers)
}

// What each release that was not found means instead: the releases of its siblings, or nothing, with
// the newest versions that there are.
async fn instead<S: Services>(
    task: &Task<'_, S>,
    permission: Option<&Permission>,
    missing: &[&Release],
    credential: Option<&Secret>,
) -> Vec<Result<Selected, Unserved>> {
    let mut own = Vec::new();
    for Release { slug, .. } in missing {
        if !own.contains(&slug) {
            own.push(slug);
        }
    }
    let what: Vec<_> = own.iter().map(|slug| slug.as_str()).collect();
    let siblings: Vec<_> = own.iter().flat_map(|slug| slug.siblings()).collect();
    let all: Vec<_> = own.into_iter().chain(siblings.iter().map(|(_, slug)| slug)).collect();
    let known = names::known(task, (&what.join(","), &all), credential).await;
    let names = known.as_ref().map(|known| known.selected.names());
    let find = async |release: &Release| match names {
        Ok(names) => of(task, permission, release, names, credential).await,
        Err(reason) => Err(reason.clone()),
    };
    together(missing.iter().map(|release| find(release).boxed_local())).await
}

async fn of<S: Services>(
    task: &Task<'_, S>,
    permission: Option<&Permission>,
    release: &Release,
    known: &[String],
    credential: Option<&Secret>,
) -> Result<Selected, Unserved> {
    let is_known = |slug: &Slug| known.iter().any(|name| name == slug.as_str());
    if is_known(&release.slug) {
        return Ok(Selected::Nothing(newest(known, slice::from_ref(&&release.slug))));
    }
    let siblings = release.slug.siblings();
    let siblings: Vec<_> = siblings.iter().filter(|(_, slug)| is_known(slug)).collect();
    let slugs: Vec<_> = siblings.iter().map(|(_, slug)| slug).collect();
    if slugs.is_empty() {
        return Ok(Selected::Nothing(Vec::new()));
    }
    if let Some(permission) = permission {
        permission.check_again(task).await?;
    }
    let config = &task.deployment.config;
    let call = siblings_call(config, &slugs, &release.selector, credential);
    let attempt = Attempt { part: Part::Releases, call: &call, has_fallback: false };
    let reply = attempt.send_and_read_whole(task, api::MAX_ANSWER).await?;
    let caller = Caller::with(credential);
    let selected = read_siblings(config, &slugs, &release.selector, &reply, caller)?;
    let (mut found, mut otherwise) = (Vec::new(), Selected::Nothing(newest(known, &slugs)));
    for ((architecture, _), selected) in siblings.into_iter().zip(selected) {
        match selected {
            Selected::One(release) => found.push(Sibling { architecture: *architecture, release }),
            Selected::Ambiguous(commits) => otherwise = Selected::Ambiguous(commits),
            Selected::Nothing(_) | Selected::Siblings(_) | Selected::Names(_) => {}
        }
    }
    Ok(if found.is_empty() { otherwise } else { Selected::Siblings(found) })
}

// The newest versions of the applications, each once.
fn newest(known: &[String], slugs: &[&Slug]) -> Vec<String> {
    let mut newest = Vec::new();
    for (slug, version) in known.iter().filter_map(|name| name.rsplit_once('/')) {
        let version = version.to_owned();
        if slugs.iter().any(|it| it.as_str() == slug) && !newest.contains(&version) {
            newest.push(version);
        }
    }
    newest.truncate(NEWEST_TOLD);
    newest
}
