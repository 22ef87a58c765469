//! An account as its owner manages it, and what is left once everything that waits has waited.

use http::Method;
use serde_json::{Value, json};

use super::client::{Client, OWN, Service};
use crate::hosted::world::World;
use crate::twins::MemoryRequest;

pub const DAY: u64 = 24 * 60 * 60;

/// An account of a registry.
#[derive(Clone)]
pub struct Account<'a, S> {
    pub service: &'a S,
    pub name: String,
    pub key: String,
}

impl<'a, S: Service> Account<'a, S> {
    /// The owner, and an image of the account.
    pub fn client(&self, image: &str) -> Client<'a, S> {
        let Self { service, name, key } = self;
        Client { service, image: format!("{name}/{image}"), key: key.clone() }
    }

    /// Turns every page of a collection. What could not be done, or was not answered, is tried once
    /// more.
    pub async fn collect(&self, now: bool) {
        for _ in 0..2 {
            if self.pages("collect", &json!({ "now": now })).await == Some(Vec::new()) {
                return;
            }
        }
        panic!("the second collection has problems, too");
    }

    /// The check finds nothing.
    pub async fn check(&self, when: &str) {
        let problems = self.pages("check", &json!({})).await;
        assert_eq!(problems, Some(Vec::new()), "{when}");
    }

    // The problems that the pages of an operation tell; none where an answer did not come.
    async fn pages(&self, operation: &str, body: &Value) -> Option<Vec<String>> {
        let (mut problems, mut body) = (Vec::new(), body.clone());
        loop {
            let seen = self.service.send(self.manage(operation, &body)).await?;
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

    /// A request of the management API.
    pub fn manage(&self, operation: &str, body: &Value) -> MemoryRequest {
        let url = format!("{OWN}/api/v1/accounts/{}/{operation}", self.name);
        MemoryRequest::new(Method::POST, url)
            .with_header("authorization", format!("Bearer {}", self.key))
            .with_body(body.to_string())
    }
}

/// Waits until sessions of uploads have ended, and the trash has been emptied.
pub async fn settle<S: Service>(accounts: &[Account<'_, S>], pass: impl Fn(u64)) {
    for _ in 0..3 {
        pass(8 * DAY);
        for account in accounts {
            account.collect(false).await;
        }
    }
}

/// R2 has exactly what the catalog knows, and nothing waits for anything.
pub fn nothing_is_left_over(world: &World, when: &str) {
    let database = world.database();
    let known = "select key from objects where live = 1 \
        union all select key from manifests where key is not null order by key";
    assert_eq!(world.objects().keys(), database.texts(known), "{when}");
    for table in ["uploads", "parts", "trash", "candidates", "objects where live = 0"] {
        let left = database.texts(&format!("select 'a row' from {table}"));
        assert_eq!(left, [""; 0], "{table}, {when}");
    }
}
