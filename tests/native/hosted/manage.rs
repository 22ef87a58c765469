//! What callers of the management API send, and what is told of a field that is wrong.

use bhcr::account::id::ClientId;
use bhcr::account::rights::{Action, Target};
use bhcr::hosted::manage::fields::InvalidBody;
use bhcr::hosted::manage::input::{
    Check, ClientChange, Collect, MAX_GRANTS, NewAccount, NewClient, NewKey, RepositoryChange,
};
use bhcr::hosted::manage::login::{self, DockerConfig, KubernetesSecret};
use bhcr::secret::Secret;

// 2027-01-15T08:00:00Z
const NOW: u64 = 1_800_000_000;

/// The field that is refused; `-` where the whole body is.
fn refused<T: std::fmt::Debug>(read: Result<T, InvalidBody>) -> String {
    match read.expect_err("it is refused") {
        InvalidBody::Malformed => "-".to_owned(),
        InvalidBody::Field(field) => {
            assert!(!field.problem.is_empty());
            field.field
        }
    }
}

#[test]
fn an_account_has_a_name_and_perhaps_an_id() {
    let read = |body: &str| NewAccount::read(body.as_bytes());
    let made = read(r#"{"name":"Exämple Ltd"}"#).expect("no id");
    assert_eq!((made.name.as_str(), made.id), ("Exämple Ltd", None));
    for id in ["acc-x1y2z", "0146e9b57080961e2c83536300000000"] {
        let made = read(&format!(r#"{{"name":"x","id":"{id}"}}"#)).expect(id);
        assert_eq!(made.id.expect("an id").as_str(), id);
    }
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(101));
    let table = [
        ("", "name"),
        ("{}", "name"),
        ("[]", "-"),
        ("null", "-"),
        ("{", "-"),
        (r#"{"name":"x"} trailing"#, "-"),
        (r#"{"name":5}"#, "name"),
        (r#"{"name":""}"#, "name"),
        (r#"{"name":"a\u0000b"}"#, "name"),
        (r#"{"name":"a\nb"}"#, "name"),
        (&long, "name"),
        (r#"{"name":"x","id":"acc-"}"#, "id"),
        (r#"{"name":"x","id":"ACC-X1Y2Z"}"#, "id"),
        (r#"{"name":"x","id":7}"#, "id"),
        (r#"{"name":"x","Id":"acc-x1y2z"}"#, "Id"),
    ];
    for (body, field) in table {
        assert_eq!(refused(read(body)), field, "{body}");
    }
}

#[test]
fn a_key_may_end_in_the_future_and_not_in_the_past() {
    let read = |body: &str| NewKey::read(body.as_bytes(), NOW);
    assert_eq!(read(r#"{"name":"ci"}"#).expect("no end").expires, None);
    assert_eq!(read(r#"{"name":"ci","expires":null}"#).expect("no end").expires, None);
    let end = read(r#"{"name":"ci","expires":"2027-01-15T08:00:01Z"}"#).expect("an end");
    assert_eq!(end.expires, Some(NOW + 1));
    for expires in [
        r#""2027-01-15T08:00:00Z""#,
        r#""1969-12-31T23:59:59Z""#,
        r#""2027-02-30T00:00:00Z""#,
        r#""tomorrow""#,
        r#""""#,
        "1800000001",
        "true",
    ] {
        let body = format!(r#"{{"name":"ci","expires":{expires}}}"#);
        assert_eq!(refused(read(&body)), "expires", "{expires}");
    }
}

#[test]
fn a_client_has_grants_each_about_another_repository() {
    let body = r#"{"name":"cluster","grants":[
        {"repository":"myapp","actions":["pull"]},
        {"repository":"*","actions":["delete","push","push"]}]}"#;
    let client = NewClient::read(body.as_bytes(), NOW).expect("a client");
    let [first, second] = &client.grants[..] else { panic!("two grants") };
    assert_eq!(first.target.as_str(), "myapp");
    assert_eq!(first.actions.iter().collect::<Vec<_>>(), [Action::Pull]);
    assert_eq!(second.target, Target::All);
    assert_eq!(second.actions.iter().collect::<Vec<_>>(), [Action::Push, Action::Delete]);
}

#[test]
fn a_grant_that_is_wrong_is_told_by_its_place() {
    let grant = |grant: &str| format!(r#"{{"name":"x","grants":[{grant}]}}"#);
    let pull = r#"{"repository":"a","actions":["pull"]}"#;
    let twice = format!("{pull},{pull}");
    let many: Vec<_> = (0..=MAX_GRANTS)
        .map(|at| format!(r#"{{"repository":"a{at}","actions":["pull"]}}"#))
        .collect();
    let table = [
        (r#"{"name":"x"}"#.to_owned(), "grants"),
        (r#"{"name":"x","grants":{}}"#.to_owned(), "grants"),
        (grant("5"), "grants[0]"),
        (grant(r#"{"actions":["pull"]}"#), "grants[0].repository"),
        (grant(r#"{"repository":"a/b","actions":["pull"]}"#), "grants[0].repository"),
        (grant(r#"{"repository":"acc-x1y2z/a","actions":["pull"]}"#), "grants[0].repository"),
        (grant(r#"{"repository":"a"}"#), "grants[0].actions"),
        (grant(r#"{"repository":"a","actions":[]}"#), "grants[0].actions"),
        (grant(r#"{"repository":"a","actions":"pull"}"#), "grants[0].actions"),
        (grant(r#"{"repository":"a","actions":["read"]}"#), "grants[0].actions[0]"),
        (grant(r#"{"repository":"a","actions":["pull",1]}"#), "grants[0].actions[1]"),
        (grant(r#"{"repository":"a","actions":["pull"],"x":1}"#), "grants[0].x"),
        (grant(&twice), "grants[1].repository"),
        (grant(&many.join(",")), "grants"),
    ];
    for (body, field) in table {
        assert_eq!(refused(NewClient::read(body.as_bytes(), NOW)), field, "{body}");
    }
}

#[test]
fn what_a_change_of_a_client_does_not_name_stays() {
    let read = |body: &str| ClientChange::read(body.as_bytes(), NOW).expect(body);
    assert_eq!(read("{}"), ClientChange { grants: None, expires: None });
    assert_eq!(read(r#"{"grants":[]}"#).grants, Some(vec![]));
    assert_eq!(read(r#"{"expires":null}"#).expires, Some(None));
    let end = read(r#"{"expires":"2027-01-15T08:00:01Z"}"#).expires;
    assert_eq!(end, Some(Some(NOW + 1)));
    let name = ClientChange::read(br#"{"name":"other"}"#, NOW);
    assert_eq!(refused(name), "name");
}

#[test]
fn a_repository_collection_and_check_take_their_fields_alone() {
    let public = |body: &str| RepositoryChange::read(body.as_bytes());
    assert_eq!(public("").expect("nothing").public, None);
    assert_eq!(public(r#"{"public":true}"#).expect("public").public, Some(true));
    assert_eq!(refused(public(r#"{"public":"yes"}"#)), "public");
    assert_eq!(refused(public(r#"{"pubic":true}"#)), "pubic");

    let collect = |body: &str| Collect::read(body.as_bytes());
    assert_eq!(collect("").expect("nothing"), Collect { now: false, cursor: None });
    let page = Collect { now: true, cursor: Some("c".to_owned()) };
    assert_eq!(collect(r#"{"now":true,"cursor":"c"}"#).expect("a page"), page);
    assert_eq!(refused(collect(r#"{"now":1}"#)), "now");
    assert_eq!(refused(Check::read(br#"{"cursor":1}"#)), "cursor");
    let long = format!(r#"{{"cursor":"{}"}}"#, "x".repeat(1025));
    assert_eq!(refused(Check::read(long.as_bytes())), "cursor");
}

#[test]
fn a_clients_credentials_are_ready_for_docker_and_kubernetes() {
    let id = ClientId::parse("cli-abcde").expect("an id");
    let secret = Secret::new("bhc_secret");
    assert_eq!(
        login::command("bhcr.io", &id, &secret),
        "echo bhc_secret | docker login bhcr.io --username cli-abcde --password-stdin"
    );
    let config = DockerConfig::new("bhcr.io:8787", &id, &secret);
    // base64 of cli-abcde:bhc_secret
    let json = r#"{"auths":{"bhcr.io:8787":{"auth":"Y2xpLWFiY2RlOmJoY19zZWNyZXQ="}}}"#;
    assert_eq!(serde_json::to_string(&config).expect("JSON"), json);
    let kubernetes = serde_json::to_value(KubernetesSecret::new(&id, &config)).expect("JSON");
    assert_eq!(kubernetes["kind"], "Secret");
    assert_eq!(kubernetes["type"], "kubernetes.io/dockerconfigjson");
    assert_eq!(kubernetes["metadata"]["name"], "bhcr-cli-abcde");
    use base64::Engine;
    let held = kubernetes["data"][".dockerconfigjson"].as_str().expect("data");
    let held = base64::prelude::BASE64_STANDARD.decode(held).expect("base64");
    assert_eq!(held, json.as_bytes());
}
