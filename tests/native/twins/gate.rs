//! Where the calls to a twin stop: a test ends the caller there, fails the call, or lets another
//! caller go first.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

/// What every call to a twin passes. A call has two sides: one before it takes effect, and one
/// after that, before its answer comes. A clone is the same gate.
#[derive(Clone, Default)]
pub struct Gate(Rc<State>);

#[derive(Default)]
struct State {
    calls: Cell<usize>,
    stops: Cell<bool>,
    failing_side: Cell<Option<usize>>,
}

/// The call was told to fail.
pub struct Failed;

impl Gate {
    /// How many calls came.
    pub fn calls(&self) -> usize {
        self.0.calls.get()
    }

    /// Whether each call stops at both of its sides, until it is polled again.
    pub fn stop(&self, stops: bool) {
        self.0.stops.set(stops);
    }

    /// The side after `sides` more of them fails, once. A call that fails on its first side has no
    /// effect; on its second side it has, and only its answer is lost.
    pub fn fail_after(&self, sides: usize) {
        self.0.failing_side.set(Some(sides));
    }

    /// No side fails any more. Whether one was still to fail.
    pub fn heal(&self) -> bool {
        self.0.failing_side.take().is_some()
    }

    /// Makes a call, whose effect is `act`.
    pub async fn pass<T>(&self, act: impl FnOnce() -> T) -> Result<T, Failed> {
        self.0.calls.set(self.calls() + 1);
        self.side().await?;
        let done = act();
        self.side().await?;
        Ok(done)
    }

    async fn side(&self) -> Result<(), Failed> {
        if self.0.stops.get() {
            stop().await;
        }
        match self.0.failing_side.get() {
            Some(0) => {
                self.heal();
                Err(Failed)
            }
            left => {
                self.0.failing_side.set(left.map(|left| left - 1));
                Ok(())
            }
        }
    }
}

// Ready when it is polled a second time.
async fn stop() {
    let mut stopped = false;
    poll_fn(|context| match std::mem::replace(&mut stopped, true) {
        true => Poll::Ready(()),
        false => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}
