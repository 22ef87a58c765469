//! The token endpoint: names resolved, rights asked for upstream, a session sealed.

use futures_util::future::join_all;

use super::access;
use super::place::Place;
use super::resolve::{self, Resolution};
use crate::answer::Failure;
use crate::balena::location::Location;
use crate::balena::reference::ReleaseReference;
use crate::balena::resolved::PickService;
use crate::exchange::Exchange;
use crate::oci::name::Name;
use crate::oci::token::TokenRequest;
use crate::secret::Secret;
use crate::services::Services;
use crate::session::{Grant, Missing, Session};
use crate::upstream::api::{Unserved, UpstreamToken};

// A session without grants may be wrong as soon as a release is made: the shortest life that
// docker does not lengthen.
const NO_GRANTS_SECONDS: u64 = 60;

/// One name that was asked for, looked up.
struct LookUp<'a> {
    name: &'a Name,
    /// What became of it; `None` where no release can have this name.
    resolution: Option<Resolution>,
    /// What it picks, where there is something to be seen.
    candidate: Option<Candidate>,
}

/// An image that was found; upstream has yet to say whether the caller may pull it.
struct Candidate {
    /// Access to this image proves that the caller may see the release.
    proof: Location,
    pick: Result<Location, PickService>,
}

/// Makes the session that `request` is due.
///
/// # Errors
/// [`Failure`] where the credential is wrong, or upstream could not serve.
pub(crate) async fn session<S: Services, I>(
    exchange: &Exchange<'_, S, I>,
    request: &TokenRequest,
) -> Result<Session, Failure> {
    let credential = request.credential.as_ref();
    let look_ups = request.names.iter().map(|name| look_up(exchange, name, credential));
    let look_ups = join_all(look_ups).await.into_iter().collect::<Result<Vec<_>, _>>()?;

    let proofs = proofs(&look_ups);
    let token = if proofs.is_empty() && credential.is_none() {
        None
    } else {
        Some(access::token(exchange, &proofs, credential).await?)
    };
    Ok(settle(exchange, look_ups, token))
}

async fn look_up<'a, S: Services, I>(
    exchange: &Exchange<'_, S, I>,
    name: &'a Name,
    credential: Option<&Secret>,
) -> Result<LookUp<'a>, Unserved> {
    let Ok(reference) = ReleaseReference::parse(name) else {
        return Ok(LookUp { name, resolution: None, candidate: None });
    };
    let Exchange { deployment, services, trace, .. } = exchange;
    let resolution =
        resolve::resolve(deployment, *services, trace, &reference.release, credential).await?;
    let candidate = Candidate::new(&resolution, reference.service.as_deref());
    Ok(LookUp { name, resolution: Some(resolution), candidate })
}

impl Candidate {
    fn new(resolution: &Resolution, service: Option<&str>) -> Option<Self> {
        let resolved = resolution.resolved()?;
        let pick = resolved.pick(service).cloned();
        let proof = match &pick {
            Ok(location) => location.clone(),
            Err(PickService(_)) => resolved.first()?.clone(),
        };
        Some(Self { proof, pick })
    }
}

// Several names may mean one location.
fn proofs<'a>(look_ups: &'a [LookUp<'_>]) -> Vec<&'a Location> {
    let mut proofs = Vec::new();
    for Candidate { proof, .. } in look_ups.iter().flat_map(|look_up| &look_up.candidate) {
        if !proofs.contains(&proof) {
            proofs.push(proof);
        }
    }
    proofs
}

// Upstream has spoken: what it stands by is granted and kept, what it does not is forgotten.
fn settle<S: Services, I>(
    exchange: &Exchange<'_, S, I>,
    look_ups: Vec<LookUp<'_>>,
    token: Option<UpstreamToken>,
) -> Session {
    let Exchange { deployment, services, .. } = exchange;
    let (mut grants, mut missing) = (Vec::new(), Vec::new());
    for LookUp { name, resolution, candidate } in look_ups {
        let name = name.clone();
        let stands_by = |token: &UpstreamToken| match &candidate {
            Some(candidate) => token.allows(&candidate.proof),
            None => true,
        };
        let accepted = token.as_ref().is_none_or(stands_by);
        if let Some(candidate) = candidate.as_ref().filter(|_| !accepted) {
            Place::new(deployment, *services, &candidate.proof).refused();
        }
        match resolution {
            Some(resolution) if accepted => resolution.accepted(deployment, *services),
            Some(resolution) => resolution.refused(deployment, *services),
            None => {}
        }
        match candidate.filter(|_| accepted).map(|candidate| candidate.pick) {
            Some(Ok(location)) => grants.push(Grant { name, location }),
            Some(Err(PickService(services))) => missing.push(Missing { name, services }),
            None => missing.push(Missing { name, services: Vec::new() }),
        }
    }
    match token {
        Some(token) => {
            let expires = token.expires - access::MARGIN_SECONDS;
            Session::with_grants(expires, &token.token, grants, missing)
        }
        None => Session::without_grants(services.now() + NO_GRANTS_SECONDS, missing),
    }
}
