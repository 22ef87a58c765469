//! An account whose requests meet every fate, and what has to be true afterwards.

use http::Method;
use serde_json::{Value, json};

use super::client::{Client, Service};
use super::fates::{FATES, Fate, Fated};
use crate::hosted::world::World;
use crate::twins::MemoryRequest;

pub const ACCOUNT: &str = "acc-aaaaa";
pub const DAY: u64 = 24 * 60 * 60;
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
    fn new() -> Self {
        let world = World::new();
        let key = world.account(ACCOUNT);
        Self { fated: Fated::new(world), key }
    }

    /// The owner, and an image of the account.
    pub fn client(&self, image: &str) -> Client<'_, Fated> {
        let image = format!("{ACCOUNT}/{image}");
        Client { service: &self.fated, image, key: self.key.clone() }
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: u64) {
        self.fated.world().services.clock.advance(seconds);
    }

    /// Turns every page of a collection that is wanted now. What could not be done, or was not
    /// answered, is tried once more.
    pub async fn collect(&self) {
        for _ in 0..2 {
            if self.pages("collect", &json!({"now": true})).await == Some(Vec::new()) {
                return;
            }
        }
        panic!("the second collection has problems, too");
    }

    // The problems that the pages of an operation tell; none where an answer did not come.
    async fn pages(&self, operation: &str, body: &Value) -> Option<Vec<String>> {
        let (mut problems, mut body) = (Vec::new(), body.clone());
        loop {
            let seen = self.fated.send(self.manage(operation, &body)).await?;
            assert_eq!(seen.status, 200, "{}", seen.text());
            let page = seen.json();
            let told = page["problems"].as_array().expect("problems").iter();
            problems.extend(told.map(|it| it.as_str().expect("a sentence").to_owned()));
            match &page["cursor"] {
                Value::Null => return Some(problems),
                cursor => body["cursor"] = cursor.clone(),
            }
        }
    }

    fn manage(&self, operation: &str, body: &Value) -> MemoryRequest {
        let target = format!("/api/v1/accounts/{ACCOUNT}/{operation}");
        let authorization = format!("Bearer {}", self.key);
        let request = self.fated.world().request(Method::POST, &target, &authorization);
        request.with_body(body.to_string())
    }

    async fn is_sound(&self, fate: Fate, sides: usize) {
        let when = &format!("{fate:?} after {sides} sides");
        self.check(when).await;
        // Sessions end after six days, and what is in the trash waits for seven more.
        for _ in 0..3 {
            self.pass(8 * DAY);
            self.collect().await;
        }
        self.check(when).await;
        self.has_nothing_left_over(when);
        // One that was begun and never recorded is left to R2, which forgets it after seven days.
        let unrecorded = if matches!(fate, Fate::Gone) { 0 } else { 1 };
        assert!(self.fated.world().objects().open_uploads() <= unrecorded, "{when}");
    }

    async fn check(&self, when: &str) {
        let problems = self.pages("check", &json!({})).await;
        assert_eq!(problems, Some(Vec::new()), "{when}");
    }

    fn has_nothing_left_over(&self, when: &str) {
        let world = self.fated.world();
        let database = world.database();
        let known = "select key from objects where live = 1 \
            union all select key from manifests where key is not null order by key";
        assert_eq!(world.objects().keys(), database.texts(known), "{when}");
        for table in ["uploads", "parts", "trash", "candidates", "objects where live = 0"] {
            let left = database.texts(&format!("select 'a row' from {table}"));
            assert_eq!(left, [""; 0], "{table}, {when}");
        }
    }
}
