//! The platform that an image is for, as its config says it.

use http::StatusCode;
use serde_json::Value;

use super::missed;
use crate::answer::Failure;
use crate::balena::architecture::Architecture;
use crate::exchange::Exchange;
use crate::fault::{Fault, Nonsense};
use crate::json;
use crate::oci::digest::Digest;
use crate::release::config::{self, Excerpt};
use crate::release::pull::Granted;
use crate::services::{Incoming, Services};

const EXCERPT: Excerpt = Excerpt { kind: "platform/1/", of: excerpt };
// The longest text of a platform, in bytes. Known ones have fewer than 20.
const MAX_TEXT: usize = 64;

/// The platform that a config or a descriptor says (OCI image specification, "Image Index"), as
/// `os/architecture[/variant]`. `None` if it is not known, as in attestations, or if a part of it is
/// no word.
pub(super) fn text(said: &Value) -> Option<String> {
    let mut parts = vec![json::text(said, "os").ok()?, json::text(said, "architecture").ok()?];
    parts.extend(json::optional_text(said, "variant").ok()?);
    let is_word = |part: &&str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let text = parts.join("/");
    let is_good = parts[0] != "unknown" && parts.iter().all(is_word) && text.len() <= MAX_TEXT;
    is_good.then_some(text)
}

/// The text of a platform as an index has it, in JSON. If an image does not say which variant of ARM
/// it is for, the index has the variant of the sibling's name. Otherwise a client would take an image
/// that its processor cannot run.
pub(super) fn written(text: &str, sibling: Architecture) -> String {
    let mut parts = text.split('/');
    let (os, architecture) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let by_name = || sibling.arm_variant().filter(|_| architecture == "arm");
    let variant = parts.next().or_else(by_name);
    let variant = variant.map(|it| format!(r#","variant":"{it}""#)).unwrap_or_default();
    format!(r#"{{"architecture":"{architecture}","os":"{os}"{variant}}}"#)
}

/// The text of the platform in the config with this digest. `None` if the config says none, or if it
/// is not there, is not what the digest says, or is too long to be read.
///
/// # Errors
/// [`Failure`] if upstream failed.
pub(super) async fn of<S: Services, I: Incoming>(
    exchange: &Exchange<'_, S, I>,
    granted: Granted<'_>,
    digest: Digest,
) -> Result<Option<String>, Failure> {
    let (task, part) = (&exchange.task, digest.to_string());
    if missed::is_noted(task, granted.location, &part) {
        return Ok(None);
    }
    match config::read(exchange, granted, digest, EXCERPT).await {
        Ok(text) => Ok((!text.is_empty()).then(|| text.to_string())),
        Err(
            Failure::BlobUnknown
            | Failure::Upstream(
                Fault::BodyTooLarge { .. }
                | Fault::Nonsense(Nonsense::Manifest(_))
                | Fault::Status(StatusCode::NOT_FOUND),
            ),
        ) => {
            missed::note(task, granted.location, &part);
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

// Empty if the config says no platform.
fn excerpt(config: &str) -> String {
    let said = json::tree(config.as_bytes()).ok();
    said.and_then(|said| text(&said)).unwrap_or_default()
}
