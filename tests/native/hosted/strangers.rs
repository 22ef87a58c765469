//! What strangers may cost: one database answers all accounts.

use bhcr::account::credential::Kind;
use http::Method;
use serde_json::{Value, json};

use super::registry::{Registry, request, token_for, with_bearer, with_login};
use crate::twins::MemoryRequest;

const STRANGER: &str = "203.0.113.7";

fn from_stranger(request: MemoryRequest) -> MemoryRequest {
    request.with_header("cf-connecting-ip", STRANGER)
}

fn names(number: usize) -> Vec<String> {
    (0..8).map(|at| format!("acc-zzzzz/n{number}x{at}")).collect()
}

#[test]
fn anonymous_requests_for_hosted_names_are_limited() {
    let registry = Registry::new();
    registry.account("acc-aaaaa");
    registry.services.permit(STRANGER, 5);
    let ask = |number| registry.send(&from_stranger(token_for(&names(number))));
    let cost = registry.batches(|| {
        for number in 0..5 {
            assert_eq!(ask(number).status, 200, "as often as the limit allows");
        }
    });
    assert_eq!(cost, 5, "one batch for all names of a request");
    let cost = registry.batches(|| {
        let refused = ask(5);
        assert_eq!(refused.status, 429);
        assert_eq!(refused.json()["errors"][0]["code"], "TOOMANYREQUESTS");
        assert!(refused.header("retry-after").is_some());
    });
    assert_eq!(cost, 0);
    assert_eq!(registry.send(&token_for(&names(6))).status, 200, "another address");
}

#[test]
fn a_token_without_rights_has_them_read_as_often_as_the_limit_allows() {
    let registry = Registry::new();
    registry.services.permit(STRANGER, 2);
    let name = "acc-zzzzz/app".to_owned();
    let token = registry.send(&from_stranger(token_for(std::slice::from_ref(&name)))).json();
    let token = token["token"].as_str().expect("a token");
    let pull = || {
        let target = format!("/v2/{name}/manifests/latest");
        registry.send(&from_stranger(with_bearer(request(Method::GET, &target), token)))
    };
    assert_eq!(pull().status, 403);
    let cost = registry.batches(|| assert_eq!(pull().status, 429));
    assert_eq!(cost, 0);
}

#[test]
fn made_up_secrets_are_limited_and_secrets_that_were_accepted_are_not() {
    let registry = Registry::new();
    let key = registry.account("acc-aaaaa");
    let login = |secret: &str| {
        let request = with_login(token_for(&["acc-aaaaa/app".to_owned()]), "KEY", secret);
        registry.send(&from_stranger(request)).status
    };
    registry.services.permit(STRANGER, 3);
    let made_up = || Kind::Key.random_secret().expose().to_owned();
    assert_eq!(login(&key), 200);
    assert_eq!((login(&made_up()), login(&made_up())), (401, 401));
    let cost = registry.batches(|| {
        for _ in 0..10 {
            assert_eq!(login(&made_up()), 429);
            let base = with_bearer(request(Method::GET, "/v2/"), &made_up());
            assert_eq!(registry.send(&from_stranger(base)).status, 429);
            let list = with_bearer(request(Method::GET, "/api/v1/accounts"), &made_up());
            assert_eq!(registry.send(&from_stranger(list)).status, 429);
        }
    });
    assert_eq!(cost, 0);
    for _ in 0..10 {
        assert_eq!(login(&key), 200, "from the same address");
    }
}

#[test]
fn a_secret_that_was_accepted_and_then_revoked_is_limited() {
    let registry = Registry::new();
    let owner = registry.account("acc-aaaaa");
    let path = "/accounts/acc-aaaaa/keys";
    let made = registry.manage(Method::POST, path, &owner, &json!({ "name": "second" })).json();
    let (id, key) = (made["id"].as_str().expect("an id"), made["key"].as_str().expect("a key"));
    registry.services.permit(STRANGER, 2);
    let login = || {
        let request = with_login(token_for(&["acc-aaaaa/app".to_owned()]), "KEY", key);
        registry.send(&from_stranger(request)).status
    };
    assert_eq!(login(), 200);
    let revoked = registry.manage(Method::DELETE, &format!("{path}/{id}"), &owner, &Value::Null);
    assert_eq!(revoked.status, 204);
    assert_eq!([login(), login(), login()], [401, 401, 429]);
}

#[test]
fn the_health_of_the_database_is_asked_for_as_often_as_the_limit_allows() {
    let registry = Registry::new();
    registry.services.permit(STRANGER, 1);
    let ask = || registry.send(&from_stranger(request(Method::GET, "/healthz"))).status;
    assert_eq!(registry.batches(|| assert_eq!(ask(), 200)), 1);
    assert_eq!(registry.batches(|| assert_eq!(ask(), 200)), 0);
}
