//! The token endpoint: names resolved, rights asked for upstream, a session sealed.

use futures_util::future::join_all;

use super::location::Location;
use super::reference::ReleaseReference;
use super::resolve::{self, Found};
use super::resolved::PickService;
use crate::answer::Failure;
use crate::deployment::Deployment;
use crate::oci::name::Name;
use crate::oci::token::TokenRequest;
use crate::secret::Secret;
use crate::services::{Services, Upstream};
use crate::session::{Grant, Missing, Session};
use crate::upstream::Fault;
use crate::upstream::api::{self, NoToken, UpstreamToken};

// A session without grants may be wrong as soon as a release is made: the shortest life that
// docker does not lengthen.
const NO_GRANTS_SECONDS: u64 = 60;
// So that a sealed token never outlives the upstream token within it.
const MARGIN_SECONDS: u64 = 60;

/// One name that was asked for, looked up.
struct LookUp<'a> {
    name: &'a str,
    candidate: Option<Candidate>,
}

/// A release that was found; upstream has yet to say whether the caller may pull it.
struct Candidate {
    found: Found,
    /// Access to this image proves that the caller may see the release.
    proof: Location,
    pick: Result<Location, PickService>,
}

/// Makes the session that `request` is due.
///
/// # Errors
/// [`Failure`] where the credential is wrong, or upstream could not serve.
pub async fn session<S: Services>(
    deployment: &Deployment,
    services: &S,
    request: &TokenRequest,
) -> Result<Session, Failure> {
    let credential = request.credential.as_ref();
    let look_ups = request.names.iter().map(|name| look_up(deployment, services, name, credential));
    let look_ups = join_all(look_ups).await.into_iter().collect::<Result<Vec<_>, _>>()?;

    let proofs = proofs(&look_ups);
    if proofs.is_empty() && credential.is_none() {
        let missing = look_ups.iter().map(|look_up| missing(look_up.name)).collect();
        return Ok(Session::without_grants(services.now() + NO_GRANTS_SECONDS, missing));
    }
    let token = upstream_token(deployment, services, &proofs, credential).await?;
    settle(deployment, services, look_ups, &token)
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

async fn look_up<'a, S: Services>(
    deployment: &Deployment,
    services: &S,
    name: &'a str,
    credential: Option<&Secret>,
) -> Result<LookUp<'a>, Fault> {
    let reference = Name::parse(name).ok().and_then(|name| ReleaseReference::parse(name).ok());
    let Some(reference) = reference else { return Ok(LookUp { name, candidate: None }) };
    let found = resolve::resolve(deployment, services, reference.release, credential).await?;
    let candidate = found.and_then(|found| Candidate::new(found, reference.service));
    Ok(LookUp { name, candidate })
}

impl Candidate {
    fn new(found: Found, service: Option<&str>) -> Option<Self> {
        let pick = found.resolved.pick(service).cloned();
        let proof = match &pick {
            Ok(location) => location.clone(),
            Err(PickService(_)) => found.resolved.first()?.clone(),
        };
        Some(Self { found, proof, pick })
    }
}

async fn upstream_token<S: Services>(
    deployment: &Deployment,
    services: &S,
    locations: &[&Location],
    credential: Option<&Secret>,
) -> Result<UpstreamToken, Failure> {
    let call = api::token_call(&deployment.config, locations, credential);
    let reply =
        services.upstream().send_and_read(&call, api::MAX_ANSWER).await.map_err(Fault::from)?;
    api::read_token(&reply).map_err(|reason| match reason {
        NoToken::Refused => Failure::WrongCredentials,
        NoToken::Fault(fault) => fault.into(),
    })
}

fn settle<S: Services>(
    deployment: &Deployment,
    services: &S,
    look_ups: Vec<LookUp<'_>>,
    token: &UpstreamToken,
) -> Result<Session, Failure> {
    let expires = token.expires.saturating_sub(MARGIN_SECONDS);
    if expires <= services.now() {
        return Err(Fault::Broken("gave a token that has expired".to_owned()).into());
    }
    let (mut grants, mut missed) = (Vec::new(), Vec::new());
    for LookUp { name, candidate } in look_ups {
        match candidate {
            Some(candidate) if token.allows(&candidate.proof) => {
                resolve::keep(deployment, services, &candidate.found);
                match candidate.pick {
                    Ok(location) => grants.push(Grant { name: name.to_owned(), location }),
                    Err(PickService(services)) => {
                        missed.push(Missing { name: name.to_owned(), services });
                    }
                }
            }
            Some(candidate) => {
                resolve::forget(services, &candidate.found);
                missed.push(missing(name));
            }
            None => missed.push(missing(name)),
        }
    }
    Ok(Session::with_grants(expires, &token.token, grants, missed))
}

fn missing(name: &str) -> Missing {
    Missing { name: name.to_owned(), services: Vec::new() }
}
