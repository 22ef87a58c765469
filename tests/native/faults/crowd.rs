//! Many callers at the same time. Each call of each caller stops before it takes effect and before
//! its answer comes, and a seed decides who goes on.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::account::{Account, nothing_is_left_over, settle};
use super::client::Service;
use super::random::Random;
use crate::hosted::world::{Seen, World};
use crate::twins::MemoryRequest;

// One caller in so many steps falls asleep, for so many steps at most: others overtake it by far.
const SLEEPS: usize = 60;
const ASLEEP: usize = 1500;
// How many steps come between two looks at the whole.
const LOOKS: usize = 1000;
// A client that goes away does so within so many steps, and one request in a hundred is broken off
// so often.
const PATIENCE: usize = 12;

/// How a crowd behaves.
#[derive(Clone, Copy)]
pub struct Manners {
    /// How many of a hundred requests are broken off by their clients, who ask once more.
    pub broken: usize,
    /// How many seconds pass in a hundred steps.
    pub pace: u64,
}

/// Two isolates on one store, and whoever asks them.
pub struct Crowd {
    isolates: [World; 2],
    accounts: Vec<(String, String)>,
    pub random: Random,
    manners: Manners,
    running: Cell<usize>,
}

/// Somebody who asks.
pub struct Visitor<'a> {
    crowd: &'a Crowd,
    breaks: bool,
    /// Whether the last request was broken off.
    has_broken: Cell<bool>,
}

impl Crowd {
    pub fn new(seed: u64, accounts: &[&str], manners: Manners) -> Self {
        let world = World::new();
        let accounts = accounts.iter().map(|it| ((*it).to_owned(), world.account(it))).collect();
        let isolates = [world.restarted(), world];
        let (random, running) = (Random::new(seed), Cell::new(0));
        Self { isolates, accounts, random, manners, running }
    }

    /// Somebody new, who breaks requests off as the manners are.
    pub fn visitor(&self) -> Visitor<'_> {
        Visitor { crowd: self, breaks: true, has_broken: Cell::new(false) }
    }

    /// Somebody who waits for every answer.
    pub fn inspector(&self) -> Visitor<'_> {
        Visitor { crowd: self, breaks: false, has_broken: Cell::new(false) }
    }

    /// The store that all isolates share.
    pub fn world(&self) -> &World {
        &self.isolates[0]
    }

    /// Whether callers are still at work. Who works for them asks.
    pub fn is_running(&self) -> bool {
        self.running.get() > 0
    }

    /// Runs callers, and whoever works for as long as they do. At every look nothing is wrong.
    pub fn run<'a>(
        &'a self,
        callers: Vec<LocalBoxFuture<'a, ()>>,
        keepers: Vec<LocalBoxFuture<'a, ()>>,
    ) {
        self.running.set(callers.len());
        let left = |caller: LocalBoxFuture<'a, ()>| {
            let left = move |()| self.running.set(self.running.get() - 1);
            caller.map(left).boxed_local()
        };
        let mut tasks: Vec<_> = callers.into_iter().map(left).map(Task::awake).collect();
        tasks.extend(keepers.into_iter().map(Task::awake));
        tasks.push(Task::awake(self.go_on_with_deferred().boxed_local()));
        self.stop(true);
        for step in 1.. {
            if tasks.is_empty() {
                break;
            }
            self.step(step, &mut tasks);
            if step % LOOKS == 0 {
                self.look();
            }
        }
        self.look();
        self.stop(false);
    }

    fn step<'a>(&'a self, step: usize, tasks: &mut Vec<Task<'a>>) {
        let at = self.random.below(tasks.len());
        let task = &mut tasks[at];
        if task.sleeps_until > step {
            return;
        }
        if self.random.below(SLEEPS) == 0 {
            task.sleeps_until = step + self.random.below(ASLEEP);
        }
        if self.random.below(100) == 0 {
            self.world().services.clock.advance(self.manners.pace);
        }
        let mut context = Context::from_waker(Waker::noop());
        if task.work.poll_unpin(&mut context).is_ready() {
            drop(tasks.swap_remove(at));
        }
    }

    // What requests left to be done goes on, also where their clients are gone.
    async fn go_on_with_deferred(&self) {
        while self.is_running() {
            self.world().services.run_deferred().await;
            yield_now().await;
        }
        self.world().services.run_deferred().await;
    }

    fn look(&self) {
        let inspector = self.inspector();
        self.stop(false);
        for account in inspector.accounts() {
            pollster::block_on(account.check("while all are at work"));
        }
        self.stop(true);
    }

    /// Waits until all waiting is over: R2 has exactly what the catalog knows then.
    pub fn settle(&self) {
        let inspector = self.inspector();
        let pass = |seconds| self.world().services.clock.advance(seconds);
        pollster::block_on(settle(&inspector.accounts(), pass));
        nothing_is_left_over(self.world(), "at the end");
        self.look();
        self.stop(false);
    }

    fn stop(&self, stops: bool) {
        self.world().database().gate().stop(stops);
        self.world().objects().gate().stop(stops);
    }
}

impl Visitor<'_> {
    /// The accounts, as this visitor asks for them.
    pub fn accounts(&self) -> Vec<Account<'_, Self>> {
        let of = |(name, key): &(String, String)| {
            let (name, key) = (name.clone(), key.clone());
            Account { service: self, name, key }
        };
        self.crowd.accounts.iter().map(of).collect()
    }

    // In how many steps this request is broken off, if it is. Whoever broke one off tries again.
    fn patience(&self) -> usize {
        let Crowd { random, manners, .. } = self.crowd;
        let may_break = self.breaks && !self.has_broken.get();
        if may_break && random.chance(manners.broken) { random.below(PATIENCE) } else { usize::MAX }
    }
}

impl Visitor<'_> {
    async fn try_once(&self, request: &MemoryRequest) -> Option<Seen> {
        let isolates = &self.crowd.isolates;
        let mut answering = isolates[self.crowd.random.below(isolates.len())].answer(request);
        let mut patience = self.patience();
        let seen = poll_fn(|context| match answering.poll_unpin(context) {
            Poll::Ready(seen) => Poll::Ready(Some(seen)),
            Poll::Pending if patience == 0 => Poll::Ready(None),
            Poll::Pending => {
                patience -= 1;
                Poll::Pending
            }
        })
        .await;
        self.has_broken.set(seen.is_none());
        seen
    }
}

impl Service for Visitor<'_> {
    // Whoever is told to come again does so: there are only so many buffers. So does whoever goes on
    // with an upload, and is overtaken by the request that was broken off before.
    async fn send(&self, request: MemoryRequest) -> Option<Seen> {
        loop {
            let seen = self.try_once(&request).await;
            match seen {
                Some(seen) if seen.header("retry-after").is_some() => yield_now().await,
                Some(seen) if seen.status == 409 => yield_now().await,
                Some(seen) if seen.status >= 500 => panic!("{}", seen.text()),
                seen => return seen,
            }
        }
    }
}

struct Task<'a> {
    work: LocalBoxFuture<'a, ()>,
    sleeps_until: usize,
}

impl<'a> Task<'a> {
    fn awake(work: LocalBoxFuture<'a, ()>) -> Self {
        Self { work, sleeps_until: 0 }
    }
}

/// Lets others go on.
pub async fn yield_now() {
    let mut yielded = false;
    poll_fn(|_| match std::mem::replace(&mut yielded, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}
