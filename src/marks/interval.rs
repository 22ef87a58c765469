//! How often an isolate does what is only due now and then.

use std::sync::atomic::{AtomicU64, Ordering};

/// Lets a caller pass once in a while.
#[derive(Debug, Default)]
pub struct Interval(AtomicU64);

impl Interval {
    /// Whether `seconds` are over since somebody passed, or since somebody asked first. `now` is in
    /// seconds since 1970.
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
