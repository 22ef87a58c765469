//! Refusals: when upstream last refused a location, as far as this isolate knows. A value from
//! before a refusal is not used again, even if a store still has it.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::balena::location::Location;

/// The most locations whose refusals are remembered one by one.
pub const CAPACITY: NonZeroUsize = NonZeroUsize::new(1024).expect("it is not zero");

/// The refusals of an isolate, in a bounded map of their own. In a map that other requests fill, an
/// attacker could push a refusal out with junk requests, and get the refused token again.
#[derive(Debug)]
pub struct Refusals(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    /// By the location's text, so that no map is compiled for locations alone.
    last: LruCache<String, u64>,
    /// The latest refusal that was pushed out. Every location counts as refused at that time.
    any: Option<u64>,
}

impl Default for Refusals {
    fn default() -> Self {
        Self(Mutex::new(Inner { last: LruCache::new(CAPACITY), any: None }))
    }
}

impl Refusals {
    /// Notes that upstream refused `location` at `now` (seconds since 1970).
    pub fn note(&self, location: &Location, now: u64) {
        let inner = &mut *self.inner();
        if let Some((pushed, at)) = inner.last.push(location.as_str().to_owned(), now)
            && pushed != location.as_str()
        {
            inner.any = inner.any.max(Some(at));
        }
    }

    /// Whether upstream refused `location` at `told_at` (seconds since 1970) or later.
    pub fn since(&self, location: &Location, told_at: u64) -> bool {
        let inner = self.inner();
        inner.last.peek(location.as_str()).copied().max(inner.any).is_some_and(|at| told_at <= at)
    }

    // No code that holds the lock can panic.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
