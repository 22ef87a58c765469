//! Blobs: storage's redirect relayed, or the registry's stream handed through.

use super::pull::{self, Given, Granted};
use crate::answer::{Answer, Failure};
use crate::deployment::Exchange;
use crate::oci::digest::Digest;
use crate::oci::path::Path;
use crate::services::{Incoming, Services};
use crate::upstream::registry;

const PASSED: [&str; 3] = ["range", "if-range", "if-none-match"];

/// Serves a blob.
///
/// # Errors
/// [`Failure`] where it is not there, or upstream could not serve.
pub(crate) async fn serve<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    digest: Digest<'_>,
) -> Result<Answer<S::Body>, Failure> {
    let path = Path::Blob(granted.location.repository(), digest);
    match pull::ask(exchange, granted, path, &PASSED).await? {
        Given::Content(reply) => Ok(Answer::relayed(reply)),
        Given::Nothing => Err(Failure::BlobUnknown),
        Given::Redirect(reply) => {
            let config = &exchange.deployment.config;
            let target = registry::redirect_target(config, exchange.own, &reply)?;
            Ok(Answer::redirect(target))
        }
    }
}
