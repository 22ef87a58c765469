//! The token endpoint resolves names, asks upstream for rights, and makes a session.

use crate::allowance::CLIENT;
use crate::answer::Failure;
use crate::balena::location::Location;
use crate::balena::reference::{Release, ReleaseReference, Selector, Slug, is_slug};
use crate::balena::resolved::{PickService, Selected};
use crate::config::numbers::Lifetimes;
use crate::exchange::{Exchange, Task};
use crate::fault::Fault;
use crate::oci::name::Name;
use crate::secret::Secret;
use crate::services::{Incoming, Services};
use crate::session::{Absence, Absent, Grant, Outage, Right, Session};
use crate::upstream::api::{Refused, Unserved, UpstreamToken};

use super::access;
use super::names::newest;
use super::permission::Permission;
use super::place;
use super::resolve::{self, FoundRelease};

// A session without grants is short, because a release may appear at any time. docker lengthens any
// shorter life to this, in seconds.
const NO_GRANTS_SECONDS: u64 = 60;

/// The result of looking up one requested name.
enum LookUp<'f> {
    /// The name is not a release reference.
    NotARelease,
    /// The API failed.
    Fault(&'f Fault),
    /// There is no such release that the caller may see.
    Missing(&'f Release),
    /// A short commit begins the commits of several releases.
    Ambiguous(&'f [String]),
    /// The release exists. Upstream has not yet said whether the caller may pull it.
    Candidate(Candidate<'f>),
}

struct Candidate<'f> {
    release: &'f Release,
    /// The right to pull this image proves that the caller may see the release.
    proof: &'f Location,
    pick: Result<&'f Location, PickService>,
}

/// The releases that a request names, each once, and the result for each.
struct Releases {
    releases: Vec<Release>,
    found: Vec<Result<FoundRelease, Fault>>,
}

/// Makes the session for `names`, as `credential` may see them.
///
/// # Errors
/// [`Failure`] if the credential is wrong, or if upstream failed and no name can be granted.
pub(crate) async fn session<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    names: &[Name],
    credential: Option<&Secret>,
) -> Result<Session, Failure> {
    let task = &exchange.task;
    let client = exchange.incoming.header(CLIENT).unwrap_or_default();
    let references: Vec<_> = names.iter().map(ReleaseReference::parse).collect();
    let permission = Permission::new(task, &client, credential);
    let mut early = None;
    let meanwhile = async { early = access::early(task, &references, credential).await };
    let wanted = references.iter().flatten();
    let found = Releases::find(task, &permission, wanted, credential, meanwhile).await;
    let releases = found.inspect_err(|_| permission.refuse(task))?;
    let look_ups: Vec<_> = references
        .iter()
        .map(|it| it.as_ref().map_or(LookUp::NotARelease, |it| releases.look_up(it)))
        .collect();

    let proofs = proofs(&look_ups);
    let token = if proofs.is_empty() && credential.is_none() {
        None
    } else {
        let token = access::token(task, &permission, &proofs, credential, early).await;
        Some(token.inspect_err(|reason| match reason {
            Unserved::Refused => permission.refuse(task),
            Unserved::Fault(_) => {}
        })?)
    };
    permission.accept(task);
    releases.settle(task, &look_ups, token.as_ref());
    let newest = newest(task, &permission, &missed(&look_ups), credential).await;
    let session = session_of(task, names, &look_ups, token.as_ref(), &newest)?;
    // Behind a slug, the client may ask for the list of releases or say a tag that selects. Only
    // for these does a token carry the credential.
    Ok(match credential {
        Some(credential) if names.iter().any(is_slug) => session.asked_by(credential),
        Some(_) | None => session,
    })
}

// The applications of the releases that were not found. A missing target does not count, because an
// error about it names no other releases.
fn missed<'f>(look_ups: &[LookUp<'f>]) -> Vec<&'f Slug> {
    let mut slugs = Vec::new();
    for look_up in look_ups {
        if let LookUp::Missing(Release { slug, selector }) = look_up
            && *selector != Selector::Target
            && !slugs.contains(&slug)
        {
            slugs.push(slug);
        }
    }
    slugs
}

impl Releases {
    async fn find<S: Services>(
        task: &Task<'_, S>,
        permission: &Permission,
        references: impl Iterator<Item = &ReleaseReference>,
        credential: Option<&Secret>,
        meanwhile: impl Future<Output = ()>,
    ) -> Result<Self, Refused> {
        let mut releases: Vec<Release> = Vec::new();
        for ReleaseReference { release, .. } in references {
            if !releases.contains(release) {
                releases.push(release.clone());
            }
        }
        let found = resolve::resolve(task, permission, &releases, credential, meanwhile).await?;
        Ok(Self { releases, found })
    }

    fn look_up(&self, reference: &ReleaseReference) -> LookUp<'_> {
        let mut both = self.releases.iter().zip(&self.found);
        let (release, found) = both
            .find(|(release, _)| **release == reference.release)
            .expect("every release of the request was looked up");
        let resolved = match found.as_ref().map(|found| &found.value().selected) {
            Ok(Selected::One(resolved)) => resolved,
            Ok(Selected::Ambiguous(commits)) => return LookUp::Ambiguous(commits),
            Ok(Selected::Nothing | Selected::Names(_)) => return LookUp::Missing(release),
            Err(fault) => return LookUp::Fault(fault),
        };
        let pick = resolved.pick(reference.service.as_deref());
        match pick.as_ref().ok().copied().or(resolved.first()) {
            Some(proof) => LookUp::Candidate(Candidate { release, proof, pick }),
            None => LookUp::Missing(release),
        }
    }

    // Keeps the releases that upstream's token allows, and removes the others.
    fn settle<S: Services>(
        &self,
        task: &Task<'_, S>,
        look_ups: &[LookUp<'_>],
        token: Option<&UpstreamToken>,
    ) {
        for (release, found) in self.releases.iter().zip(&self.found) {
            let refused = look_ups.iter().filter_map(LookUp::candidate).find(|candidate| {
                candidate.release == release && !is_allowed(token, candidate.proof)
            });
            match (found, refused) {
                (Ok(found), None) => resolve::confirm(task, found),
                (Ok(found), Some(candidate)) => {
                    place::refused(task, candidate.proof);
                    found.forget(task);
                }
                (Err(fault), _) => task.trace.problem(format!("the API {fault}")),
            }
        }
    }
}

impl<'f> LookUp<'f> {
    fn candidate(&self) -> Option<&Candidate<'f>> {
        match self {
            Self::Candidate(candidate) => Some(candidate),
            Self::NotARelease | Self::Fault(_) | Self::Missing(_) | Self::Ambiguous(_) => None,
        }
    }
}

// Several names may have the same location.
fn proofs<'f>(look_ups: &[LookUp<'f>]) -> Vec<&'f Location> {
    let mut proofs = Vec::new();
    for candidate in look_ups.iter().filter_map(LookUp::candidate) {
        if !proofs.contains(&candidate.proof) {
            proofs.push(candidate.proof);
        }
    }
    proofs
}

fn is_allowed(token: Option<&UpstreamToken>, location: &Location) -> bool {
    token.is_some_and(|token| token.allows(location))
}

fn session_of<S: Services>(
    task: &Task<'_, S>,
    names: &[Name],
    look_ups: &[LookUp<'_>],
    token: Option<&UpstreamToken>,
    newest: &[String],
) -> Result<Session, Failure> {
    let lifetimes = &task.deployment.config.numbers.lifetimes;
    // Rounded up: a meaning that ends within the second would end a pull that has just begun.
    let now = task.services.now_ms().div_ceil(1000);
    let (mut grants, mut absent) = (Vec::new(), Vec::new());
    for (name, look_up) in names.iter().zip(look_ups) {
        let name = name.clone();
        match right(look_up, token, newest, lifetimes, now) {
            Ok(right) => grants.push(Grant { name, right }),
            Err(why) => absent.push(Absent { name, why, until: now + lifetimes.miss }),
        }
    }
    let fault = look_ups.iter().find_map(|look_up| match look_up {
        LookUp::Fault(fault) => Some((*fault).clone()),
        LookUp::NotARelease | LookUp::Missing(_) | LookUp::Ambiguous(_) | LookUp::Candidate(_) => {
            None
        }
    });
    match (token, fault) {
        (_, Some(fault)) if grants.is_empty() => Err(fault.into()),
        (Some(token), _) => {
            let expires = token.expires - access::MARGIN_SECONDS;
            Ok(Session::with_grants(expires, &token.token, grants, absent))
        }
        (None, _) => Ok(Session::without_grants(now + NO_GRANTS_SECONDS, absent)),
    }
}

fn right(
    look_up: &LookUp<'_>,
    token: Option<&UpstreamToken>,
    newest: &[String],
    lifetimes: &Lifetimes,
    now: u64,
) -> Result<Right, Absence> {
    match look_up {
        LookUp::NotARelease => Err(Absence::NotFound),
        LookUp::Missing(release) => Err(missing(release, newest)),
        LookUp::Ambiguous(commits) => Err(Absence::Ambiguous(commits.to_vec())),
        LookUp::Fault(fault) => Err(Absence::Unavailable(Outage::from(*fault))),
        LookUp::Candidate(it) if !is_allowed(token, it.proof) => Err(Absence::NotFound),
        LookUp::Candidate(Candidate { pick: Err(PickService(services)), .. }) => {
            Err(Absence::PickService(services.clone()))
        }
        LookUp::Candidate(Candidate { release, pick: Ok(location), .. }) => Ok(Right::Release {
            location: (*location).clone(),
            tag_until: now + resolve::bound(release, lifetimes),
        }),
    }
}

fn missing(release: &Release, newest: &[String]) -> Absence {
    let of_it = |name: &&String| {
        let version = name.strip_prefix(release.slug.as_str());
        version.is_some_and(|version| version.starts_with('/'))
    };
    let newest: Vec<_> = newest.iter().filter(of_it).cloned().collect();
    match newest.is_empty() || release.selector == Selector::Target {
        true => Absence::NotFound,
        false => Absence::NewestAre(newest),
    }
}
