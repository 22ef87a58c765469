//! From a request to its answer.

mod gateway;
mod hosted;
mod open;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use futures_util::FutureExt;
use http::{Method, StatusCode};

use crate::answer::{Answer, Failure};
use crate::authorization::{Authorization, bearer};
use crate::balena::reference::{Slug, is_slug};
use crate::config::{Misconfigured, Tags};
use crate::deployment::Deployment;
use crate::exchange::{Exchange, Task};
use crate::hosted::manage;
use crate::oci::challenge::TokenError;
use crate::oci::name::Name;
use crate::origin::Origin;
use crate::pages;
use crate::release::listing::{self, blocks, releases};
use crate::release::select::{self, Choice, Target};
use crate::route::{self, Area, Item, Route};
use crate::services::{Incoming, Services};
use crate::session::{Absence, Asker, MAX_TOKEN, Session, Standing, TokenTooLong};
use crate::token::{self, TokenRequest};
use crate::trace::Trace;

const MAX_FORM: usize = 16 * 1024;

/// Answers a request. If the settings make no sense, there is no deployment, and only the
/// pages that answer everybody say more than that.
pub async fn handle<S: Services, I: Incoming<Body = S::Body>>(
    deployment: &Result<Arc<Deployment>, Vec<Misconfigured>>,
    services: &S,
    incoming: &I,
) -> Answer<S::Body> {
    let misplaced = gateway::misplaced(deployment, incoming).map(Err);
    let deployment = misplaced.as_ref().unwrap_or(deployment);
    let (began, trace, request_id) = (services.now_ms(), Trace::default(), request_id());
    let (origin, target) = route::split_url(incoming.url());
    let known = own_origin(deployment, origin);
    let host_is_known = known.is_some();
    let own = known.unwrap_or_else(Origin::unknown);
    let route = route_of(services, incoming, target);
    let (label, by_tag, is_page) = (route.label(), route.is_by_tag(), route.is_page());

    let answered = match (deployment, route) {
        (Err(problems), Route::Open(page)) => {
            Ok(open::answer(page, problems, services, incoming).await)
        }
        (Err(problems), _) => Err(Failure::Misconfigured(problems.clone())),
        (Ok(_), route) if !host_is_known && !matches!(route, Route::Open(_)) => Err(Failure::Host),
        (Ok(deployment), route) => {
            let task = Task { deployment, services, trace: &trace };
            let exchange = Exchange { task, incoming, own: &own };
            exchange.serve(route).await
        }
    };
    let answer = answered.unwrap_or_else(|failure| {
        failure.problem().into_iter().for_each(|problem| trace.problem(problem));
        match is_page && pages::is_for_people(incoming) {
            true => pages::failure(&failure, &own),
            false => failure.answer(&own, by_tag),
        }
    });
    let answer = if is_page { answer.with("vary", "accept") } else { answer };

    // The client may still be sending the body that is refused.
    let has_body = !matches!(incoming.method(), Method::GET | Method::HEAD);
    if has_body && !answer.status.is_success() {
        incoming.drain().await;
    }
    let ms = services.now_ms().saturating_sub(began);
    // A client that is answered at once is still there, and asking costs a crossing.
    if ms > 0 && incoming.is_aborted() {
        trace.aborted();
    }
    services.log(&trace.log_line(&request_id, label, answer.status.as_u16(), ms));
    let answer = answer.with("x-content-type-options", "nosniff").with("x-request-id", request_id);
    in_area(answer, route::area(target), &trace, ms)
}

// The origin by which clients know this deployment. `None` if neither the settings nor the request
// have a valid one.
fn own_origin(
    deployment: &Result<Arc<Deployment>, Vec<Misconfigured>>,
    asked: &str,
) -> Option<Origin> {
    let public = deployment.as_ref().ok().and_then(|it| it.config.public_origin.clone());
    public.or_else(|| Origin::parse(asked).ok())
}

// Without the bindings of hosting, all names are those of releases.
fn route_of<'a, S: Services, I: Incoming>(
    services: &S,
    incoming: &I,
    target: &'a str,
) -> Route<'a> {
    match Route::parse(&incoming.method(), target) {
        route if route.is_hosted() && services.hosting().is_none() => {
            Route::of_release(&incoming.method(), target)
        }
        route => route,
    }
}

// The headers that all answers of an area have.
fn in_area<B>(answer: Answer<B>, area: Area, trace: &Trace, ms: u64) -> Answer<B> {
    match area {
        Area::Registry => answer
            .with("docker-distribution-api-version", "registry/2.0")
            .with("server-timing", trace.server_timing(ms)),
        Area::Tokens => answer.with("server-timing", trace.server_timing(ms)),
        Area::Elsewhere => answer,
    }
}

impl<S: Services, I: Incoming<Body = S::Body>> Exchange<'_, S, I> {
    async fn serve(&self, route: Route<'_>) -> Result<Answer<S::Body>, Failure> {
        match route {
            Route::Open(page) => {
                Ok(open::answer(page, &[], self.task.services, self.incoming).await)
            }
            Route::TokenQuery(query) => {
                self.token(TokenRequest::from_query(query, self.authorization())?).await
            }
            Route::TokenForm => {
                let form = self.incoming.body(MAX_FORM).await.map_err(Failure::Form)?;
                self.token(TokenRequest::from_form(&form, self.authorization())?).await
            }
            Route::Base => {
                match self.base_with_key().await {
                    Some(answered) => answered?,
                    None => self.session(None).map(drop)?,
                }
                Ok(Answer::json(StatusCode::OK, "{}"))
            }
            Route::Catalog(query) => blocks::list(self, query).await,
            Route::Pull(name, item) => {
                self.task.trace.name(name.as_str());
                let session = self.session(Some(&name))?;
                if let Item::Tags { query } = &item
                    && let Ok(slug) = Slug::parse(name.as_str())
                {
                    return self.releases(&session, &name, &slug, query).await;
                }
                self.pull(&session, &name, item).await
            }
            Route::Hosted(name, image, request) => self.hosted(name, image, request).await,
            Route::Manage(operation, query) => {
                Ok(manage::serve::serve(self, operation, query).await?)
            }
            // In a box of its own, so that the future of a pull reserves no space for a page.
            Route::Page(page) => pages::serve(self, page).boxed_local().await,
            Route::Refused(failure) => Err(failure),
        }
    }

    async fn pull(
        &self,
        session: &Session,
        name: &Name,
        item: Item<'_>,
    ) -> Result<Answer<S::Body>, Failure> {
        let selects = self.task.deployment.config.tags == Tags::Select && is_slug(name);
        let granted = match session.standing(name) {
            // What its tags have selected is served by digest for as long as the token lives.
            Standing::Absent(absent) if selects => Err(Failure::Absent(absent.clone().into())),
            _ => self.granted(session, name),
        };
        let now = || self.task.services.now();
        let choice = Choice::new(name, granted, selects.then(|| session.asker()))?;
        match item {
            Item::Manifest(reference) => select::manifest(self, &choice, reference).await,
            Item::Blob(digest) => select::blob(self, &choice, digest).await,
            Item::Tags { query } => choice.target(now()).map(|_| listing::tags(name, query)),
            Item::Referrers { query } => choice.target(now()).map(|_| listing::referrers(query)),
        }
    }

    // An application of several services is listed, too. Its name alone gives no image, but the
    // token endpoint has checked the right to one of its images. An application without a target is
    // listed as well, if the token names releases of it to this caller.
    async fn releases(
        &self,
        session: &Session,
        name: &Name,
        slug: &Slug,
        query: &str,
    ) -> Result<Answer<S::Body>, Failure> {
        let has_target = match self.granted(session, name) {
            Ok(_) => true,
            Err(Failure::Absent(absent)) => match absent.why {
                Absence::PickService(_) => true,
                Absence::NewestAre(_) => false,
                Absence::NotFound | Absence::Ambiguous(_) | Absence::Unavailable(_) => {
                    return Err(Failure::Absent(absent));
                }
            },
            Err(other) => return Err(other),
        };
        // A guest would be told that a private application has no releases.
        if matches!(session.asker(), Asker::Untold) {
            return Err(Failure::TokenTooLong(TokenTooLong { limit: MAX_TOKEN }));
        }
        releases::list(self, (name, slug), has_target, session.credential(), query).await
    }

    async fn token(&self, request: TokenRequest) -> Result<Answer<S::Body>, Failure> {
        request.names.iter().for_each(|name| self.task.trace.name(name.as_str()));
        let session = self.session_for(&request).await?;
        let expires = session.expires();
        let token = session.seal(&self.task.deployment.keys)?;
        let body = token::answer(&token, self.task.services.now(), expires);
        Ok(Answer::json(StatusCode::OK, body))
    }

    // The token of a request that is for `name`, or for no name in particular.
    fn session(&self, name: Option<&Name>) -> Result<Arc<Session>, Failure> {
        let refuse = |error| Failure::Unauthenticated { name: name.cloned(), error };
        let header = self.incoming.header("authorization");
        let token = header.as_deref().and_then(bearer).ok_or_else(|| refuse(None))?;
        self.session_in(token).ok_or_else(|| refuse(Some(TokenError::Invalid)))
    }

    fn session_in(&self, token: &str) -> Option<Arc<Session>> {
        let Deployment { memory, keys, .. } = &**self.task.deployment;
        Session::recall(token, memory, keys, self.task.services.now())
    }

    fn granted<'a>(&self, session: &'a Session, name: &'a Name) -> Result<Target<'a>, Failure> {
        let refuse = |error| Failure::Unauthenticated { name: Some(name.clone()), error };
        match session.standing(name) {
            Standing::Pull(pull) => Ok(Target::new(name, pull)),
            // The token is from when hosting was on.
            Standing::Hosted(_) => Err(refuse(Some(TokenError::Invalid))),
            // The name may mean something by now, so the client must ask for a new token.
            Standing::Absent(absent) if absent.until <= self.task.services.now() => {
                Err(refuse(Some(TokenError::Invalid)))
            }
            Standing::Absent(absent) => Err(Failure::Absent(absent.clone().into())),
            Standing::NotAsked => Err(refuse(Some(TokenError::InsufficientScope))),
        }
    }

    fn authorization(&self) -> Authorization {
        Authorization::parse(self.incoming.header("authorization").as_deref())
    }
}

// An id must only be unique. The first one is random. Each one after it is larger by the same odd
// number, so that none comes twice: to make each of them random would cost a call.
fn request_id() -> String {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    static NEXT: OnceLock<AtomicU64> = OnceLock::new();
    let next = NEXT.get_or_init(|| {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).expect("the platform has randomness");
        AtomicU64::new(u64::from_be_bytes(bytes))
    });
    base16ct::lower::encode_string(&next.fetch_add(STEP, Ordering::Relaxed).to_be_bytes())
}
