//! Answers of upstream are kept, so that bhcr does not have to ask each time.
//!
//! One mechanism keeps releases, upstream tokens, tags, redirects and manifests. A [`Policy`] says
//! where a value is stored, how long it may be used, and what ends it. The age of a value counts
//! from the moment upstream gave it, on every level:
//!
//! ```text
//! given ─── refresh_after ──── fresh_for ──────────── + stale_for
//!    fresh         │     aging     │      expired          │   gone
//!    is used       │  is used, and │  upstream is asked    │  is not
//!                  │  is refreshed │  first; the value is  │  used
//!                  │  afterwards   │  used if that fails   │
//! ```
//!
//! The order of calls: [`Kept::look_up`] finds a value, and [`Kept::answer`] gives it if it can be
//! used without upstream. Otherwise the caller asks upstream and passes the result to
//! [`Kept::settle`]. At the end [`Found::confirm`] keeps or refreshes the value, or
//! [`Found::forget`] removes it.

mod found;
pub mod levels;
pub mod policy;

use std::sync::Arc;

use self::found::Then;
use self::levels::{Levels, Slot};
use self::policy::{Freshness, Policy};
use crate::exchange::Task;
use crate::fault::Fault;
use crate::services::Services;
use crate::trace::Source;

pub use self::found::Found;

/// The result of a look-up: the newest value under a policy's key, if there is one.
pub struct Kept<P: Policy> {
    policy: P,
    newest: Option<(Slot<P::Value>, Source)>,
    freshness: Freshness,
    /// Whether any level has a value, or could not be read and may have one.
    is_anything: bool,
}

impl<P: Policy> Kept<P> {
    /// Looks a value up in memory, and then on the shared level if the value in memory cannot be
    /// used without upstream.
    pub async fn look_up<S: Services>(task: &Task<'_, S>, policy: P) -> Self {
        let levels = Levels::new(task.deployment, task.services, policy.level());
        let now = task.services.now();
        let remembered = levels.remembered::<P::Value>(policy.key());
        let remembered = remembered.map(|slot| (Slot::clone(&slot), Source::Memory));
        let is_enough = |slot: &Slot<P::Value>| {
            // If no value is ever fresh, the shared level cannot have a better one.
            policy.freshness(slot.value(), now).answers()
                || policy.lifetime(slot.value()).fresh_for == 0
        };
        if let Some((slot, _)) = &remembered
            && is_enough(slot)
        {
            return Self::new(policy, remembered, false, now);
        }
        let read = levels.read(policy.key(), |value| policy.is_genuine(value)).await;
        let may_be_more = match &read {
            Ok(stored) => stored.is_some(),
            Err(reason) => {
                task.trace.problem(reason.to_string());
                true
            }
        };
        let newest = match (remembered, read.ok().flatten()) {
            (Some((ours, source)), Some(stored)) if stored.is_older_than(&ours) => {
                Some((ours.stored_as(&stored), source))
            }
            (_, Some(stored)) => Some((stored, levels.source())),
            (ours, None) => ours,
        };
        Self::new(policy, newest, may_be_more, now)
    }

    fn new(
        policy: P,
        newest: Option<(Slot<P::Value>, Source)>,
        may_be_more: bool,
        now: u64,
    ) -> Self {
        let freshness = newest
            .as_ref()
            .map_or(Freshness::Gone, |(slot, _)| policy.freshness(slot.value(), now));
        let is_anything = newest.is_some() || may_be_more;
        Self { policy, newest, freshness, is_anything }
    }

    /// Whether the value can be used without asking upstream.
    pub fn answers(&self) -> bool {
        self.freshness.answers()
    }

    /// Whether no level has a value, not even one that is too old to be used.
    pub fn is_nothing(&self) -> bool {
        !self.is_anything
    }

    /// The value, if it can be used without asking upstream.
    ///
    /// # Errors
    /// The look-up itself, if upstream must be asked first.
    pub fn answer(self) -> Result<Found<P>, Self> {
        let then = match self.freshness {
            Freshness::Fresh => Then::Nothing,
            Freshness::Aging => Then::Refresh,
            Freshness::Expired | Freshness::Gone => return Err(self),
        };
        match self.newest {
            Some((slot, source)) => {
                Ok(Found { policy: self.policy, slot, source, then, was_kept: true })
            }
            None => Err(self),
        }
    }

    /// The policy of the value.
    pub fn policy(&self) -> &P {
        &self.policy
    }

    /// The policy, without the value.
    pub fn into_policy(self) -> P {
        self.policy
    }

    /// The value, if it can be used now or if upstream fails.
    pub fn usable(&self) -> Option<&Arc<P::Value>> {
        let newest = self.newest.as_ref().filter(|_| self.freshness != Freshness::Gone);
        newest.map(|(slot, _)| slot.value())
    }

    /// Takes the result of asking upstream: the new value, or the kept one if upstream failed.
    ///
    /// # Errors
    /// The [`Fault`], if there is no kept value to use instead.
    pub fn settle<S: Services>(
        self,
        task: &Task<'_, S>,
        asked: Result<P::Value, Fault>,
    ) -> Result<Found<P>, Fault> {
        let policy = self.policy;
        let kept = self.newest.filter(|_| self.freshness != Freshness::Gone).map(|(slot, _)| slot);
        match (asked, kept) {
            (Ok(value), kept) => {
                let slot = match &kept {
                    Some(kept) => Slot::renewed(value, kept),
                    None => Slot::new(value),
                };
                let (source, then) = (P::ORIGIN, Then::Keep);
                Ok(Found { policy, slot, source, then, was_kept: self.is_anything })
            }
            (Err(fault), Some(slot)) => {
                task.trace.problem(format!(
                    "{} is served past its time: {} {fault}",
                    P::WHAT,
                    P::ORIGIN
                ));
                let (source, then) = (Source::Stale, Then::Nothing);
                Ok(Found { policy, slot, source, then, was_kept: true })
            }
            (Err(fault), None) => Err(fault),
        }
    }

    /// Removes the value on every level, because upstream refused the caller.
    pub fn forget<S: Services>(&self, task: &Task<'_, S>) {
        if self.is_anything {
            self.policy.levels(task).forget(self.policy.key());
        }
    }
}
