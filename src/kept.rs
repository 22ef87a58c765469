//! What upstream told, kept so that upstream need not be asked each time.
//!
//! One mechanism serves everything that is kept: releases, upstream tokens, tags, redirects and
//! manifests. A [`Policy`] says where a value lies, how long it serves, and what ends it. The age of
//! a value runs from the moment upstream told it, on every level that has it:
//!
//! ```text
//! told ──── refresh_after ──── fresh_for ──────────── + stale_for
//!    fresh         │     aging     │      expired          │   gone
//!    answers       │  answers, and │  upstream is asked    │  is not
//!                  │  is refreshed │  first; the value     │  used
//!                  │  afterwards   │  serves if that fails │
//! ```
//!
//! The way of a value: [`Kept::look_up`]; [`Kept::answer`] if it serves without upstream; otherwise
//! the room asks upstream and passes the result to [`Kept::settle`]; then [`Found::confirm`] keeps or
//! refreshes it, or [`Found::forget`] ends it.

pub mod levels;
pub mod policy;

use std::sync::Arc;

use self::levels::{Levels, Slot};
use self::policy::{Freshness, Policy};
use crate::exchange::Task;
use crate::fault::Fault;
use crate::services::Services;
use crate::trace::{Source, Trace};
use crate::upstream::api::Unserved;

/// What is kept under a policy's key.
pub struct Kept<P: Policy> {
    policy: P,
    newest: Option<(Slot<P::Value>, Source)>,
    freshness: Freshness,
    /// Whether there is, or may be, anything to forget.
    is_anything: bool,
}

/// A value that serves.
pub struct Found<P: Policy> {
    policy: P,
    slot: Slot<P::Value>,
    source: Source,
    then: Then,
    was_kept: bool,
}

/// What is to be done with a value when it is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Nothing,
    Keep,
    Refresh,
}

impl<P: Policy> Kept<P> {
    /// Looks a value up: in memory first, and on the shared level if the one in memory does not
    /// answer.
    pub async fn look_up<S: Services>(task: &Task<'_, S>, policy: P) -> Self {
        let levels = Levels::new(task.deployment, task.services, policy.level());
        let now = task.services.now();
        let remembered = levels.remembered::<P::Value>(policy.key());
        let remembered = remembered.map(|slot| (Slot::clone(&slot), Source::Memory));
        let is_enough = |slot: &Slot<P::Value>| {
            // A value that is never fresh is no fresher on another level.
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

    /// Whether a value answers without upstream.
    pub fn answers(&self) -> bool {
        self.freshness.answers()
    }

    /// The value, if it answers without upstream.
    ///
    /// # Errors
    /// What is kept, if it does not answer.
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

    /// The rules for it.
    pub fn policy(&self) -> &P {
        &self.policy
    }

    /// The rules alone.
    pub fn into_policy(self) -> P {
        self.policy
    }

    /// The value that answers, or serves if upstream cannot.
    pub fn usable(&self) -> Option<&Arc<P::Value>> {
        let newest = self.newest.as_ref().filter(|_| self.freshness != Freshness::Gone);
        newest.map(|(slot, _)| slot.value())
    }

    /// Takes in what upstream answered: its value, or the kept one if there was a fault.
    ///
    /// # Errors
    /// The [`Fault`], if nothing kept can serve instead.
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

    /// Ends the value on every level: upstream refused the caller.
    pub fn forget<S: Services>(&self, task: &Task<'_, S>) {
        if self.is_anything {
            self.policy.levels(task).forget(self.policy.key());
        }
    }
}

impl<P: Policy> Found<P> {
    /// The value.
    pub fn value(&self) -> &Arc<P::Value> {
        self.slot.value()
    }

    /// The rules for it.
    pub fn policy(&self) -> &P {
        &self.policy
    }

    /// Where the value came from.
    pub fn source(&self) -> Source {
        self.source
    }

    /// Upstream stands by the value: keeps it if it is new.
    pub fn keep<S: Services>(&self, task: &Task<'_, S>) {
        match (self.then, self.policy.is_shared(self.slot.value())) {
            (Then::Nothing | Then::Refresh, _) => {}
            (Then::Keep, true) => {
                let value = self.slot.value();
                let lifetime = self.policy.lifetime(value);
                self.policy.levels(task).keep(self.policy.key(), &self.slot, lifetime);
            }
            (Then::Keep, false) => {
                let levels = self.policy.levels(task);
                if self.was_kept {
                    levels.forget(self.policy.key());
                }
                levels.remember(self.policy.key(), &self.slot);
            }
        }
    }

    /// Upstream does not stand by the value any more: ends it on every level.
    pub fn forget<S: Services>(&self, task: &Task<'_, S>) {
        if self.was_kept {
            self.policy.levels(task).forget(self.policy.key());
        }
    }
}

impl<P: Policy + Clone + 'static> Found<P> {
    /// Upstream stands by the value: keeps it if it is new; if it is aging, looks after the answer
    /// whether the shared level has a fresh one, and asks upstream by `ask` if not.
    pub fn confirm<S: Services>(
        &self,
        task: &Task<'_, S>,
        ask: impl AsyncFnOnce(&Task<'_, S>) -> Result<P::Value, Unserved> + 'static,
    ) {
        self.keep(task);
        if self.then == Then::Refresh {
            self.refresh(task, ask);
        }
    }

    fn refresh<S: Services>(
        &self,
        task: &Task<'_, S>,
        ask: impl AsyncFnOnce(&Task<'_, S>) -> Result<P::Value, Unserved> + 'static,
    ) {
        let deployment = Arc::clone(task.deployment);
        let until = task.services.now() + 1 + deployment.config.deadline.as_secs();
        // One isolate refreshes one key once at a time. A refresh that died with its request must
        // not keep others from trying, so the mark has a deadline.
        if !deployment.marks.refreshes.begin(self.policy.key(), until, task.services.now()) {
            return;
        }
        let (policy, services) = (self.policy.clone(), task.services.clone());
        task.services.defer(async move {
            let trace = Trace::default();
            let task = Task { deployment: &deployment, services: &services, trace: &trace };
            renew(&task, &policy, ask).await;
            deployment.marks.refreshes.end(policy.key());
        });
    }
}

async fn renew<P: Policy + Clone, S: Services>(
    task: &Task<'_, S>,
    policy: &P,
    ask: impl AsyncFnOnce(&Task<'_, S>) -> Result<P::Value, Unserved>,
) {
    let levels = policy.levels(task);
    // Another isolate may have renewed the value a moment ago.
    let read = levels.read(policy.key(), |value| policy.is_genuine(value)).await;
    let stored: Option<Slot<P::Value>> = read.ok().flatten();
    if let Some(slot) = &stored
        && policy.freshness(slot.value(), task.services.now()) == Freshness::Fresh
    {
        return levels.remember(policy.key(), slot);
    }
    match ask(task).await {
        Ok(value) => {
            let slot = match &stored {
                Some(stored) => Slot::renewed(value, stored),
                None => Slot::new(value),
            };
            let source = P::ORIGIN;
            let policy = policy.clone();
            Found { policy, slot, source, then: Then::Keep, was_kept: true }.keep(task);
        }
        Err(Unserved::Refused) => levels.forget(policy.key()),
        // The kept value still serves until its time is over.
        Err(Unserved::Fault(fault)) => {
            task.trace.problem(format!("{} was not refreshed: {} {fault}", P::WHAT, P::ORIGIN));
            task.services.log(&task.trace.background_line("refresh"));
        }
    }
}
