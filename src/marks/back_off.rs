//! Back-off: which parts of upstream are to be left alone, and until when.
//!
//! | What a part did | Who leaves it alone | For how long |
//! |---|---|---|
//! | asked for fewer requests (429) | every caller | as long as it says, at most an hour; 10 s if it does not say |
//! | took longer than the deadline | callers that have a kept value | three deadlines |
//! | answered 5xx, or could not be reached | callers that have a kept value | 1 s, doubled each time that the next try fails, too, at most 30 s |
//!
//! After that time one caller asks for all; the others leave the part alone for as long as that call
//! may take. Any other answer ends the back-off.
//!
//! A 429 to a call with a credential concerns this credential alone. Upstream may limit each user by
//! itself, and one user must not be able to close the API for everybody.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;

use crate::fault::Fault;

/// How long a part that asks for fewer requests is left alone if it does not say, in seconds.
pub const DEFAULT_RETRY_AFTER: u32 = 10;
// A part could say a year, by mistake or on purpose.
const MAX_RETRY_AFTER: u32 = 3600;
const DEADLINES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// A part of upstream. Each can fail while the others answer.
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

    /// The part in a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Releases => "releases",
            Self::Tokens => "tokens",
            Self::Registry => "registry",
        }
    }

    /// The part's place in [`Self::ALL`].
    pub fn index(self) -> usize {
        match self {
            Self::Releases => 0,
            Self::Tokens => 1,
            Self::Registry => 2,
        }
    }
}

// The most credentials whose limits are known. Past that the oldest limit is forgotten.
const MAX_LIMITS: NonZeroUsize = NonZeroUsize::new(1024).expect("it is not zero");

/// Who asks which part.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The part that is asked.
    pub part: Part,
    /// The keyed digest of the caller's credential and the part, if the call carries a credential.
    pub credential: Option<&'a str>,
    /// Whether the caller has a kept answer to fall back to.
    pub has_fallback: bool,
}

/// What this isolate knows of failing upstreams.
#[derive(Debug)]
pub struct BackOff(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    /// The trouble of each part, in the order of [`Part::ALL`].
    troubles: [Option<Trouble>; Part::ALL.len()],
    /// Until when a part limits a credential, in milliseconds since 1970.
    limits: LruCache<String, u64>,
}

#[derive(Clone, Debug)]
struct Trouble {
    fault: Fault,
    failures: u32,
    deadline: Duration,
    until_ms: u64,
}

impl Default for BackOff {
    fn default() -> Self {
        Self(Mutex::new(Inner { troubles: Default::default(), limits: LruCache::new(MAX_LIMITS) }))
    }
}

impl BackOff {
    /// Whether the part may be asked at `now_ms` (milliseconds since 1970).
    ///
    /// # Errors
    /// The [`Fault`] that the part is left alone for.
    pub fn check(&self, asker: Asker<'_>, now_ms: u64) -> Result<(), Fault> {
        let inner = &mut *self.inner();
        let limited = asker.credential.and_then(|it| inner.limits.get(it)).copied();
        if let Some(until_ms) = limited.filter(|until_ms| now_ms < *until_ms) {
            return Err(limit(until_ms, now_ms));
        }
        let Some(trouble) = &mut inner.troubles[asker.part.index()] else { return Ok(()) };
        if now_ms < trouble.until_ms {
            return match (&trouble.fault, asker.has_fallback) {
                (Fault::TooManyRequests { .. }, _) => Err(limit(trouble.until_ms, now_ms)),
                (fault, true) => Err(fault.clone()),
                (_, false) => Ok(()),
            };
        }
        // This caller asks for all. Only such a caller counts as one more failure: calls that were
        // under way together fail together. It may die without an answer, so it holds the others off
        // only for as long as its call may take.
        trouble.failures += 1;
        trouble.until_ms = now_ms + millis(trouble.deadline);
        Ok(())
    }

    /// Whether the last call to `part` failed.
    pub fn is_failing(&self, part: Part) -> bool {
        self.inner().troubles[part.index()].is_some()
    }

    /// Notes the result of a call that could take `deadline`.
    pub fn learn(
        &self,
        asker: Asker<'_>,
        result: Result<(), Fault>,
        deadline: Duration,
        now_ms: u64,
    ) {
        let inner = &mut *self.inner();
        let trouble = &mut inner.troubles[asker.part.index()];
        let failures = trouble.as_ref().map_or(1, |trouble| trouble.failures);
        let fault = match (result, asker.credential) {
            (Err(Fault::TooManyRequests { retry_after }), Some(credential)) => {
                inner.limits.put(credential.to_owned(), now_ms + millis(wait(retry_after)));
                return;
            }
            (result, _) => result.err(),
        };
        *trouble = fault.and_then(|fault| {
            let until_ms = now_ms + millis(pause(&fault, failures, deadline)?);
            Some(Trouble { fault, failures, deadline, until_ms })
        });
    }

    // No code that holds the lock can panic.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn limit(until_ms: u64, now_ms: u64) -> Fault {
    let seconds = until_ms.saturating_sub(now_ms).div_ceil(1000);
    Fault::TooManyRequests { retry_after: u32::try_from(seconds).ok() }
}

fn wait(retry_after: Option<u32>) -> Duration {
    let seconds = retry_after.unwrap_or(DEFAULT_RETRY_AFTER).clamp(1, MAX_RETRY_AFTER);
    Duration::from_secs(seconds.into())
}

// `None` for a fault that says nothing of the next call.
fn pause(fault: &Fault, failures: u32, deadline: Duration) -> Option<Duration> {
    match fault {
        Fault::TooManyRequests { retry_after } => Some(wait(*retry_after)),
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
