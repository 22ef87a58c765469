//! Silence: who of upstream let a deadline pass just now, as far as this isolate knows.
//!
//! Whoever has something to fall back to does not wait there again at once: docker gives a token
//! some 15 seconds, and one deadline after another would use them up.

use std::sync::Arc;

use super::Fault;
use crate::deployment::Deployment;
use crate::services::{NoReply, Reply, Services};

// For how many times as long as a call may take nobody waits who need not.
const DEADLINES: u32 = 3;

/// Who is asked. One of them may be silent while another answers, a revoked right say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The balena API, for a release.
    Releases,
    /// The balena API, for a token.
    Tokens,
    /// The registry.
    Registry,
}

/// Whether `part` is to be asked by who can do without: not for three deadlines after a silence.
/// Then one asks for all, and the others are spared for as long again.
///
/// # Errors
/// [`Fault::Deadline`] where it is not.
pub fn check<S: Services>(deployment: &Deployment, services: &S, part: Part) -> Result<(), Fault> {
    let Some(until) = deployment.memory.get::<u64>(part.key()) else { return Ok(()) };
    if services.now_ms() < *until {
        return Err(Fault::Deadline);
    }
    note(deployment, services, part);
    Ok(())
}

/// Notes what became of a call to `part`. Whatever else it was ends a silence, a connection that
/// broke off too.
pub fn learn<S: Services, B>(
    deployment: &Deployment,
    services: &S,
    part: Part,
    reply: &Result<Reply<B>, NoReply>,
) {
    match reply {
        Err(NoReply::Deadline) => note(deployment, services, part),
        _ => deployment.memory.forget(part.key()),
    }
}

fn note<S: Services>(deployment: &Deployment, services: &S, part: Part) {
    let spared = deployment.config.deadline * DEADLINES;
    let until = services.now_ms() + spared.as_millis() as u64;
    deployment.memory.put(part.key(), Arc::new(until), size_of::<u64>());
}

impl Part {
    fn key(self) -> &'static str {
        match self {
            Self::Releases => "silent/releases",
            Self::Tokens => "silent/tokens",
            Self::Registry => "silent/registry",
        }
    }
}
