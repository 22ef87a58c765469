//! Requests that are about hosted repositories, and tokens for both worlds.

use crate::account::credential::{Presented, Unusable, contains_operator};
use crate::account::name::{ImageName, is_hosted};
use crate::account::rights::{Action, Actions, Rights};
use crate::answer::{Answer, Failure};
use crate::authorization::{Authorization, Credential};
use crate::config::GATEWAY_TOKEN;
use crate::exchange::Exchange;
use crate::hosted::catalog::accounts::Identity;
use crate::hosted::host::Host;
use crate::hosted::judge;
use crate::hosted::{serve, token};
use crate::oci::challenge::TokenError;
use crate::oci::name::Name;
use crate::refusal::{BadCredential, Refusal};
use crate::release::token as release_token;
use crate::route::hosted::Request;
use crate::secret::Secret;
use crate::services::{Incoming, Services};
use crate::session::{Grant, Right, Session, Standing};
use crate::token::TokenRequest;

impl<S: Services, I: Incoming<Body = S::Body>> Exchange<'_, S, I> {
    /// Answers a request about a hosted image.
    pub(super) async fn hosted(
        &self,
        name: Name,
        image: ImageName,
        request: Request<'_>,
    ) -> Result<Answer<S::Body>, Failure> {
        self.task.trace.name(name.as_str());
        let host = Host::new(self).ok_or(Refusal::Off)?;
        let held = self.held(&host, &name, &image, request.action()).await?;
        if let Some(holder) = &held.holder {
            self.task.trace.by(holder.caller.id());
        }
        Ok(serve::serve(self, &host, (&name, &image), request, held).await?)
    }

    /// Makes the session for a token request. Each name is judged by itself: hosted ones here,
    /// all others upstream. A credential of bhcr is never sent upstream, and releases are resolved
    /// for its holder as for anybody. Any other credential is a guest's on hosted names, so that an
    /// outage of the balena API never breaks a hosted pull.
    pub(super) async fn session_for(&self, request: &TokenRequest) -> Result<Session, Failure> {
        let is_for_releases = !matches!(request.credential, Some(Credential::Hosted(_)))
            && !request.names.iter().any(|name| is_hosted(name.as_str()));
        // A pull of releases does not even look at the bindings, so hosting costs it nothing.
        let host = if is_for_releases { None } else { Host::new(self) };
        let (hosted, releases) = split(&request.names, host.is_some());
        let (identity, upstream) = match (&request.credential, &host) {
            (None, _) => (None, self.gateway_token().filter(|_| !releases.is_empty())),
            (Some(Credential::Upstream(secret)), _) => {
                self.refuse_operator(secret)?;
                (None, Some(secret))
            }
            (Some(Credential::Hosted(presented)), Some(host)) => {
                let presented =
                    presented.as_ref().map_err(|reason| Box::<Refusal>::from(*reason))?;
                (Some(judge::identify(host, presented).await?), None)
            }
            (Some(Credential::Hosted(_)), None) => {
                return Err(Box::<Refusal>::from(BadCredential::Off).into());
            }
        };
        let is_hosted_alone = releases.is_empty() && (identity.is_some() || !hosted.is_empty());
        match host {
            Some(host) if is_hosted_alone => {
                let expires = token::expires(host.now(), identity.as_ref());
                let session = Session::without_grants(expires, Vec::new());
                self.with_hosted(&host, session, hosted, identity.as_ref()).await
            }
            Some(host) => {
                let session = self.of_releases(request, &releases, upstream).await?;
                self.with_hosted(&host, session, hosted, identity.as_ref()).await
            }
            None => self.of_releases(request, &releases, upstream).await,
        }
    }

    // The operator's secret has no checksum, so bhcr knows it by its text alone. A credential that
    // only contains it is refused as well, because otherwise the secret would reach the balena API.
    fn refuse_operator(&self, secret: &Secret) -> Result<(), Box<Refusal>> {
        let operator = self.task.deployment.config.admin_token.as_ref();
        match operator.is_some_and(|it| contains_operator(secret.expose(), it)) {
            true => Err(Unusable::Mistyped.into()),
            false => Ok(()),
        }
    }

    async fn of_releases(
        &self,
        request: &TokenRequest,
        names: &[Name],
        credential: Option<&Secret>,
    ) -> Result<Session, Failure> {
        let session = release_token::session(self, names, credential).await;
        match session {
            // The API refused the gateway's credential. Callers still get what everybody may pull.
            Err(Failure::WrongCredentials) if request.credential.is_none() => {
                self.task.trace.problem(format!("the API refuses {GATEWAY_TOKEN}"));
                release_token::session(self, names, None).await
            }
            session => session,
        }
    }

    async fn with_hosted(
        &self,
        host: &Host<'_, S>,
        session: Session,
        hosted: Vec<(Name, ImageName)>,
        identity: Option<&Identity>,
    ) -> Result<Session, Failure> {
        let (names, images): (Vec<_>, Vec<_>) = hosted.into_iter().unzip();
        let rights = token::rights(host, &images, identity).await?;
        let grants = names.into_iter().zip(rights);
        let grants = grants.map(|(name, rights)| Grant { name, right: Right::Hosted(rights) });
        let expires = token::expires(host.now(), identity);
        Ok(session.with_hosted(self.own, expires, grants.collect()))
    }

    /// Lets an access key through that came as a Bearer value for no name in particular. `None`
    /// if something else came.
    pub(super) async fn base_with_key(&self) -> Option<Result<(), Failure>> {
        let Authorization::Bearer(secret) = self.authorization() else { return None };
        let Some(Ok(Presented::Key(hash))) = Presented::recognize(None, &secret) else {
            return None;
        };
        let host = Host::new(self)?;
        Some(judge::bearer(&host, hash).await.map(drop).map_err(Failure::from))
    }

    // The rights that came with a request: those of a token, or those of an access key that was sent
    // as a Bearer value. The rights of such a key have not been read yet.
    async fn held(
        &self,
        host: &Host<'_, S>,
        name: &Name,
        image: &ImageName,
        action: Action,
    ) -> Result<Rights, Failure> {
        let refuse = |error| Refusal::Unauthenticated { action, image: image.clone(), error };
        let Authorization::Bearer(secret) = self.authorization() else {
            return Err(refuse(None).into());
        };
        let presented = Presented::recognize(None, &secret);
        if let Some(Ok(Presented::Key(hash))) = presented {
            let holder = Some(judge::bearer(host, hash).await?);
            return Ok(Rights { holder, actions: Actions::NONE, read_at: 0 });
        }
        match (self.session_in(secret.expose()), presented) {
            (Some(session), _) => match session.standing(name) {
                Standing::Hosted(rights) if session.is_hosted_at(self.own) => Ok(rights.clone()),
                // The token is of another deployment, or from when hosting was off.
                Standing::Hosted(_) | Standing::Pull(_) | Standing::Absent(_) => {
                    Err(refuse(Some(TokenError::Invalid)).into())
                }
                Standing::NotAsked => Err(refuse(Some(TokenError::InsufficientScope)).into()),
            },
            // One token in millions begins like a secret.
            (None, Some(Err(reason @ (Unusable::Mistyped | Unusable::NeedsClientId)))) => {
                Err(Box::<Refusal>::from(reason).into())
            }
            (None, None | Some(Ok(_))) => Err(refuse(Some(TokenError::Invalid)).into()),
        }
    }
}

// A name that begins with an account but is not the name of an image is neither hosted nor a
// release.
fn split(names: &[Name], hosting: bool) -> (Vec<(Name, ImageName)>, Vec<Name>) {
    let (mut hosted, mut releases) = (Vec::new(), Vec::new());
    for name in names {
        match ImageName::parse(name.as_str()) {
            Ok(image) if hosting => hosted.push((name.clone(), image)),
            Err(_) if hosting && is_hosted(name.as_str()) => {}
            Ok(_) | Err(_) => releases.push(name.clone()),
        }
    }
    (hosted, releases)
}
