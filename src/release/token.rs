//! The token endpoint resolves names, asks upstream for rights, and makes a session.

use crate::answer::Failure;
use crate::balena::architecture::Architecture;
use crate::balena::location::Location;
use crate::balena::reference::{Release, ReleaseReference, is_slug};
use crate::balena::resolved::{PickService, Resolved, Selected};
use crate::config::numbers::Lifetimes;
use crate::exchange::{Exchange, Task};
use crate::fault::Fault;
use crate::oci::name::Name;
use crate::secret::Secret;
use crate::services::{Incoming, Services};
use crate::session::{Absence, Absent, Asker, Grant, Outage, Right, Session};
use crate::upstream::api::{Refused, Unserved, UpstreamToken};

use super::access::{self, Early};
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
    /// There is no such release that the caller may see. The field has the newest versions that
    /// there are.
    Missing(&'f [String]),
    /// A short commit begins the commits of several releases.
    Ambiguous(&'f [String]),
    /// The release exists. Upstream has not yet said whether the caller may pull it.
    Candidate(Candidate<'f>),
}

struct Candidate<'f> {
    release: &'f Release,
    selected: &'f Selected,
    /// The images, with the architectures of siblings. The right to pull an image proves that the
    /// caller may see its release.
    images: Vec<(Option<Architecture>, &'f Location)>,
    /// Why the name means none of these images.
    unpicked: Option<PickService>,
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
    let references: Vec<_> = names.iter().map(ReleaseReference::parse).collect();
    let permission = Permission::new(exchange, credential);
    let mut early = None;
    let meanwhile = async {
        early = access::early(task, &references, credential).await;
        early.as_ref().map_or(Ok(()), Early::accepted)
    };
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
    let session = session_of(task, names, &look_ups, token.as_ref())?;
    Ok(match credential {
        Some(credential) => session.asked_by(asker(names, credential)),
        None => session,
    })
}

// Behind a slug, the client may ask for the list of releases or say a tag that selects. Only for these
// does a token carry the credential.
fn asker(names: &[Name], credential: &Secret) -> Asker {
    match names.iter().any(is_slug) {
        true => Asker::Holder(credential.clone()),
        false => Asker::Untold,
    }
}

impl Releases {
    async fn find<S: Services>(
        task: &Task<'_, S>,
        permission: &Permission,
        references: impl Iterator<Item = &ReleaseReference>,
        credential: Option<&Secret>,
        meanwhile: impl Future<Output = Result<(), Refused>>,
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
        let service = reference.service.as_deref();
        let selected = match found.as_ref() {
            Ok(found) => &found.value().selected,
            Err(fault) => return LookUp::Fault(fault),
        };
        match selected {
            Selected::One(resolved) => {
                Candidate::among(release, selected, [(None, resolved)], service)
            }
            Selected::Siblings(siblings) => {
                let each = siblings.iter().map(|it| (Some(it.architecture), &it.release));
                Candidate::among(release, selected, each, service)
            }
            Selected::Ambiguous(commits) => LookUp::Ambiguous(commits),
            Selected::Nothing(newest) => LookUp::Missing(newest),
            Selected::Names(_) => LookUp::Missing(&[]),
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
            let own = look_ups.iter().filter_map(LookUp::candidate);
            let own = own.filter(|candidate| candidate.release == release);
            let locations = own.flat_map(|candidate| &candidate.images).map(|(_, at)| *at);
            let refused: Vec<_> = locations.filter(|at| !is_allowed(token, at)).collect();
            refused.iter().for_each(|location| place::refused(task, location));
            match found {
                Ok(found) if refused.is_empty() => resolve::confirm(task, found),
                Ok(found) => found.forget(task),
                Err(fault) => task.trace.problem(format!("the API {fault}")),
            }
        }
    }
}

impl<'f> Candidate<'f> {
    // The images of the service, from the releases that have it. If none has it, the first image
    // of the first release proves that the caller may know its services.
    fn among(
        release: &'f Release,
        selected: &'f Selected,
        releases: impl IntoIterator<Item = (Option<Architecture>, &'f Resolved)>,
        service: Option<&str>,
    ) -> LookUp<'f> {
        let (mut images, mut otherwise) = (Vec::new(), None);
        for (architecture, resolved) in releases {
            match (resolved.pick(service), resolved.first()) {
                (Ok(location), _) => images.push((architecture, location)),
                (Err(services), Some(first)) if otherwise.is_none() => {
                    otherwise = Some(((architecture, first), services));
                }
                (Err(_), _) => {}
            }
        }
        let unpicked = match otherwise {
            Some((proof, services)) if images.is_empty() => {
                images.push(proof);
                Some(services)
            }
            Some(_) | None => None,
        };
        match images.is_empty() {
            true => LookUp::Missing(&[]),
            false => LookUp::Candidate(Self { release, selected, images, unpicked }),
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
    for (_, location) in look_ups.iter().filter_map(LookUp::candidate).flat_map(|it| &it.images) {
        if !proofs.contains(location) {
            proofs.push(*location);
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
) -> Result<Session, Failure> {
    let lifetimes = &task.deployment.config.numbers.lifetimes;
    // Rounded up: a meaning that ends within the second would end a pull that has just begun.
    let now = task.services.now_ms().div_ceil(1000);
    let (mut grants, mut absent) = (Vec::new(), Vec::new());
    for (name, look_up) in names.iter().zip(look_ups) {
        let name = name.clone();
        match right(look_up, token, lifetimes, now) {
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
    lifetimes: &Lifetimes,
    now: u64,
) -> Result<Right, Absence> {
    let Candidate { release, selected, images, unpicked } = match look_up {
        LookUp::NotARelease | LookUp::Missing([]) => return Err(Absence::NotFound),
        LookUp::Missing(newest) => return Err(Absence::NewestAre(newest.to_vec())),
        LookUp::Ambiguous(commits) => return Err(Absence::Ambiguous(commits.to_vec())),
        LookUp::Fault(fault) => return Err(Absence::Unavailable(Outage::from(*fault))),
        LookUp::Candidate(candidate) => candidate,
    };
    let tag_until = now + resolve::bound(release, selected, lifetimes);
    let mut allowed = images.iter().filter(|(_, location)| is_allowed(token, location)).peekable();
    match (allowed.peek(), unpicked) {
        (None, _) => Err(Absence::NotFound),
        (Some(_), Some(PickService(services))) => Err(Absence::PickService(services.clone())),
        (Some((None, location)), None) => {
            Ok(Right::Release { location: (*location).clone(), tag_until })
        }
        (Some((Some(_), _)), None) => {
            let image = |(architecture, location): &(Option<Architecture>, &Location)| {
                Some(((*architecture)?, (*location).clone()))
            };
            Ok(Right::Index { images: allowed.filter_map(image).collect(), tag_until })
        }
    }
}
