//! Whether something is due that an isolate does once in a while.

use std::sync::atomic::{AtomicU64, Ordering};

/// The time before which nothing is due, in seconds since 1970. 0 if nobody has asked yet.
#[derive(Debug, Default)]
pub struct Interval(AtomicU64);

impl Interval {
    /// Whether `seconds` are over since this was last true, or since the first call if it never
    /// was. `now` is in seconds since 1970.
    pub fn is_over(&self, seconds: u64, now: u64) -> bool {
        let due = self.0.load(Ordering::Relaxed);
        let is_first = due == 0;
        if !is_first && now < due {
            return false;
        }
        self.0.store(now + seconds, Ordering::Relaxed);
        !is_first
    }
}
