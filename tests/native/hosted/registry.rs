//! The app with hosting on: accounts, and requests as clients send them.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bhcr::answer::{Content, Headers};
use bhcr::app::handle;
use bhcr::config::Misconfigured;
use bhcr::deployment::Deployment;
use bhcr::services::{NoReply, Services};
use http::Method;
use serde_json::{Value, json};

use crate::support::{SECRET, read};
use crate::twins::sqlite::SqliteDatabase;
use crate::twins::{MemoryRequest, MemoryServices, MemoryUpstream};

const NOW: u64 = 1_800_000_000;
const OWN: &str = "https://bhcr.example";
const ADMIN: &str = "bha_0123456789abcdef0123456789abcdef";

pub struct Registry {
    app: Result<Arc<Deployment>, Vec<Misconfigured>>,
    pub services: MemoryServices,
}

/// An answer as a client sees it.
#[derive(Debug)]
pub struct Seen {
    pub status: u16,
    headers: Headers,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| &**value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// A request without a credential, to a path and query.
pub fn request(method: Method, target: &str) -> MemoryRequest {
    MemoryRequest::new(method, format!("{OWN}{target}"))
}

pub fn with_bearer(request: MemoryRequest, secret: &str) -> MemoryRequest {
    request.with_header("authorization", format!("Bearer {secret}"))
}

pub fn with_login(request: MemoryRequest, user: &str, password: &str) -> MemoryRequest {
    let pair = BASE64_STANDARD.encode(format!("{user}:{password}"));
    request.with_header("authorization", format!("Basic {pair}"))
}

/// A request for a token to pull these images.
pub fn token_for(names: &[String]) -> MemoryRequest {
    let scope = |name: &String| format!("scope=repository:{name}:pull");
    let scopes: Vec<_> = names.iter().map(scope).collect();
    request(Method::GET, &format!("/auth/v1/token?{}", scopes.join("&")))
}

impl Registry {
    pub fn new() -> Self {
        let upstream = MemoryUpstream::new(|_| Err(NoReply::Unreachable("none".to_owned())));
        let services = MemoryServices::new(NOW, upstream).with_hosting();
        let config = read(&[("TOKEN_SECRET", SECRET), ("ADMIN_TOKEN", ADMIN)]);
        Self { app: config.map(Deployment::new).map(Arc::new), services }
    }

    pub fn database(&self) -> &SqliteDatabase {
        self.services.hosting().expect("hosting is on").database
    }

    pub fn send(&self, request: &MemoryRequest) -> Seen {
        pollster::block_on(async {
            let answer = handle(&self.app, &self.services, request).await;
            self.services.run_deferred().await;
            let body = match answer.content {
                Content::Empty => Vec::new(),
                Content::Text(text) => text.into_bytes(),
                Content::Shared(text) => text.as_bytes().to_vec(),
                Content::Through(bytes) => bytes,
            };
            Seen { status: answer.status.as_u16(), headers: answer.headers, body }
        })
    }

    /// A request of the management API.
    pub fn manage(&self, method: Method, path: &str, secret: &str, body: &Value) -> Seen {
        let request = request(method, &format!("/api/v1{path}"));
        self.send(&with_bearer(request, secret).with_body(body.to_string()))
    }

    /// A new account; gives its access key.
    pub fn account(&self, id: &str) -> String {
        let body = json!({ "name": "a team", "id": id });
        let made = self.manage(Method::POST, "/accounts", ADMIN, &body);
        assert_eq!(made.status, 201);
        made.json()["key"].as_str().expect("a key").to_owned()
    }

    /// How many batches the database runs for something.
    pub fn batches(&self, act: impl FnOnce()) -> usize {
        let before = self.database().batches();
        act();
        self.database().batches() - before
    }
}
