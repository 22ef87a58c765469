//! What becomes of a request in the middle of it.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bhcr::hosted::upkeep;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::client::Service;
use crate::hosted::world::{Seen, World};
use crate::twins::MemoryRequest;

/// What becomes of a request at a side of a call that it makes.
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    /// The process is killed.
    Killed,
    /// The process is killed while a call is under way, which takes effect only after the client
    /// has tried again.
    KilledLate,
    /// The client goes away. What is deferred goes on.
    Gone,
    /// The database fails, before the batch takes effect or after that.
    DatabaseFails,
    /// The bucket fails, before the call takes effect or after that.
    ObjectsFail,
}

pub const FATES: [Fate; 5] =
    [Fate::Killed, Fate::KilledLate, Fate::Gone, Fate::DatabaseFails, Fate::ObjectsFail];

/// A registry that has a fate before it.
pub struct Fated {
    world: RefCell<World>,
    /// The fate, and how many sides of calls come before it.
    fate: Cell<Option<(Fate, usize)>>,
    /// What a process was doing when it was killed.
    under_way: RefCell<Option<LocalBoxFuture<'static, ()>>>,
}

impl Fated {
    pub fn new(world: World) -> Self {
        Self { world: RefCell::new(world), fate: Cell::new(None), under_way: RefCell::new(None) }
    }

    /// The registry as it is now.
    pub fn world(&self) -> std::cell::Ref<'_, World> {
        self.world.borrow()
    }

    /// Decides what will happen, after so many sides of calls.
    pub fn decide(&self, fate: Fate, sides: usize) {
        self.fate.set(Some((fate, sides)));
        match fate {
            Fate::DatabaseFails => self.world().database().gate().fail_after(sides),
            Fate::ObjectsFail => self.world().objects().gate().fail_after(sides),
            Fate::Killed | Fate::KilledLate | Fate::Gone => {}
        }
    }

    /// Whether what was decided has happened. Nothing more happens then.
    pub fn has_happened(&self) -> bool {
        self.heal();
        self.fate.take().is_none()
    }

    /// The visit of collection that a schedule causes; none where it was not completed.
    pub async fn housekeep(&self) -> Option<()> {
        self.run(|world| {
            let services = world.services.clone();
            async move { upkeep::run(&services).await }.boxed_local()
        })
    }

    /// Answers a request, in the middle of which something else happens: after so many sides of its
    /// calls. None where it has fewer.
    pub fn interrupted(
        &self,
        request: &MemoryRequest,
        sides: usize,
        meanwhile: impl FnOnce(),
    ) -> Option<Seen> {
        let mut work = self.world().answer(request);
        self.stop(true);
        let done = (0..=sides).find_map(|_| poll(&mut work));
        self.stop(false);
        if done.is_some() {
            return None;
        }
        meanwhile();
        Some(self.complete(work))
    }

    fn run<T: 'static>(
        &self,
        work: impl FnOnce(&World) -> LocalBoxFuture<'static, T>,
    ) -> Option<T> {
        let late = self.under_way.take();
        let work = work(&self.world());
        let done = match self.fate.get() {
            Some((fate @ (Fate::Killed | Fate::KilledLate | Fate::Gone), sides)) => {
                self.run_until(work, fate, sides)
            }
            Some(_) | None => Some(self.complete(work)),
        };
        late.into_iter().for_each(|late| self.take_effect(late));
        done
    }

    fn complete<T>(&self, work: LocalBoxFuture<'static, T>) -> T {
        let done = pollster::block_on(work);
        pollster::block_on(self.world().services.run_deferred());
        done
    }

    fn run_until<T: 'static>(
        &self,
        mut work: LocalBoxFuture<'static, T>,
        fate: Fate,
        sides: usize,
    ) -> Option<T> {
        self.stop(true);
        let mut left = (0..=sides).rev();
        let done = left.find_map(|left| Some((poll(&mut work)?, left)));
        self.stop(false);
        if let Some((done, left)) = done {
            self.fate.set(Some((fate, left)));
            pollster::block_on(self.world().services.run_deferred());
            return Some(done);
        }
        self.fate.set(None);
        match fate {
            Fate::Gone => {
                drop(work);
                pollster::block_on(self.world().services.run_deferred());
            }
            Fate::KilledLate => {
                self.restart();
                self.under_way.replace(Some(work.map(drop).boxed_local()));
            }
            Fate::Killed | Fate::DatabaseFails | Fate::ObjectsFail => self.restart(),
        }
        None
    }

    fn restart(&self) {
        let restarted = self.world().restarted();
        self.world.replace(restarted);
    }

    // The call takes effect; whoever made it is gone.
    fn take_effect(&self, mut late: LocalBoxFuture<'static, ()>) {
        self.stop(true);
        let _ = poll(&mut late);
        self.stop(false);
    }

    fn stop(&self, stops: bool) {
        self.world().database().gate().stop(stops);
        self.world().objects().gate().stop(stops);
    }

    fn heal(&self) {
        let (fate, world) = (self.fate.get(), self.world());
        let failed = match fate {
            Some((Fate::DatabaseFails, _)) => !world.database().gate().heal(),
            Some((Fate::ObjectsFail, _)) => !world.objects().gate().heal(),
            Some(_) | None => false,
        };
        if failed {
            self.fate.set(None);
        }
    }
}

impl Service for Fated {
    async fn send(&self, request: MemoryRequest) -> Option<Seen> {
        let seen = self.run(|world| world.answer(&request))?;
        // A client tries again what the server could not do.
        (seen.status < 500).then_some(seen)
    }
}

fn poll<T>(work: &mut LocalBoxFuture<'static, T>) -> Option<T> {
    match Pin::new(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}
