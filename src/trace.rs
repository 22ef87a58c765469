//! What one request came to, for its log line and `Server-Timing`: durations, counts and sources,
//! never a secret.
//!
//! Shape of the log line: `{"request_id","route","name"?,"by"?,"status","ms","resolved"?,"token"?,
//! "content"?,"upstream_calls","upstream_ms","problem"?,"aborted"?}`, where `resolved` lists
//! where resolutions came from, `token` and `content` are where the upstream token and the manifest
//! or redirect did, `problem` is what went wrong inside, `aborted` is true where the client went
//! away before its answer, and durations are milliseconds.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::Serialize;

/// Where something came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The isolate's memory.
    Memory,
    /// Workers KV.
    Kv,
    /// The data centre's cache.
    Cache,
    /// The balena API.
    Api,
    /// The registry.
    Registry,
    /// Kept beyond its time, since upstream could not be asked.
    Stale,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "memory",
            Self::Kv => "KV",
            Self::Cache => "the cache",
            Self::Api => "the API",
            Self::Registry => "the registry",
            Self::Stale => "an older answer",
        })
    }
}

/// What is noted down on the way of one request.
#[derive(Debug, Default)]
pub struct Trace {
    calls: Cell<u32>,
    upstream_ms: Cell<u64>,
    sources: RefCell<Vec<Source>>,
    token: Cell<Option<Source>>,
    content: Cell<Option<Source>>,
    problem: RefCell<Option<String>>,
    names: RefCell<String>,
    by: RefCell<Option<String>>,
    aborted: Cell<bool>,
}

#[derive(Serialize)]
struct LogLine<'a> {
    request_id: &'a str,
    route: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
    status: u16,
    ms: u64,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    resolved: &'a [Source],
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Source>,
    upstream_calls: u32,
    upstream_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    aborted: bool,
}

impl Trace {
    /// Notes a call upstream that took `ms` milliseconds.
    pub fn call(&self, ms: u64) {
        self.calls.set(self.calls.get() + 1);
        self.upstream_ms.set(self.upstream_ms.get() + ms);
    }

    /// Notes where a resolution came from.
    pub fn resolved(&self, source: Source) {
        let mut sources = self.sources.borrow_mut();
        if !sources.contains(&source) {
            sources.push(source);
        }
    }

    /// Notes where the upstream token came from.
    pub fn token(&self, source: Source) {
        self.token.set(Some(source));
    }

    /// Notes where the manifest or redirect came from.
    pub fn content(&self, source: Source) {
        self.content.set(Some(source));
    }

    /// Notes what went wrong, be it that the request was served all the same.
    pub fn problem(&self, what: String) {
        let mut problem = self.problem.borrow_mut();
        match problem.as_mut() {
            // Several names may have met the same.
            Some(told) if told.contains(&what) => {}
            Some(told) => {
                told.push_str("; ");
                told.push_str(&what);
            }
            None => *problem = Some(what),
        }
    }

    /// Notes that the client went away before its answer.
    pub fn aborted(&self) {
        self.aborted.set(true);
    }

    /// Notes the repository that is asked for; there may be several.
    pub fn name(&self, name: &str) {
        let mut names = self.names.borrow_mut();
        if !names.is_empty() {
            names.push(' ');
        }
        names.push_str(name);
    }

    /// Notes who sent the request: the operator, or an access key or client by its identifier.
    pub fn by(&self, who: &str) {
        *self.by.borrow_mut() = Some(who.to_owned());
    }

    /// The log line, as JSON.
    pub fn log_line(&self, request_id: &str, route: &'static str, status: u16, ms: u64) -> String {
        let (names, sources) = (self.names.borrow(), self.sources.borrow());
        let (problem, by) = (self.problem.borrow(), self.by.borrow());
        let line = LogLine {
            request_id,
            route,
            name: &names,
            by: by.as_deref(),
            status,
            ms,
            resolved: &sources,
            token: self.token.get(),
            content: self.content.get(),
            upstream_calls: self.calls.get(),
            upstream_ms: self.upstream_ms.get(),
            problem: problem.as_deref(),
            aborted: self.aborted.get(),
        };
        serde_json::to_string(&line).expect("strings and numbers always serialize")
    }

    /// The log line of a task behind an answer, as JSON.
    pub fn background_line(&self, background: &'static str) -> String {
        #[derive(Serialize)]
        struct Line<'a> {
            background: &'static str,
            problem: Option<&'a str>,
        }
        let problem = self.problem.borrow();
        let line = Line { background, problem: problem.as_deref() };
        serde_json::to_string(&line).expect("strings always serialize")
    }

    /// The value of `Server-Timing`: durations alone, in milliseconds.
    pub fn server_timing(&self, ms: u64) -> String {
        format!("total;dur={ms}, upstream;dur={}", self.upstream_ms.get())
    }
}

fn is_false(value: &bool) -> bool {
    !value
}
