//! The API's answers about releases.

use bhcr::balena::resolved::{PickService, Resolved, Selected};
use bhcr::fault::{Fault, Nonsense};
use bhcr::upstream::api::releases::read_releases;
use bhcr::upstream::api::{Caller, Unserved};
use serde_json::{Value, json};

use bhcr::config::Config;
use bhcr::services::Reply;

use crate::support::{REGISTRY_HOST, config, location, one, reference, reply, reply_with};

fn image(service: &str, location: &str, status: &str) -> Value {
    json!({ "id": 1, "image": [{
        "id": 2,
        "is_stored_at__image_location": location,
        "status": status,
        "is_a_build_of__service": [{ "service_name": service, "id": 3 }],
    }] })
}

fn stored(service: &str, hash: &str) -> Value {
    image(service, &format!("{REGISTRY_HOST}/v2/{hash}"), "success")
}

fn release(images: &[Value]) -> Value {
    json!({ "d": [{ "id": 4, "commit": "ignored", "release_image": images }] })
}

pub type Read = Result<Selected, Unserved>;

fn read_one(config: &Config, reply: &Reply<Vec<u8>>, caller: Caller) -> Read {
    read_name(config, "org/app", reply, caller)
}

pub fn read_name(config: &Config, name: &str, reply: &Reply<Vec<u8>>, caller: Caller) -> Read {
    let release = reference(name).release;
    let mut read = read_releases(config, &[&release], reply, caller)?;
    read.pop().expect("one was asked for").map_err(Unserved::Fault)
}

fn read(body: &Value) -> Read {
    read_one(&config(&[]), &reply(200, &body.to_string()), Caller::Anonymous)
}

fn found(body: &Value) -> Resolved {
    let selected = read(body).expect("the answer is good");
    one(&selected).expect("there is a release").clone()
}

#[test]
fn a_release_of_one_image_needs_no_service_and_takes_its_own() {
    let one = found(&release(&[stored("main", "abc")]));
    assert_eq!(one.pick(None), Ok(&location("abc")));
    assert_eq!(one.pick(Some("main")), Ok(&location("abc")));
    assert_eq!(one.pick(Some("web")), Err(PickService(vec!["main".to_owned()])));
    assert_eq!(one.first(), Some(&location("abc")));
}

#[test]
fn a_release_of_several_images_lists_its_services_in_order() {
    let several = found(&release(&[stored("web", "bbb"), stored("api", "aaa")]));
    let services = PickService(vec!["api".to_owned(), "web".to_owned()]);
    assert_eq!(several.pick(Some("web")), Ok(&location("bbb")));
    assert_eq!(several.pick(Some("api")), Ok(&location("aaa")));
    assert_eq!(several.pick(None), Err(services.clone()));
    assert_eq!(several.pick(Some("WEB")), Err(services));
    assert_eq!(several.first(), Some(&location("aaa")));
}

#[test]
fn an_image_that_was_not_built_is_left_out() {
    let unbuilt = json!({ "image": [{
        "is_stored_at__image_location": null,
        "status": "failed",
        "is_a_build_of__service": [{ "service_name": "web" }],
    }] });
    let one = found(&release(&[stored("main", "abc"), unbuilt.clone()]));
    assert_eq!(one.pick(None), Ok(&location("abc")));
    for none in [release(&[unbuilt]), release(&[])] {
        assert_eq!(found(&none).first(), None);
        assert_eq!(found(&none).pick(None), Err(PickService(Vec::new())));
    }
}

#[test]
fn an_empty_answer_is_a_miss_and_of_several_releases_the_first_is_taken() {
    assert_eq!(read(&json!({ "d": [] })), Ok(Selected::Nothing(Vec::new())));
    let first = release(&[stored("main", "first")])["d"][0].clone();
    let second = release(&[stored("main", "second")])["d"][0].clone();
    let both = found(&json!({ "d": [first, second] }));
    assert_eq!(both.pick(None), Ok(&location("first")));
}

#[test]
fn a_location_anywhere_else_is_a_fault_that_does_not_quote_it() {
    let bad = [
        "evil.example/v2/abc",
        "registry2.balena-cloud.com.evil.example/v2/abc",
        "registry2.balena-cloud.com@evil.example/v2/abc",
        "registry2.balena-cloud.com:443/v2/abc",
        "REGISTRY2.balena-cloud.com/v2/abc",
        "https://registry2.balena-cloud.com/v2/abc",
        "registry2.balena-cloud.com/v2/",
        "registry2.balena-cloud.com/v2",
        "registry2.balena-cloud.com/v3/abc",
        "registry2.balena-cloud.com/v2/../abc",
        "registry2.balena-cloud.com/v2/abc/def",
        "registry2.balena-cloud.com//v2/abc",
        "registry2.balena-cloud.com/v2/ABC",
        "registry2.balena-cloud.com/v2/a%62c",
        "registry2.balena-cloud.com/v2/abc:latest",
        "registry2.balena-cloud.com/v2/abc?x",
        "registry2.balena-cloud.com/v2/abc\n",
        "registry2.balena-cloud.com/abc",
        "v2/abc",
        "abc",
        "",
    ];
    for text in bad {
        let images = [stored("api", "aaa"), image("web", text, "success")];
        let read = read(&release(&images));
        assert_eq!(read, Err(Unserved::Fault(Nonsense::ForeignLocation.into())), "{text:?}");
    }
}

#[test]
fn an_older_name_of_the_registry_is_accepted_if_the_settings_have_it() {
    let config = config(&[("REGISTRY2_HOST", "new.example, old.example")]);
    for (host, good) in [("new.example", true), ("old.example", true), ("other.example", false)] {
        let body = release(&[image("main", &format!("{host}/v2/abc"), "success")]);
        let read = read_one(&config, &reply(200, &body.to_string()), Caller::Anonymous);
        assert_eq!(read.is_ok(), good, "{host}");
    }
}

#[test]
fn an_answer_of_another_shape_is_a_fault_that_does_not_quote_it() {
    let bad = [
        "",
        "secret words",
        "[]",
        "null",
        "{}",
        r#"{"d":null}"#,
        r#"{"d":{"id":1}}"#,
        r#"{"d":[{}]}"#,
        r#"{"d":["secret words"]}"#,
        r#"{"d":[{"release_image":[{}]}]}"#,
        r#"{"d":[{"release_image":[{"image":[{"status":"success"}]}]}]}"#,
        r#"{"d":[]} secret words"#,
        "{\"d\":[",
    ];
    for body in bad {
        let read = read_one(&config(&[]), &reply(200, body), Caller::Anonymous);
        let Err(Unserved::Fault(Fault::Nonsense(why))) = read else { panic!("{body}: {read:?}") };
        assert!(!why.to_string().contains("secret words"), "{why}");
    }
}

#[test]
fn any_other_status_is_a_refusal_or_a_fault_by_its_kind() {
    let empty = r#"{"d":[]}"#;
    let read_for =
        |reply, caller| read_one(&config(&[]), &reply, caller).expect_err("there is no release");
    let read = |reply| read_for(reply, Caller::Authenticated);
    for status in [401, 403] {
        assert_eq!(read(reply(status, empty)), Unserved::Refused, "{status}");
        let anonymous = read_for(reply(status, empty), Caller::Anonymous);
        assert!(matches!(anonymous, Unserved::Fault(Fault::Status(_))), "{status}: {anonymous}");
    }
    for status in [204, 301, 307, 400, 404, 500, 502, 503] {
        let refused = read(reply(status, empty));
        assert!(matches!(refused, Unserved::Fault(Fault::Status(_))), "{status}: {refused:?}");
    }
    assert_eq!(read(reply(504, empty)), Unserved::Fault(Fault::Deadline));
    let limited = |retry_after| Unserved::Fault(Fault::TooManyRequests { retry_after });
    let table = [("120", Some(120)), ("0", Some(0)), ("soon", None), ("-1", None)];
    for (header, retry_after) in table {
        let reply = reply_with(429, &[("retry-after", header)], empty);
        assert_eq!(read(reply), limited(retry_after), "{header}");
    }
    assert_eq!(read(reply(429, empty)), limited(None));
}

// A row of the answer to a query for several releases.
pub fn row(slug: &str, runs: bool, semver: &str, raw: &str, is_final: bool, hash: &str) -> Value {
    let runners = if runs { vec![json!({ "slug": slug })] } else { Vec::new() };
    json!({
        "id": 1,
        "commit": hash.repeat(32),
        "semver": semver,
        "raw_version": raw,
        "is_final": is_final,
        "belongs_to__application": [{ "slug": slug }],
        "should_be_running_on__application": runners,
        "release_image": [stored("main", hash)],
    })
}

#[test]
fn each_of_several_releases_gets_its_own_row() {
    let draft = "2.4.0-1763000000000";
    let rows = [
        row("org/app", true, "2.3.8", "2.3.8+rev1", true, "a"),
        row("org/app", false, "2.3.8", "2.3.8", true, "b"),
        row("org/app", false, "2.4.0", draft, false, "c"),
        row("or/ap", false, "2.3.8", "2.3.8", true, "d"),
    ];
    let table = [
        ("org/app".to_owned(), Some("a")),
        ("org/app/2.3.8".to_owned(), Some("a")),
        (format!("org/app/{draft}"), Some("c")),
        ("org/app/2.4.0".to_owned(), None),
        (format!("org/app/{}", "b".repeat(32)), Some("b")),
        ("or/ap".to_owned(), None),
        ("or/ap/2.3.8".to_owned(), Some("d")),
        (format!("or/ap/{}", "b".repeat(32)), None),
    ];
    let releases: Vec<_> = table.iter().map(|(name, _)| reference(name).release).collect();
    let releases: Vec<_> = releases.iter().collect();
    let reply = reply(200, &json!({ "d": rows }).to_string());
    let read = read_releases(&config(&[]), &releases, &reply, Caller::Anonymous);
    for ((name, hash), found) in table.iter().zip(read.expect("the answer is good")) {
        let found = found.expect("no release is a fault");
        let at = one(&found).and_then(Resolved::first).cloned();
        assert_eq!(at, hash.map(location), "{name}");
    }
}

#[test]
fn a_fault_in_one_release_leaves_the_others() {
    let mut foreign = row("or/ap", true, "1.0.0", "1.0.0", true, "d");
    foreign["release_image"] = json!([image("main", "evil.example/v2/abc", "success")]);
    let rows = [row("org/app", true, "2.3.8", "2.3.8", true, "a"), foreign];
    let releases = ["org/app", "or/ap"].map(|name| reference(name).release);
    let [good, bad] = &releases;
    let reply = reply(200, &json!({ "d": rows }).to_string());
    let read = read_releases(&config(&[]), &[good, bad], &reply, Caller::Anonymous);
    let [good, bad] = &read.expect("the answer is good")[..] else { panic!("two were asked for") };
    assert!(matches!(good, Ok(Selected::One(_))), "{good:?}");
    assert_eq!(*bad, Err(Nonsense::ForeignLocation.into()));
}
