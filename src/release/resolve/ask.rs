//! The calls that ask the API for releases: as few as their limits allow.

use futures_util::FutureExt;

use super::Resolution;
use crate::balena::reference::Release;
use crate::exchange::Task;
use crate::fault::Fault;
use crate::marks::back_off::Part;
use crate::secret::Secret;
use crate::services::{Call, Services};
use crate::together::together;
use crate::upstream::api::{self, Caller, Refused, Unserved, releases};
use crate::upstream::attempt::Attempt;

/// The answers about each of the `releases`, from the answers about the sets.
///
/// # Errors
/// [`Refused`] if the API does not accept the credential.
pub(super) fn in_order(
    releases: &[&Release],
    sets: &[Vec<&Release>],
    answered: Vec<Result<Vec<Result<Resolution, Fault>>, Unserved>>,
) -> Result<Vec<Result<Resolution, Fault>>, Refused> {
    let mut answers = Vec::new();
    for (set, answered) in sets.iter().zip(answered) {
        match answered {
            Ok(read) => answers.extend(set.iter().zip(read)),
            Err(Unserved::Fault(fault)) => {
                answers.extend(set.iter().map(|release| (release, Err(fault.clone()))));
            }
            Err(Unserved::Refused) => return Err(Refused),
        }
    }
    let mut take = |wanted: &&Release| {
        let at = answers.iter().position(|(release, _)| *release == wanted);
        answers.swap_remove(at.expect("each was asked for")).1
    };
    Ok(releases.iter().map(&mut take).collect())
}

/// The releases that each call asks for. A broad one has a call of its own, because the call has a
/// limit. All others share one call.
pub(super) fn sets<'r>(releases: &[&'r Release]) -> Vec<Vec<&'r Release>> {
    let (broad, narrow): (Vec<_>, Vec<_>) =
        releases.iter().partition(|release| release.selector.is_broad());
    let mut sets: Vec<_> = broad.into_iter().map(|release| vec![release]).collect();
    if !narrow.is_empty() {
        sets.push(narrow);
    }
    sets
}

/// Asks for the releases of one set.
///
/// # Errors
/// [`Unserved`] if the API refuses the credential, or if the call fails.
pub(super) async fn ask<S: Services>(
    task: &Task<'_, S>,
    wanted: &[&Release],
    credential: Option<&Secret>,
    has_fallback: bool,
) -> Result<Vec<Result<Resolution, Fault>>, Unserved> {
    let config = &task.deployment.config;
    let call: Call = releases::releases_call(config, wanted, credential);
    let attempt = Attempt { part: Part::Releases, call: &call, has_fallback };
    let reply = match attempt.send_and_read_whole(task, api::MAX_ANSWER).await {
        Err(Fault::BodyTooLarge { .. }) if wanted.len() > 1 => {
            return each_alone(task, wanted, credential, has_fallback).await;
        }
        reply => reply?,
    };
    let caller = Caller::with(credential);
    let answered_at = task.services.now();
    let read = releases::read_releases(config, wanted, &reply, caller)?.into_iter();
    Ok(read.map(|it| it.map(|selected| Resolution { answered_at, selected })).collect())
}

// A query for several has no limit, and one version may have thousands of revisions. A query for one
// has a limit, so each gets its answer.
async fn each_alone<S: Services>(
    task: &Task<'_, S>,
    wanted: &[&Release],
    credential: Option<&Secret>,
    has_fallback: bool,
) -> Result<Vec<Result<Resolution, Fault>>, Unserved> {
    let alone = wanted.chunks(1).map(|one| ask(task, one, credential, has_fallback).boxed_local());
    let mut answers = Vec::new();
    for answered in together(alone).await {
        match answered {
            Ok(one) => answers.extend(one),
            Err(Unserved::Fault(fault)) => answers.push(Err(fault)),
            Err(Unserved::Refused) => return Err(Unserved::Refused),
        }
    }
    Ok(answers)
}
