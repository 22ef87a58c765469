//! What the registry is asked, and what its replies mean.

use bhcr::fault::Fault;
use bhcr::oci::path::Path;
use bhcr::services::Call;
use bhcr::upstream::registry::{self, Verdict, judge};
use http::Method;

use crate::support::{config, reply, reply_with};

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn call(method: Method, path: &str, passed: &[(&'static str, &str)]) -> Call {
    let config =
        config(&[("REGISTRY_URL", "http://localhost:5000"), ("UPSTREAM_DEADLINE_MS", "777")]);
    let path = Path::parse(path).and_then(Result::ok).expect("a path");
    let passed = passed.iter().map(|(name, value)| (*name, (*value).to_owned()));
    registry::call(&config, method, &path, "the-token", passed)
}

fn headers(call: &Call, name: &str) -> Vec<String> {
    let of_it = call.headers.iter().filter(|(known, _)| *known == name);
    of_it.map(|(_, value)| value.clone()).collect()
}

#[test]
fn a_manifest_is_asked_for_in_every_type_that_there_is() {
    for end in ["latest", DIGEST] {
        let call = call(Method::HEAD, &format!("/v2/v2/abc/manifests/{end}"), &[]);
        assert_eq!(call.method, Method::HEAD);
        assert_eq!(call.url, format!("http://localhost:5000/v2/v2/abc/manifests/{end}"));
        let accept = headers(&call, "accept").join(",");
        let types: Vec<_> = accept.split(',').collect();
        let all = [
            "application/vnd.oci.image.index.v1+json",
            "application/vnd.oci.image.manifest.v1+json",
            "application/vnd.docker.distribution.manifest.list.v2+json",
            "application/vnd.docker.distribution.manifest.v2+json",
        ];
        assert_eq!(types, all);
    }
}

#[test]
fn every_call_has_the_upstream_token_as_bearer_asks_for_identity_and_has_the_deadline() {
    for end in ["manifests/latest", &format!("blobs/{DIGEST}")] {
        let call = call(Method::GET, &format!("/v2/v2/abc/{end}"), &[("if-none-match", "\"e\"")]);
        assert_eq!(call.bearer.as_ref().map(|token| token.expose()), Some("the-token"));
        assert_eq!(headers(&call, "accept-encoding"), ["identity"]);
        assert_eq!(headers(&call, "if-none-match"), ["\"e\""]);
        assert_eq!(headers(&call, "authorization"), Vec::<String>::new());
        assert_eq!(call.deadline.as_millis(), 777);
    }
}

#[test]
fn a_reply_is_judged_by_its_status() {
    let table = [
        (200, Ok(Verdict::Content)),
        (206, Ok(Verdict::Content)),
        (304, Ok(Verdict::Content)),
        (416, Ok(Verdict::OutOfRange)),
        (302, Ok(Verdict::Redirect)),
        (307, Ok(Verdict::Redirect)),
        (401, Ok(Verdict::TokenRefused)),
        (403, Ok(Verdict::Denied)),
        (404, Ok(Verdict::Unknown)),
        (504, Err(Fault::Deadline)),
        (429, Err(Fault::TooManyRequests { retry_after: None })),
    ];
    for (status, expected) in table {
        assert_eq!(judge(&reply(status, "")), expected, "{status}");
    }
    for status in [100, 201, 204, 300, 303, 400, 405, 406, 500, 502, 503] {
        assert!(matches!(judge(&reply(status, "")), Err(Fault::Status(_))), "{status}");
    }
}

#[test]
fn a_401_is_judged_by_its_challenge() {
    let table = [
        (r#"Bearer realm="r",service="s",error="invalid_token""#, Verdict::TokenRefused),
        (r#"Bearer realm="r",service="s""#, Verdict::TokenRefused),
        ("nonsense", Verdict::TokenRefused),
        (
            r#"Bearer realm="r",service="s",scope="repository:v2/a:pull",error="insufficient_scope""#,
            Verdict::Denied,
        ),
    ];
    for (challenge, expected) in table {
        let reply = reply_with(401, &[("www-authenticate", challenge)], "");
        assert_eq!(judge(&reply), Ok(expected), "{challenge}");
    }
}

#[test]
fn a_limit_says_when_to_come_back() {
    let reply = reply_with(429, &[("retry-after", "33")], "");
    assert_eq!(judge(&reply), Err(Fault::TooManyRequests { retry_after: Some(33) }));
}
