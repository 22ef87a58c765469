//! Back-off: which parts of upstream are not called for a while, and by whom.
//!
//! | What the part did | Who does not call it | For how long |
//! |---|---|---|
//! | asked for fewer requests (429) | every caller | as long as it says, at most an hour; 10 s if it does not say |
//! | took longer than the deadline | callers that have a kept value | three deadlines |
//! | answered 5xx, or could not be reached | callers that have a kept value | 1 s, doubled each time that the next try fails, too, at most 30 s |
//!
//! After that time, one caller tries again, and the others stay away for as long as its call may
//! take. Any other answer ends the back-off.
//!
//! A 429 to a call with a credential is for this credential only. Upstream may limit each user by
//! itself, and otherwise one user could close the API for everybody.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;

use crate::fault::Fault;

/// How long nobody calls a part that answered 429 without saying for how long, in seconds.
pub const DEFAULT_RETRY_AFTER: u32 = 10;
// A limit, because upstream could say a year by mistake or on purpose.
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
    /// Where the registry's redirects lead. bhcr itself reads only configs there.
    Storage,
}

impl Part {
    /// Every part, in the order of [`Self::index`].
    pub const ALL: [Self; 4] = [Self::Releases, Self::Tokens, Self::Registry, Self::Storage];

    /// The part as a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Releases => "releases",
            Self::Tokens => "tokens",
            Self::Registry => "registry",
            Self::Storage => "storage",
        }
    }

    /// The part's place in [`Self::ALL`].
    pub fn index(self) -> usize {
        match self {
            Self::Releases => 0,
            Self::Tokens => 1,
            Self::Registry => 2,
            Self::Storage => 3,
        }
    }
}

// The most credentials whose limits are remembered. One more removes the oldest limit.
const MAX_LIMITS: NonZeroUsize = NonZeroUsize::new(1024).expect("it is not zero");

/// The caller of a part.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The part that is called.
    pub part: Part,
    /// The keyed digest of the caller's credential and the part, if the call carries a credential.
    pub credential: Option<&'a str>,
    /// Whether the caller can use a kept value if the call fails.
    pub has_fallback: bool,
}

/// The parts of upstream that fail, as far as this isolate knows.
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
    /// Whether the part may be called at `now_ms` (milliseconds since 1970).
    ///
    /// # Errors
    /// The [`Fault`] because of which the part is in back-off.
    pub fn check(&self, asker: Asker<'_>, now_ms: u64) -> Result<(), Fault> {
        let inner = &mut *self.inner();
        let limited = asker.credential.and_then(|it| inner.limits.get(it)).copied();
        if let Some(until_ms) = limited.filter(|until_ms| now_ms < *until_ms) {
            return Err(limit(until_ms, now_ms));
        }
        let Some(trouble) = &mut inner.troubles[asker.part.index()] else { return Ok(()) };
        if now_ms < trouble.until_ms {
            return trouble.holds_off(asker.has_fallback, now_ms);
        }
        // This caller tries for all. Only such a try counts as one more failure, because calls that
        // run at the same time fail together. It may end without an answer, so the others stay away
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

impl Trouble {
    fn holds_off(&self, has_fallback: bool, now_ms: u64) -> Result<(), Fault> {
        match &self.fault {
            Fault::TooManyRequests { .. } => Err(limit(self.until_ms, now_ms)),
            // These faults may be over already, so a caller that has no kept value may try.
            Fault::Deadline
            | Fault::Unreachable { .. }
            | Fault::Status(_)
            | Fault::BodyTooLarge { .. }
            | Fault::Nonsense(_) => match has_fallback {
                true => Err(self.fault.clone()),
                false => Ok(()),
            },
        }
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

// `None` for a fault of a single call, which the next one may not have.
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
