//! The in-memory twins run the same contract suites as the real services.

#[path = "../contract/catalog.rs"]
mod catalog;
#[path = "../contract/database.rs"]
mod database;
#[path = "../contract/objects.rs"]
mod objects;
#[path = "../contract/store.rs"]
mod store;
#[path = "../contract/upstream.rs"]
mod upstream;

use crate::twins::objects::MemoryObjects;
use crate::twins::sqlite::SqliteDatabase;
use crate::twins::{MemoryClock, MemoryStore, MemoryUpstream};
use bhcr::services::database::{Database, DatabaseError, Statement, Value};
use bhcr::services::{Call, NoReply, READ_HEADERS, Reply, Store};
use http::{Method, StatusCode};

#[test]
fn the_database_twin_keeps_the_promises_of_every_database() {
    let empty = SqliteDatabase::empty(MemoryClock::at(1_800_000_000));
    pollster::block_on(database::keeps_its_promises(empty));
}

#[test]
fn an_account_lives_in_the_database_twin() {
    let migrated = SqliteDatabase::migrated(MemoryClock::at(1_800_000_000));
    pollster::block_on(catalog::lives(migrated));
}

#[test]
fn the_database_twin_refuses_what_d1_refuses() {
    let empty = SqliteDatabase::empty(MemoryClock::at(1_800_000_000));
    pollster::block_on(database::refuses_what_d1_refuses(empty));
}

// Cloudflare's documentation says so; the runtime on this machine takes more.
#[test]
fn the_database_twin_refuses_a_value_over_two_megabytes() {
    let empty = SqliteDatabase::empty(MemoryClock::at(1_800_000_000));
    let long = Statement::new("select ?1", [Value::Text("x".repeat(2_000_001))]);
    let told = pollster::block_on(empty.batch(vec![long]));
    assert!(matches!(told, Err(DatabaseError::Failed(_))));
}

#[test]
fn the_memory_store_keeps_the_promises_of_every_store() {
    pollster::block_on(store::keeps_its_promises(MemoryStore::default()));
}

#[test]
fn the_memory_store_refuses_what_workers_kv_refuses() {
    pollster::block_on(store::refuses_what_workers_kv_refuses(MemoryStore::default()));
}

#[test]
fn the_memory_store_forgets_when_the_time_to_live_is_over() {
    pollster::block_on(async {
        let clock = MemoryClock::at(1000);
        let store = MemoryStore::new(clock.clone());
        store.put("key", "value".to_owned(), 90).await.expect("it takes the entry");
        clock.advance(89);
        assert_eq!(store.get("key").await, Ok(Some("value".to_owned())));
        clock.advance(1);
        assert_eq!(store.get("key").await, Ok(None));
    });
}

struct ObjectsInMemory(MemoryObjects);

impl objects::World for ObjectsInMemory {
    type Objects = MemoryObjects;

    fn objects(&self) -> &MemoryObjects {
        &self.0
    }

    fn body(&self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }

    async fn bytes(&self, body: Vec<u8>) -> Vec<u8> {
        body
    }
}

#[test]
fn the_memory_objects_keep_the_promises_of_all_objects() {
    let world = ObjectsInMemory(MemoryObjects::default());
    pollster::block_on(objects::keeps_its_promises(world));
}

#[test]
fn the_memory_upstream_keeps_the_promises_of_every_upstream() {
    let twin = MemoryUpstream::new(site);
    pollster::block_on(upstream::keeps_its_promises(&twin, "http://site"));
}

// The pages of the server in tests/wasm/world.mjs.
fn site(call: &Call) -> Result<Reply<Vec<u8>>, NoReply> {
    let page = |status, headers: &[(&'static str, &str)], body: &str| {
        let read = headers.iter().filter(|(name, _)| READ_HEADERS.contains(name));
        let body = if call.method == Method::HEAD { "" } else { body };
        Ok(Reply {
            status,
            headers: read.map(|(name, value)| (*name, (*value).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
        })
    };
    let hello = [
        ("content-type", "text/plain"),
        ("content-length", "5"),
        ("etag", "\"greeting\""),
        ("x-other", "unread"),
    ];
    let elsewhere = [("location", "http://storage.example/x")];
    match call.url.strip_prefix("http://site").expect("a page of the site") {
        "/hello" => page(StatusCode::OK, &hello, "hello"),
        "/echo" => {
            let bearer = call.bearer.as_ref().expect("a token").expose();
            let accept = &call.headers.iter().find(|(name, _)| *name == "accept").expect("it").1;
            page(StatusCode::OK, &[], &format!("{} Bearer {bearer} {accept}", call.method))
        }
        "/redirect" => page(StatusCode::TEMPORARY_REDIRECT, &elsewhere, ""),
        "/unchanged" => page(StatusCode::NOT_MODIFIED, &[], ""),
        "/large" | "/large/chunked" => page(StatusCode::OK, &[], &"x".repeat(100_000)),
        "/hang" | "/drip" => Err(NoReply::Deadline),
        "/break" => Err(NoReply::Unreachable("broke off".to_owned())),
        _ => page(StatusCode::NOT_FOUND, &[], ""),
    }
}
