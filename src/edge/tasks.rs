//! Tasks: futures that wait for promises of JavaScript. A promise that settles runs the task that
//! waits for it at once. The executor of `wasm-bindgen` would make two closures and a microtask for
//! each promise, and one more promise with two closures for each task.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::runtime;

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(0) };
    static TASKS: RefCell<Numbered<(Task, Work)>> = const { RefCell::new(Numbered(Vec::new())) };
    /// The numbers of the tasks that are to run, in their order.
    static WOKEN: RefCell<VecDeque<u32>> = const { RefCell::new(VecDeque::new()) };
    static AWAITED: RefCell<Numbered<Awaited>> = const { RefCell::new(Numbered(Vec::new())) };
    static SETTLE: Closure<dyn Fn(u32, bool, JsValue)> = Closure::new(settle);
}

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// A future on its way.
pub(super) struct Task {
    number: u32,
    waker: Waker,
}

/// The number of a task that may be woken.
struct Number(u32);

/// A promise that is awaited.
enum Awaited {
    Pending(Option<Waker>),
    Settled(Result<JsValue, JsValue>),
}

/// Values by their numbers, sorted by them. A map of the library would make the Worker 2 kB larger.
struct Numbered<T>(Vec<(u32, T)>);

impl<T> Numbered<T> {
    fn add(&mut self, number: u32, value: T) {
        let (Ok(at) | Err(at)) = self.place(number);
        self.0.insert(at, (number, value));
    }

    fn find(&mut self, number: u32) -> Option<&mut T> {
        let at = self.place(number).ok()?;
        Some(&mut self.0[at].1)
    }

    fn take(&mut self, number: u32) -> Option<T> {
        let at = self.place(number).ok()?;
        Some(self.0.remove(at).1)
    }

    // Where the number is, or where it belongs.
    fn place(&self, number: u32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&number, |(it, _)| *it)
    }
}

/// What a promise comes to.
pub(super) struct Outcome(u32);

impl Outcome {
    /// Awaits a promise.
    pub(super) fn of(promise: &Promise) -> Self {
        let number = next();
        AWAITED.with_borrow_mut(|awaited| awaited.add(number, Awaited::Pending(None)));
        SETTLE.with(|settle| runtime::follow(promise, number, settle));
        Self(number)
    }
}

impl Future for Outcome {
    type Output = Result<JsValue, JsValue>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        AWAITED.with_borrow_mut(|awaited| {
            if let Some(Awaited::Pending(waker)) = awaited.find(self.0) {
                *waker = Some(context.waker().clone());
                return Poll::Pending;
            }
            match awaited.take(self.0) {
                Some(Awaited::Settled(outcome)) => Poll::Ready(outcome),
                Some(Awaited::Pending(_)) | None => Poll::Pending,
            }
        })
    }
}

impl Drop for Outcome {
    fn drop(&mut self) {
        drop(AWAITED.with_borrow_mut(|awaited| awaited.take(self.0)));
    }
}

fn settle(number: u32, is_fulfilled: bool, value: JsValue) {
    let outcome = if is_fulfilled { Ok(value) } else { Err(value) };
    let before = AWAITED.with_borrow_mut(|awaited| {
        let found = awaited.find(number)?;
        Some(mem::replace(found, Awaited::Settled(outcome)))
    });
    if let Some(Awaited::Pending(Some(waker))) = before {
        waker.wake();
    }
    run();
}

impl Task {
    /// A task that does nothing yet.
    pub(super) fn new() -> Self {
        let number = next();
        Self { number, waker: Waker::from(Arc::new(Number(number))) }
    }

    /// Runs a future until it waits or ends.
    pub(super) fn poll<F: Future + Unpin>(&self, future: &mut F) -> Poll<F::Output> {
        Pin::new(future).poll(&mut Context::from_waker(&self.waker))
    }

    /// Goes on with a future when the task is woken.
    pub(super) fn go_on(self, future: Work) {
        TASKS.with_borrow_mut(|tasks| tasks.add(self.number, (self, future)));
    }

    /// Marks the task as one that [`run`] runs.
    pub(super) fn wake(&self) {
        self.waker.wake_by_ref();
    }
}

impl Wake for Number {
    fn wake(self: Arc<Self>) {
        WOKEN.with_borrow_mut(|woken| woken.push_back(self.0));
    }
}

/// Runs the tasks that were woken. What JavaScript calls must end with this: otherwise a later
/// request would run them, whose events they cannot wait for.
pub(super) fn run() {
    while let Some(number) = WOKEN.with_borrow_mut(VecDeque::pop_front) {
        let woken = TASKS.with_borrow_mut(|tasks| tasks.take(number));
        if let Some((task, mut future)) = woken
            && task.poll(&mut future).is_pending()
        {
            task.go_on(future);
        }
    }
}

fn next() -> u32 {
    NEXT.replace(NEXT.get().wrapping_add(1))
}
