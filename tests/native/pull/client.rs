//! A client that looks closely at every answer it gets.

use std::rc::Rc;
use std::sync::Arc;

use bhcr::answer::Content;
use bhcr::app::handle;
use bhcr::config::Misconfigured;
use bhcr::deployment::Deployment;
use bhcr::services::Call;
use bhcr::services::memory::{MemoryRequest, MemoryServices, MemoryUpstream};
use http::Method;
use serde_json::Value;

use super::upstream::{self, API, CONFIDENTIAL, REGISTRY, Rules, Says, respond};
use crate::support::{SECRET, read};

pub const NOW: u64 = 1_800_000_000;
pub const OWN: &str = "https://bhcr.example";

/// A deployment, its upstream, and everything that it remembers.
pub struct World {
    pub app: Result<Arc<Deployment>, Vec<Misconfigured>>,
    pub services: MemoryServices,
    pub rules: Rc<Rules>,
}

/// An answer as a client sees it.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl World {
    pub fn new() -> Self {
        Self::with(&[])
    }

    pub fn with(settings: &[(&str, &str)]) -> Self {
        let own = [("TOKEN_SECRET", SECRET), ("API_URL", API), ("REGISTRY_URL", REGISTRY)];
        let rules: Rc<Rules> = Rc::default();
        let script = Rc::clone(&rules);
        let services = MemoryServices::new(NOW, MemoryUpstream::new(move |c| respond(&script, c)));
        *rules.clock.borrow_mut() = services.clock.clone();
        let app = read(&[&own[..], settings].concat()).map(Deployment::new).map(Arc::new);
        Self { app, services, rules }
    }

    /// What upstream replies, whatever its table says, to calls with `part` in their URL.
    pub fn instead(&self, part: &'static str, says: Says) {
        self.rules.instead.borrow_mut().insert(0, (part, says));
    }

    pub fn send(&self, request: &MemoryRequest) -> Seen {
        pollster::block_on(async {
            let answer = handle(&self.app, &self.services, request).await;
            self.services.run_deferred().await;
            let body = match answer.content {
                Content::Empty => String::new(),
                Content::Text(text) => text,
                Content::Through(bytes) => String::from_utf8(bytes).expect("texts alone are sent"),
            };
            Seen { status: answer.status.as_u16(), headers: answer.headers, body }
        })
    }

    pub fn ask(&self, method: Method, target: &str, headers: &[(&'static str, &str)]) -> Seen {
        let mut request = MemoryRequest::new(method, format!("{OWN}{target}"));
        for (name, value) in headers {
            request = request.with_header(name, *value);
        }
        let seen = self.send(&request);
        seen.is_sound(target);
        self.keeps_its_log_clean();
        seen
    }

    pub fn get(&self, target: &str) -> Seen {
        self.ask(Method::GET, target, &[])
    }

    pub fn get_with(&self, token: &str, target: &str) -> Seen {
        self.ask(Method::GET, target, &[("authorization", &format!("Bearer {token}"))])
    }

    pub fn post_form(&self, form: &str) -> Seen {
        let request = MemoryRequest::new(Method::POST, format!("{OWN}/auth/v1/token"));
        let seen = self.send(&request.with_body(form));
        seen.is_sound("/auth/v1/token");
        self.keeps_its_log_clean();
        seen
    }

    /// The token endpoint's answer for these names.
    pub fn ask_token(&self, names: &[&str], credential: Option<&str>) -> Seen {
        let scopes: Vec<_> = names.iter().map(|n| format!("scope=repository:{n}:pull")).collect();
        let target = format!("/auth/v1/token?service=bhcr.example&{}", scopes.join("&"));
        let header = credential.map(|credential| format!("Bearer {credential}"));
        let header: Vec<_> = header.iter().map(|value| ("authorization", &**value)).collect();
        self.ask(Method::GET, &target, &header)
    }

    /// A sealed token for these names.
    pub fn token(&self, names: &[&str], credential: Option<&str>) -> String {
        let seen = self.ask_token(names, credential);
        assert_eq!(seen.status, 200, "{seen:?}");
        seen.json()["token"].as_str().expect("a token is a text").to_owned()
    }

    /// The latest manifest of `name`, with a fresh token for it.
    pub fn pull(&self, name: &str, credential: Option<&str>) -> Seen {
        let token = self.token(&[name], credential);
        self.get_with(&token, &format!("/v2/{name}/manifests/latest"))
    }

    /// The calls upstream that `act` makes.
    pub fn calls(&self, act: impl FnOnce()) -> Vec<Call> {
        use bhcr::services::Services;
        let before = self.services.upstream().calls().len();
        act();
        self.services.upstream().calls().split_off(before)
    }

    /// The same, as method and URL without upstream's host.
    pub fn urls(&self, act: impl FnOnce()) -> Vec<String> {
        let short = |call: Call| {
            let path = call.url.replace(upstream::API, "").replace(upstream::REGISTRY, "");
            format!("{} {path}", call.method)
        };
        self.calls(act).into_iter().map(short).collect()
    }

    fn keeps_its_log_clean(&self) {
        for line in self.services.log_lines() {
            assert!(!CONFIDENTIAL.iter().any(|word| line.contains(word)), "{line}");
            let parsed: Value = serde_json::from_str(&line).expect("a line of the log is JSON");
            assert!(parsed["request_id"].is_string(), "{line}");
        }
    }
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| &**value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{} is JSON", self.body))
    }

    /// Status and code of an OCI error.
    pub fn error(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        let body = self.json();
        let errors = body["errors"].as_array().unwrap_or_else(|| panic!("{body} has errors"));
        let [error] = &errors[..] else { panic!("{body} has one error") };
        assert!(error.get("detail").is_some() && !self.message().is_empty(), "{body}");
        (self.status, error["code"].as_str().expect("a code is a text").to_owned())
    }

    pub fn message(&self) -> String {
        let body = self.json();
        body["errors"][0]["message"].as_str().expect("a message is a text").to_owned()
    }

    /// What holds for every answer to `target`.
    pub fn is_sound(&self, target: &str) {
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"), "{self:?}");
        assert!(self.header("x-request-id").is_some_and(|id| id.len() == 16), "{self:?}");
        let cache = ["no-store", "private, no-transform"];
        assert!(self.header("cache-control").is_some_and(|rule| cache.contains(&rule)), "{self:?}");
        if target == "/v2" || target.starts_with("/v2/") {
            let version = self.header("docker-distribution-api-version");
            assert_eq!(version, Some("registry/2.0"), "{self:?}");
        }
        let mut names: Vec<_> = self.headers.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), self.headers.len(), "a header is there twice: {self:?}");
        let told = format!("{self:?}");
        assert!(!CONFIDENTIAL.iter().any(|word| told.contains(word)), "{told}");
        if (400..600).contains(&self.status) {
            assert!(!told.contains("upstream"), "{told}");
        }
    }
}
