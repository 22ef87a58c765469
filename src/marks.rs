//! Marks of safety: what an isolate must not forget while others fill its memory. Each kind has a
//! bounded map of its own, because an attacker who fills a shared one could push a mark out.

pub mod back_off;
pub mod refreshes;
pub mod refusals;

use self::back_off::BackOff;
use self::refreshes::Refreshes;
use self::refusals::Refusals;

/// The marks of an isolate.
#[derive(Debug, Default)]
pub struct Marks {
    /// Which parts of upstream are to be left alone.
    pub back_off: BackOff,
    /// Which refreshes are under way.
    pub refreshes: Refreshes,
    /// When upstream refused which location.
    pub refusals: Refusals,
}
