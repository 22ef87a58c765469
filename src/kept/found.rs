//! A value that may be used, and what becomes of it afterwards: it is kept, refreshed or removed.

use std::sync::Arc;

use super::levels::Slot;
use super::policy::{Freshness, Policy};
use crate::exchange::Task;
use crate::services::Services;
use crate::trace::{Source, Trace};
use crate::upstream::api::Unserved;

/// A value that may be used.
pub struct Found<P: Policy> {
    pub(super) policy: P,
    pub(super) slot: Slot<P::Value>,
    pub(super) source: Source,
    pub(super) then: Then,
    /// Whether any level has a value, or may have one.
    pub(super) was_kept: bool,
}

/// What [`Found::confirm`] does with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Nothing,
    Keep,
    Refresh,
}

impl<P: Policy> Found<P> {
    /// The value.
    pub fn value(&self) -> &Arc<P::Value> {
        self.slot.value()
    }

    /// The policy of the value.
    pub fn policy(&self) -> &P {
        &self.policy
    }

    /// Where the value came from.
    pub fn source(&self) -> Source {
        self.source
    }

    /// Keeps the value if it is new. Call it when upstream has confirmed the value.
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

    /// Removes the value on every level. Call it when upstream does not confirm the value any more.
    pub fn forget<S: Services>(&self, task: &Task<'_, S>) {
        if self.was_kept {
            self.policy.levels(task).forget(self.policy.key());
        }
    }
}

impl<P: Policy + Clone + 'static> Found<P> {
    /// As [`Self::keep`], and refreshes an aging value after the answer: from the shared level, or
    /// by `ask` if that has no fresh value.
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
        let until = task.services.now() + 1 + deployment.config.numbers.deadline.as_secs();
        // An isolate runs one refresh of a key at a time. The mark has a deadline, because a
        // refresh can end with its request, and others must then be able to try.
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
        // The kept value may still be used until its time is over.
        Err(Unserved::Fault(fault)) => {
            task.trace.problem(format!("{} was not refreshed: {} {fault}", P::WHAT, P::ORIGIN));
            task.services.log(&task.trace.background_line("refresh"));
        }
    }
}
