//! The token that the API gives, and what it says of itself.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use bhcr::fault::Fault;
use bhcr::upstream::api::{Caller, Unserved, UpstreamToken, read_token};
use serde_json::{Value, json};

use crate::support::{location, reply, reply_with};

fn jwt(claims: &str) -> String {
    format!("{}.{}.{}", BASE64.encode(r#"{"alg":"ES256"}"#), BASE64.encode(claims), "c2ln")
}

fn answer(token: &str) -> String {
    json!({ "token": token }).to_string()
}

fn read(body: &str) -> Result<UpstreamToken, Unserved> {
    read_token(&reply(200, body), Caller::Anonymous)
}

fn with_access(access: &Value) -> UpstreamToken {
    let claims = json!({ "exp": 1_800_014_400_u64, "iat": 1, "sub": "", "access": access });
    read(&answer(&jwt(&claims.to_string()))).expect("the token is good")
}

#[test]
fn a_token_is_kept_whole_with_its_end() {
    let token = jwt(r#"{"exp":1800014400,"access":[]}"#);
    let read = read(&answer(&token)).expect("the token is good");
    assert_eq!(read.token.expose(), token);
    assert_eq!(read.expires, 1_800_014_400);
    assert!(!format!("{read:?}").contains(&token));
}

#[test]
fn only_access_that_names_the_location_with_pull_is_a_right() {
    let access = |kind: &str, name: &str, actions: &[&str]| json!([{ "type": kind, "name": name, "actions": actions, "alias": "org/app" }]);
    let table = [
        (access("repository", "v2/abc", &["pull"]), true),
        (access("repository", "v2/abc", &["pull", "push"]), true),
        (access("repository", "v2/abc", &["push", "pull"]), true),
        (access("repository", "v2/abc", &[]), false),
        (access("repository", "v2/abc", &["push"]), false),
        (access("repository", "v2/abc", &["PULL"]), false),
        (access("repository", "v2/abc", &["*"]), false),
        (access("repository", "v2/abcd", &["pull"]), false),
        (access("repository", "abc", &["pull"]), false),
        (access("repository", "org/app", &["pull"]), false),
        (access("registry", "v2/abc", &["pull"]), false),
        (access("", "v2/abc", &["pull"]), false),
        (json!([{ "type": "repository", "name": "v2/abc" }]), false),
        (json!([]), false),
    ];
    for (access, allowed) in table {
        assert_eq!(with_access(&access).allows(&location("abc")), allowed, "{access}");
    }
    let both = json!([
        { "type": "repository", "name": "v2/none", "actions": [] },
        { "type": "repository", "name": "v2/abc", "actions": ["pull"] },
    ]);
    assert!(with_access(&both).allows(&location("abc")));
    assert!(!with_access(&both).allows(&location("none")));
}

#[test]
fn a_token_without_access_allows_nothing() {
    let read = read(&answer(&jwt(r#"{"exp":1800014400}"#)));
    assert!(!read.expect("the token is good").allows(&location("abc")));
}

#[test]
fn what_is_no_token_is_a_fault_that_does_not_quote_it() {
    let payload = BASE64.encode(r#"{"exp":1,"access":[]}"#);
    let bad = [
        String::new(),
        "hunter2".to_owned(),
        "{}".to_owned(),
        r#"{"token":null}"#.to_owned(),
        r#"{"token":{"hunter2":1}}"#.to_owned(),
        r#"{"access_token":"hunter2"}"#.to_owned(),
        answer(""),
        answer("hunter2"),
        answer("hunter2.!!!!.c2ln"),
        answer("hunter2..c2ln"),
        answer(&format!("hunter2.{}.c2ln", BASE64.encode("hunter2"))),
        answer(&jwt("{}")),
        answer(&jwt(r#"{"access":[]}"#)),
        answer(&jwt(r#"{"exp":"hunter2","access":[]}"#)),
        answer(&jwt(r#"{"exp":-1,"access":[]}"#)),
        answer(&jwt(r#"{"exp":1,"access":"hunter2"}"#)),
        answer(&jwt(r#"{"exp":1,"access":[{"actions":["hunter2"]}]}"#)),
        // It would stand in a header.
        answer(&format!("a.{payload}.hunter2\r\nx: y")),
        answer(&format!("a.{payload}.hunter2 b")),
        answer(&format!("ä.{payload}.hunter2")),
    ];
    for body in bad {
        let read = read(&body);
        let Err(Unserved::Fault(Fault::Nonsense(why))) = read else { panic!("{body}: {read:?}") };
        assert!(!why.to_string().contains("hunter2"), "{why}");
    }
}

#[test]
fn any_other_status_is_a_refusal_or_a_fault() {
    let good = answer(&jwt(r#"{"exp":1800014400,"access":[]}"#));
    let read = |reply| read_token(&reply, Caller::Authenticated).expect_err("there is no token");
    for status in [401, 403] {
        for body in ["", &good] {
            assert_eq!(read(reply(status, body)), Unserved::Refused, "{status}");
        }
    }
    for status in [201, 301, 307, 400, 404, 500, 502] {
        let refused = read(reply(status, &good));
        assert!(matches!(refused, Unserved::Fault(Fault::Status(_))), "{status}: {refused:?}");
    }
    let limited = reply_with(429, &[("retry-after", "7")], "");
    let fault = Fault::TooManyRequests { retry_after: Some(7) };
    assert_eq!(read(limited), Unserved::Fault(fault));
    assert_eq!(read(reply(504, "")), Unserved::Fault(Fault::Deadline));
}
