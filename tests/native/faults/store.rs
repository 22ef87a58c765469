//! An account whose requests meet every fate, and what has to be true afterwards.

use super::account::{Account, nothing_is_left_over, settle};
use super::client::Client;
use super::fates::{FATES, Fate, Fated};
use crate::hosted::world::World;

pub const ACCOUNT: &str = "acc-aaaaa";
// More than any request here needs.
const MOST_SIDES: usize = 200;

/// An account of a registry.
pub struct Store {
    pub fated: Fated,
    key: String,
}

/// Lets `act` meet each fate at each side of each call that it makes. It holds afterwards what
/// `after` says, nothing is wrong, and nothing is left over once all waiting is over.
pub fn survives(
    before: impl AsyncFn(&Store),
    act: impl AsyncFn(&Store),
    after: impl AsyncFn(&Store),
) {
    for fate in FATES {
        let mut met = 0;
        for sides in 0..MOST_SIDES {
            let store = Store::new();
            pollster::block_on(before(&store));
            store.fated.decide(fate, sides);
            pollster::block_on(act(&store));
            if !store.fated.has_happened() {
                break;
            }
            met += 1;
            pollster::block_on(after(&store));
            pollster::block_on(store.is_sound(fate, sides));
        }
        assert!(met < MOST_SIDES, "{fate:?}: the request does not end");
        assert!(met > 0 || matches!(fate, Fate::ObjectsFail), "{fate:?} is never met");
    }
}

impl Store {
    pub fn new() -> Self {
        let world = World::new();
        let key = world.account(ACCOUNT);
        Self { fated: Fated::new(world), key }
    }

    pub fn account(&self) -> Account<'_, Fated> {
        Account { service: &self.fated, name: ACCOUNT.to_owned(), key: self.key.clone() }
    }

    /// The owner, and an image of the account.
    pub fn client(&self, image: &str) -> Client<'_, Fated> {
        self.account().client(image)
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: u64) {
        self.fated.world().services.clock.advance(seconds);
    }

    /// Collects what nothing needs now.
    pub async fn collect(&self) {
        self.account().collect(true).await;
    }

    async fn is_sound(&self, fate: Fate, sides: usize) {
        let when = &format!("{fate:?} after {sides} sides");
        self.account().check(when).await;
        settle(&[self.account()], |seconds| self.pass(seconds)).await;
        self.account().check(when).await;
        nothing_is_left_over(&self.fated.world(), when);
        // One that was begun and never recorded is left to R2, which forgets it after seven days.
        assert!(self.fated.world().objects().open_uploads() <= 1, "{when}");
    }
}
