//! Answers as clients see them, and what must hold for all of them.

use bhcr::answer::Headers;
use serde_json::Value;

use super::upstream::CONFIDENTIAL;

/// An answer as a client sees it.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub status: u16,
    pub headers: Headers,
    pub body: String,
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

    /// Checks what must hold for every answer to `target`.
    pub fn is_sound(&self, target: &str) {
        let path = target.split('?').next().unwrap_or_default();
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"), "{self:?}");
        assert!(self.header("x-request-id").is_some_and(|id| id.len() == 16), "{self:?}");
        let cache = ["no-store", "private, no-transform", "public, max-age=60"];
        assert!(self.header("cache-control").is_some_and(|rule| cache.contains(&rule)), "{self:?}");
        if target == "/v2" || target.starts_with("/v2/") {
            let version = self.header("docker-distribution-api-version");
            assert_eq!(version, Some("registry/2.0"), "{self:?}");
        }
        let timed = ["/v2", "/auth/v1/token"].contains(&path) || path.starts_with("/v2/");
        match self.header("server-timing") {
            Some(timing) => assert!(timed && holds_durations_alone(timing), "{self:?}"),
            None => assert!(!timed, "{target} has no server-timing: {self:?}"),
        }
        let mut names: Vec<_> = self.headers.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), self.headers.len(), "a header is there twice: {self:?}");
        let told = format!("{self:?}");
        assert!(!CONFIDENTIAL.iter().any(|word| told.contains(word)), "{told}");
        if (400..600).contains(&self.status) {
            assert!(!told.replace("upstream;dur", "").contains("upstream"), "{told}");
        }
    }
}

fn holds_durations_alone(timing: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let duration = |metric: &str, part: &str| part.strip_prefix(metric).is_some_and(is_number);
    match timing.split_once(", ") {
        Some((total, upstream)) => {
            duration("total;dur=", total) && duration("upstream;dur=", upstream)
        }
        None => false,
    }
}
