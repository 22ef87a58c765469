//! Back-off: which parts of upstream are to be left alone, and until when.
//!
//! | What a part did | Who leaves it alone | For how long |
//! |---|---|---|
//! | asked for fewer requests (429) | every caller | as long as it says, at most an hour; 10 s if it does not say |
//! | let a deadline pass | callers that have a kept answer | three deadlines |
//! | answered 5xx, or was not reached | callers that have a kept answer | 1 s, doubled each time that it still does so then, at most 30 s |
//!
//! After that time one caller asks for all; the others wait for its result as long again. Any other
//! answer ends the back-off.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::fault::Fault;

/// How long a part that asks for fewer requests is left alone if it does not say, in seconds.
pub const DEFAULT_RETRY_AFTER: u32 = 10;
// A part could say a year, by mistake or on purpose.
const MAX_RETRY_AFTER: u32 = 3600;
const DEADLINES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// A part of upstream that can fail while the others answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The balena API, when it is asked for releases.
    Releases,
    /// The balena API, when it is asked for tokens.
    Tokens,
    /// The registry.
    Registry,
}

impl Part {
    /// Every part, in the order of [`Self::index`].
    pub const ALL: [Self; 3] = [Self::Releases, Self::Tokens, Self::Registry];

    /// The part's place in [`Self::ALL`].
    pub fn index(self) -> usize {
        match self {
            Self::Releases => 0,
            Self::Tokens => 1,
            Self::Registry => 2,
        }
    }
}

/// What this isolate knows of failing upstreams. One entry for each [`Part`], so it cannot grow.
#[derive(Debug, Default)]
pub struct BackOff(Mutex<[Option<Trouble>; Part::ALL.len()]>);

#[derive(Clone, Debug)]
struct Trouble {
    fault: Fault,
    failures: u32,
    pause: Duration,
    until_ms: u64,
}

impl BackOff {
    /// Whether `part` may be asked at `now_ms` (milliseconds since 1970) by a caller that has a
    /// kept answer to fall back to, or has none.
    ///
    /// # Errors
    /// The [`Fault`] that the part is left alone for.
    pub fn check(&self, part: Part, has_fallback: bool, now_ms: u64) -> Result<(), Fault> {
        let troubles = &mut *self.troubles();
        let Some(trouble) = &mut troubles[part.index()] else { return Ok(()) };
        if now_ms < trouble.until_ms {
            return match (trouble.remaining(now_ms), has_fallback) {
                (fault @ Fault::TooManyRequests { .. }, _) | (fault, true) => Err(fault),
                (_, false) => Ok(()),
            };
        }
        // This caller asks for all. Only such a caller counts as one more failure: calls that were
        // under way together fail together.
        trouble.failures += 1;
        trouble.until_ms = now_ms + millis(trouble.pause);
        Ok(())
    }

    /// Whether the last call to `part` failed.
    pub fn is_failing(&self, part: Part) -> bool {
        self.troubles()[part.index()].is_some()
    }

    /// Notes the result of a call to `part` that could take `deadline`.
    pub fn learn(&self, part: Part, result: Result<(), Fault>, deadline: Duration, now_ms: u64) {
        let trouble = &mut self.troubles()[part.index()];
        *trouble = result.err().and_then(|fault| {
            let failures = trouble.as_ref().map_or(1, |trouble| trouble.failures);
            let pause = pause(&fault, failures, deadline)?;
            Some(Trouble { fault, failures, pause, until_ms: now_ms + millis(pause) })
        });
    }

    // No code that holds the lock can panic.
    fn troubles(&self) -> MutexGuard<'_, [Option<Trouble>; Part::ALL.len()]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trouble {
    // The fault, with the time that is left of it.
    fn remaining(&self, now_ms: u64) -> Fault {
        match &self.fault {
            Fault::TooManyRequests { .. } => {
                let seconds = self.until_ms.saturating_sub(now_ms).div_ceil(1000);
                Fault::TooManyRequests { retry_after: u32::try_from(seconds).ok() }
            }
            fault => fault.clone(),
        }
    }
}

// `None` for a fault that says nothing of the next call.
fn pause(fault: &Fault, failures: u32, deadline: Duration) -> Option<Duration> {
    match fault {
        Fault::TooManyRequests { retry_after } => {
            let seconds = retry_after.unwrap_or(DEFAULT_RETRY_AFTER).clamp(1, MAX_RETRY_AFTER);
            Some(Duration::from_secs(seconds.into()))
        }
        Fault::Deadline => Some(deadline * DEADLINES),
        Fault::Status(status) if !status.is_server_error() => None,
        Fault::Status(_) | Fault::Unreachable { .. } => {
            let doubled = FIRST_PAUSE * 2u32.saturating_pow((failures - 1).min(8));
            Some(doubled.min(MAX_PAUSE))
        }
        Fault::BodyTooLarge { .. } | Fault::Nonsense(_) => None,
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
