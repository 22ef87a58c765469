//! Blobs: storage's redirect relayed, or the registry's stream handed through. A redirect that
//! says how long it is good for is relayed again, for the same blob, location and method.

use super::place::Place;
use super::pull::{self, Given, Granted};
use crate::answer::{Answer, Failure};
use crate::exchange::Exchange;
use crate::oci::digest::Digest;
use crate::oci::path::Path;
use crate::services::{Incoming, Services};
use crate::trace::Source;
use crate::upstream::{Fault, attempt, registry, signed_url};

const PASSED: [&str; 3] = ["range", "if-range", "if-none-match"];

/// Serves a blob.
///
/// # Errors
/// [`Failure`] where it is not there, or upstream could not serve.
pub(crate) async fn serve<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    digest: Digest,
) -> Result<Answer<S::Body>, Failure> {
    let Exchange { deployment, services, incoming, own, trace } = exchange;
    let place = Place::new(deployment, *services, granted.location);
    let method = incoming.method();
    if let Some((url, source)) = place.redirect(&method, digest).await
        // Another client may have come by another host.
        && registry::may_lead_to(&deployment.config, own, &url).is_ok()
    {
        trace.content(source);
        return Ok(Answer::redirect(&url));
    }
    let path = Path::Blob(granted.location.repository().clone(), digest);
    let call = pull::call(exchange, granted, method.clone(), &path, &PASSED);
    let reply = attempt::send(*services, trace, &call).await.map_err(Fault::from)?;
    trace.content(Source::Registry);
    match pull::given(exchange, granted, reply)? {
        Given::Content(reply) => Ok(Answer::relayed(reply)),
        Given::Nothing => Err(Failure::BlobUnknown),
        Given::Redirect(reply) => {
            let url = registry::redirect_target(&deployment.config, own, &reply)?;
            if let Some(expires) = signed_url::expiry(url) {
                place.learn_redirect(&method, digest, url, expires);
            }
            Ok(Answer::redirect(url))
        }
    }
}
