//! The app with hosting on, and accounts in it.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bhcr::answer::{Content, Headers};
use bhcr::app::handle;
use bhcr::config::Misconfigured;
use bhcr::deployment::Deployment;
use bhcr::services::objects::Objects;
use bhcr::services::{NoReply, Services};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use http::Method;
use serde_json::{Value, json};

use crate::support::{SECRET, read, sha256};
use crate::twins::objects::MemoryObjects;
use crate::twins::sqlite::SqliteDatabase;
use crate::twins::{MemoryRequest, MemoryServices, MemoryUpstream};

pub const ADMIN: &str = "bha_0123456789abcdef0123456789abcdef";
pub const NOW: u64 = 1_800_000_000;

const OWN: &str = "https://bhcr.example";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

pub struct World {
    pub app: Result<Arc<Deployment>, Vec<Misconfigured>>,
    pub services: MemoryServices,
}

pub struct Seen {
    pub status: u16,
    pub headers: Headers,
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

impl World {
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// A deployment with these settings; its upstream cannot be reached.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let upstream = MemoryUpstream::new(|_| Err(NoReply::Unreachable("none".to_owned())));
        let services = MemoryServices::new(NOW, upstream).with_hosting();
        Self { app: deployed(settings), services }
    }

    /// The same services behind an isolate that has just started: it remembers nothing.
    pub fn restarted(&self) -> Self {
        self.services.lose_deferred();
        Self { app: deployed(&[]), services: self.services.clone() }
    }

    /// The answer to a request, for whoever polls for it.
    pub fn answer(&self, request: &MemoryRequest) -> LocalBoxFuture<'static, Seen> {
        let (app, services, request) = (self.app.clone(), self.services.clone(), request.clone());
        let answer = async move {
            let answer = handle(&app, &services, &request).await;
            let body = match answer.content {
                Content::Empty => Vec::new(),
                Content::Text(text) => text.into_bytes(),
                Content::Shared(text) => text.as_bytes().to_vec(),
                Content::Through(bytes) => bytes,
            };
            Seen { status: answer.status.as_u16(), headers: answer.headers, body }
        };
        answer.boxed_local()
    }

    pub fn send(&self, request: &MemoryRequest) -> Seen {
        let seen = pollster::block_on(self.answer(request));
        pollster::block_on(self.services.run_deferred());
        seen
    }

    pub fn request(&self, method: Method, target: &str, authorization: &str) -> MemoryRequest {
        MemoryRequest::new(method, format!("{OWN}{target}"))
            .with_header("authorization", authorization)
    }

    pub fn get(&self, target: &str, bearer: &str) -> Seen {
        self.send(&self.request(Method::GET, target, &format!("Bearer {bearer}")))
    }

    pub fn api(&self, method: Method, path: &str, bearer: &str, body: &Value) -> Seen {
        let request = self.request(method, &format!("/api/v1{path}"), &format!("Bearer {bearer}"));
        self.send(&request.with_body(body.to_string()))
    }

    /// Makes an account, and gives its access key.
    pub fn account(&self, id: &str) -> String {
        let body = json!({"name": "Example", "id": id});
        let made = self.api(Method::POST, "/accounts", ADMIN, &body);
        made.json()["key"].as_str().expect("a key").to_owned()
    }

    /// Pushes a blob, and gives its digest.
    pub fn blob(&self, name: &str, key: &str, bytes: &[u8]) -> String {
        let digest = sha256(bytes);
        let target = format!("/v2/{name}/blobs/uploads/?digest={digest}");
        let request = self.request(Method::POST, &target, &format!("Bearer {key}"));
        let length = bytes.len().to_string();
        let seen = self.send(&request.with_body(bytes).with_header("content-length", length));
        assert_eq!(seen.status, 201, "{}", String::from_utf8_lossy(&seen.body));
        digest
    }

    /// A token to pull with.
    pub fn token(&self, user: &str, secret: &str, name: &str) -> String {
        let basic = BASE64_STANDARD.encode(format!("{user}:{secret}"));
        let target = format!("/auth/v1/token?scope=repository:{name}:pull");
        let seen = self.send(&self.request(Method::GET, &target, &format!("Basic {basic}")));
        seen.json()["token"].as_str().expect("a token").to_owned()
    }

    /// How many calls upstream there were.
    pub fn calls(&self) -> usize {
        self.services.upstream().calls().len()
    }

    /// How many batches the catalog ran.
    pub fn batches(&self) -> usize {
        self.database().batches()
    }

    pub fn database(&self) -> &SqliteDatabase {
        self.services.hosting().expect("hosting is on").database
    }

    pub fn objects(&self) -> &MemoryObjects {
        self.services.hosting().expect("hosting is on").objects
    }

    /// Deletes everything in R2.
    pub fn forget_objects(&self) {
        let objects = self.objects();
        let listed = pollster::block_on(objects.list("", None)).expect("a list").objects;
        let keys: Vec<_> = listed.into_iter().map(|it| it.key).collect();
        pollster::block_on(objects.delete(&keys)).expect("they are deleted");
    }

    pub fn put(&self, name: &str, key: &str, reference: &str, manifest: &Value) -> Seen {
        let target = format!("/v2/{name}/manifests/{reference}");
        let request = self.request(Method::PUT, &target, &format!("Bearer {key}"));
        self.send(&request.with_body(manifest.to_string()).with_header("content-type", MANIFEST))
    }
}

fn deployed(settings: &[(&str, &str)]) -> Result<Arc<Deployment>, Vec<Misconfigured>> {
    let own = [("TOKEN_SECRET", SECRET), ("ADMIN_TOKEN", ADMIN)];
    read(&[&own[..], settings].concat()).map(Deployment::new).map(Arc::new)
}

/// An image with this config and no layers.
pub fn image(config: &str) -> Value {
    let config = json!({
        "mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 2,
    });
    json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []})
}

/// A descriptor of a manifest.
pub fn descriptor(digest: &str) -> Value {
    json!({"mediaType": MANIFEST, "digest": digest, "size": 7})
}
