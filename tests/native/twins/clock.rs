//! A clock that tests move.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A clock that stands still until it is moved, in milliseconds since 1970. SQLite asks it too,
/// and takes only what may cross to another thread.
#[derive(Clone, Debug, Default)]
pub struct MemoryClock(Arc<AtomicU64>);

impl MemoryClock {
    /// A clock that stands at `now`, in seconds since 1970.
    pub fn at(now: u64) -> Self {
        Self(Arc::new(AtomicU64::new(now * 1000)))
    }

    /// The time, in seconds since 1970.
    pub fn now(&self) -> u64 {
        self.now_ms() / 1000
    }

    /// Moves the clock forward by some seconds.
    pub fn advance(&self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    /// Moves the clock forward.
    pub fn pass(&self, time: Duration) {
        self.0.fetch_add(time.as_millis() as u64, Ordering::Relaxed);
    }

    /// The time, in milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
