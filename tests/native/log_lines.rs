use bhcr::trace::{Source, Trace};
use serde_json::{Value, json};

fn parsed(line: &str) -> Value {
    serde_json::from_str(line).expect("a line is JSON")
}

#[test]
fn a_line_has_what_was_noted_and_nothing_else() {
    let trace = Trace::default();
    let bare = json!({"request_id": "7f", "route": "ping", "status": 200, "ms": 0,
        "upstream_calls": 0, "upstream_ms": 0});
    assert_eq!(parsed(&trace.log_line("7f", "ping", 200, 0)), bare);

    trace.name("acme/one");
    trace.name("acme/two");
    trace.by("cli-a");
    trace.resolved(Source::Kv);
    trace.resolved(Source::Api);
    trace.token(Source::Memory);
    trace.content(Source::Cache);
    trace.call_begins(1000);
    trace.call_ends(2234);
    trace.aborted();
    let whole = json!({"request_id": "7f", "route": "token", "name": "acme/one acme/two",
        "by": "cli-a", "status": 503, "ms": u64::MAX, "resolved": ["kv", "api"],
        "token": "memory", "content": "cache", "upstream_calls": 1, "upstream_ms": 1234,
        "aborted": true});
    assert_eq!(parsed(&trace.log_line("7f", "token", 503, u64::MAX)), whole);
}

#[test]
fn no_text_breaks_out_of_a_line() {
    let hostile = "a\"b\\c\nd\u{0}e\u{1f}f\u{7f}g\u{2028}h ünï \u{1f980}\",\"status\":200,\"x\":\"";
    let trace = Trace::default();
    trace.problem(hostile.to_owned());
    trace.name(hostile);
    trace.by(hostile);
    let line = trace.log_line("7f", "token", 502, 9);
    assert!(!line.contains('\n'), "{line}");
    let line = parsed(&line);
    for member in ["problem", "name", "by"] {
        assert_eq!(line[member], hostile);
    }
    assert_eq!(line["status"], 502);
    assert_eq!(parsed(&trace.background_line("refresh"))["problem"], hostile);
}

#[test]
fn a_task_without_a_problem_says_so() {
    let line = parsed(&Trace::default().background_line("collection"));
    assert_eq!(line, json!({"background": "collection", "problem": null}));
}

#[test]
fn the_timing_is_in_milliseconds() {
    let trace = Trace::default();
    assert_eq!(trace.server_timing(0), "total;dur=0, upstream;dur=0");
    trace.call_begins(0);
    trace.call_ends(1205);
    assert_eq!(trace.server_timing(u64::MAX), format!("total;dur={}, upstream;dur=1205", u64::MAX));
}
