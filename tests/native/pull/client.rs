//! A client that checks every answer.

use std::rc::Rc;
use std::sync::Arc;

use crate::twins::{MemoryRequest, MemoryUpstream};
use bhcr::answer::Content;
use bhcr::app::handle;
use bhcr::config::{Config, Misconfigured};
use bhcr::deployment::Deployment;
use bhcr::seal::Keys;
use bhcr::services::{Call, Services};
use http::Method;
use serde_json::Value;

use super::seen::Seen;
use super::services::TestServices;
use super::upstream::{self, API, CONFIDENTIAL, REGISTRY, Rules, Says, respond};
use crate::support::{SECRET, read};

pub const NOW: u64 = 1_800_000_000;
pub const OWN: &str = "https://bhcr.example";
/// How long callers with a kept answer leave upstream alone after a timeout, by default: three
/// deadlines, in seconds.
pub const SPARED: u64 = 30;

/// Status and code of a request about a name that is not granted: by a tag or by a digest.
pub fn not_granted(target: &str) -> (u16, String) {
    let (status, code) = if target.contains(':') { (404, "NAME_UNKNOWN") } else { (403, "DENIED") };
    (status, code.to_owned())
}

/// An isolate of a deployment, with its services and its upstream.
pub struct World {
    pub app: Result<Arc<Deployment>, Vec<Misconfigured>>,
    pub services: TestServices,
    pub rules: Rc<Rules>,
    config: Result<Config, Vec<Misconfigured>>,
}

impl World {
    pub fn new() -> Self {
        Self::with(&[])
    }

    pub fn with(settings: &[(&str, &str)]) -> Self {
        let own = [("TOKEN_SECRET", SECRET), ("API_URL", API), ("REGISTRY_URL", REGISTRY)];
        let rules: Rc<Rules> = Rc::default();
        let script = Rc::clone(&rules);
        let services = TestServices::new(NOW, MemoryUpstream::new(move |c| respond(&script, c)));
        *rules.clock.borrow_mut() = services.clock.clone();
        Self::start(read(&[&own[..], settings].concat()), services, rules)
    }

    /// The same isolate.
    pub fn same_isolate(&self) -> Self {
        Self { app: self.app.clone(), ..self.another_isolate() }
    }

    /// Another isolate of the same deployment: its memory is empty, and it shares the stores.
    pub fn another_isolate(&self) -> Self {
        Self::start(self.config.clone(), self.services.clone(), Rc::clone(&self.rules))
    }

    /// An isolate with other settings that shares the stores.
    pub fn with_settings(&self, settings: &[(&str, &str)]) -> Self {
        let own = [("API_URL", API), ("REGISTRY_URL", REGISTRY)];
        let config = read(&[&own[..], settings].concat());
        Self::start(config, self.services.clone(), Rc::clone(&self.rules))
    }

    /// An isolate in another data centre: it shares KV but not the cache.
    pub fn another_data_centre(&self) -> Self {
        Self::start(self.config.clone(), self.services.elsewhere(), Rc::clone(&self.rules))
    }

    fn start(
        config: Result<Config, Vec<Misconfigured>>,
        services: TestServices,
        rules: Rc<Rules>,
    ) -> Self {
        let app = config.clone().map(Deployment::new).map(Arc::new);
        Self { app, services, rules, config }
    }

    /// Makes upstream reply this to calls with `part` in their URL, whatever its table says.
    pub fn instead(&self, part: &'static str, says: Says) {
        self.rules.instead.borrow_mut().insert(0, (part, says));
    }

    /// The keys of the resolutions in the store.
    pub fn resolutions(&self) -> Vec<String> {
        let keys = self.services.store().keys();
        keys.into_iter().filter(|key| key.starts_with("release/")).collect()
    }

    /// The deployment's keys for sealing.
    pub fn keys(&self) -> Keys {
        Keys::new(self.config.as_ref().expect("the settings are good"))
    }

    /// Makes upstream reply by its table again.
    pub fn as_told(&self) {
        self.rules.instead.borrow_mut().clear();
    }

    pub fn send(&self, request: &MemoryRequest) -> Seen {
        let seen = self.send_alone(request);
        self.run_deferred();
        seen
    }

    /// Runs the deferred tasks.
    pub fn run_deferred(&self) {
        pollster::block_on(self.services.run_deferred());
    }

    /// As [`Self::send`], but leaves deferred tasks waiting.
    pub fn send_alone(&self, request: &MemoryRequest) -> Seen {
        pollster::block_on(async {
            let answer = handle(&self.app, &self.services, request).await;
            let body = match answer.content {
                Content::Empty => String::new(),
                Content::Text(text) => text,
                Content::Shared(text) => text.to_string(),
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
        let seen = self.send(&token_request(names, credential));
        seen.is_sound("/auth/v1/token");
        self.keeps_its_log_clean();
        seen
    }

    /// As [`Self::ask_token`], but leaves deferred tasks waiting.
    pub fn ask_token_alone(&self, names: &[&str], credential: Option<&str>) -> Seen {
        self.send_alone(&token_request(names, credential))
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
        let before = self.services.upstream().calls().len();
        act();
        self.services.upstream().calls().split_off(before)
    }

    /// The calls that `act` makes, each as method and path.
    pub fn urls(&self, act: impl FnOnce()) -> Vec<String> {
        let short = |call: Call| {
            let path = call.url.replace(upstream::API, "").replace(upstream::REGISTRY, "");
            format!("{} {path}", call.method)
        };
        self.calls(act).into_iter().map(short).collect()
    }

    /// How many calls of `act` ask for releases.
    pub fn look_ups(&self, act: impl FnOnce()) -> usize {
        self.urls(act).iter().filter(|url| url.contains("/v7/")).count()
    }

    /// How many calls ask for releases during a request for a token for these names.
    pub fn look_ups_for(&self, names: &[&str], credential: Option<&str>) -> usize {
        self.look_ups(|| drop(self.ask_token(names, credential)))
    }

    /// The lines of the log, which must all be JSON.
    pub fn log(&self) -> Vec<Value> {
        let parse =
            |line: &String| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line} is JSON"));
        self.services.log_lines().iter().map(parse).collect()
    }

    /// The log line of the last request.
    pub fn last_line(&self) -> Value {
        let of_requests = |line: &Value| line.get("background").is_none();
        self.log().into_iter().rfind(of_requests).expect("a request was logged")
    }

    /// The problems in the log, of requests and of refreshes after them.
    pub fn problems(&self) -> Vec<String> {
        let told = |line: Value| line.get("problem")?.as_str().map(str::to_owned);
        self.log().into_iter().filter_map(told).collect()
    }

    pub fn keeps_its_log_clean(&self) {
        for line in self.services.log_lines() {
            assert!(!CONFIDENTIAL.iter().any(|word| line.contains(word)), "{line}");
        }
        for line in self.log() {
            let whose = if line["background"].is_string() { "problem" } else { "request_id" };
            assert!(line[whose].is_string(), "{line}");
        }
    }
}

fn token_request(names: &[&str], credential: Option<&str>) -> MemoryRequest {
    let scopes: Vec<_> = names.iter().map(|n| format!("scope=repository:{n}:pull")).collect();
    let target = format!("/auth/v1/token?service=bhcr.example&{}", scopes.join("&"));
    let request = MemoryRequest::new(Method::GET, format!("{OWN}{target}"));
    match credential {
        Some(credential) => request.with_header("authorization", format!("Bearer {credential}")),
        None => request,
    }
}
