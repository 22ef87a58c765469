//! Notes about one request for its log line and `Server-Timing`: durations, counts and sources, but
//! never a secret.
//!
//! Shape of the log line: `{"request_id","route","name"?,"by"?,"status","ms","resolved"?,"token"?,
//! "content"?,"upstream_calls","upstream_ms","problem"?,"aborted"?}`. `by` is the key or client that
//! asked for something hosted. `resolved` lists where the resolutions came from, `token` where the
//! upstream token came from, and `content` where the manifest, redirect or list came from.
//! `problem` says what went wrong inside. `aborted` is true if the client closed the connection
//! before its answer. Durations are in milliseconds; `upstream_ms` counts the time of simultaneous
//! calls once.

mod line;

use std::cell::{Cell, RefCell};
use std::fmt;

use self::line::Line;

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// A value past its time, used because upstream failed.
    Stale,
}

impl Source {
    // What it is called in the log.
    fn label(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Kv => "kv",
            Self::Cache => "cache",
            Self::Api => "api",
            Self::Registry => "registry",
            Self::Stale => "stale",
        }
    }
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

// Longer than most values of `Server-Timing`, in bytes.
const USUAL_TIMING: usize = 48;

/// The notes about one request.
#[derive(Debug, Default)]
pub struct Trace {
    calls: Cell<u32>,
    upstream_ms: Cell<u64>,
    /// How many calls are under way, and since when there is one.
    under_way: Cell<(u32, u64)>,
    sources: RefCell<Vec<Source>>,
    token: Cell<Option<Source>>,
    content: Cell<Option<Source>>,
    problem: RefCell<Option<String>>,
    names: RefCell<String>,
    by: RefCell<Option<String>>,
    aborted: Cell<bool>,
}

impl Trace {
    /// Notes that a call upstream begins at `now`, in milliseconds since 1970.
    pub fn call_begins(&self, now: u64) {
        let (count, since) = self.under_way.get();
        self.calls.set(self.calls.get() + 1);
        self.under_way.set((count + 1, if count == 0 { now } else { since }));
    }

    /// Notes that a call upstream ends at `now`, in milliseconds since 1970. While several calls
    /// are under way, their time counts once.
    pub fn call_ends(&self, now: u64) {
        let (count, since) = self.under_way.get();
        self.under_way.set((count - 1, since));
        if count == 1 {
            self.upstream_ms.set(self.upstream_ms.get() + now.saturating_sub(since));
        }
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

    /// Notes where the manifest, redirect or list came from.
    pub fn content(&self, source: Source) {
        self.content.set(Some(source));
    }

    /// Notes what went wrong, even if the request was served.
    pub fn problem(&self, what: String) {
        let mut problem = self.problem.borrow_mut();
        match problem.as_mut() {
            // Several names may have the same problem.
            Some(told) if told.contains(&what) => {}
            Some(told) => {
                told.push_str("; ");
                told.push_str(&what);
            }
            None => *problem = Some(what),
        }
    }

    /// Notes that the client closed the connection before its answer.
    pub fn aborted(&self) {
        self.aborted.set(true);
    }

    /// Notes a repository that the request is for. There may be several.
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
        let mut line = Line::new(r#"{"request_id":""#, request_id);
        line.text(r#","route":""#, route);
        line.text_if(r#","name":""#, Some(&**names).filter(|names| !names.is_empty()));
        line.text_if(r#","by":""#, self.by.borrow().as_deref());
        line.number(r#","status":"#, status.into());
        line.number(r#","ms":"#, ms);
        for (at, source) in sources.iter().enumerate() {
            let before = if at == 0 { r#","resolved":[""# } else { r#",""# };
            line.text(before, source.label());
        }
        line.json(if sources.is_empty() { "" } else { "]" });
        line.text_if(r#","token":""#, self.token.get().map(Source::label));
        line.text_if(r#","content":""#, self.content.get().map(Source::label));
        line.number(r#","upstream_calls":"#, self.calls.get().into());
        line.number(r#","upstream_ms":"#, self.upstream_ms.get());
        line.text_if(r#","problem":""#, self.problem.borrow().as_deref());
        line.json(if self.aborted.get() { r#","aborted":true"# } else { "" });
        line.end()
    }

    /// The log line of a task that ran after an answer, as JSON.
    pub fn background_line(&self, background: &'static str) -> String {
        let mut line = Line::new(r#"{"background":""#, background);
        match self.problem.borrow().as_deref() {
            Some(problem) => line.text(r#","problem":""#, problem),
            None => line.json(r#","problem":null"#),
        }
        line.end()
    }

    /// The value of `Server-Timing`: durations only, in milliseconds.
    pub fn server_timing(&self, ms: u64) -> String {
        let mut timing = String::with_capacity(USUAL_TIMING);
        for (before, ms) in [("total;dur=", ms), (", upstream;dur=", self.upstream_ms.get())] {
            timing.push_str(before);
            line::push_number(&mut timing, ms);
        }
        timing
    }
}
