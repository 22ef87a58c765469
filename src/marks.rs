//! Marks of safety: what an isolate must not forget while requests fill its memory. Back-off,
//! refreshes and refusals each have a bounded map of their own: in a shared one, an attacker could
//! push a mark out with junk requests.

pub mod back_off;
pub mod interval;
pub mod refreshes;
pub mod refusals;

use self::back_off::BackOff;
use self::interval::Interval;
use self::refreshes::Refreshes;
use self::refusals::Refusals;

/// The marks of an isolate.
#[derive(Debug, Default)]
pub struct Marks {
    /// The parts of upstream that are not called for a while.
    pub back_off: BackOff,
    /// The refreshes that are running.
    pub refreshes: Refreshes,
    /// The locations that upstream refused, and when.
    pub refusals: Refusals,
    /// How often pushes look whether collection is overdue.
    pub upkeep: Interval,
}
