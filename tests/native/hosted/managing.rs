//! What the management API promises, on the app as a whole.

use http::Method;
use serde_json::{Value, json};

use super::registry::Registry;

#[test]
fn a_change_of_a_clients_end_writes_no_grants_that_it_read_before() {
    let registry = Registry::new();
    let key = registry.account("acc-aaaaa");
    let grants = json!([{ "repository": "*", "actions": ["pull", "push", "delete"] }]);
    let path = "/accounts/acc-aaaaa/clients";
    let made = registry.manage(Method::POST, path, &key, &json!({ "name": "c", "grants": grants }));
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let path = format!("{path}/{id}");
    // Whoever else changes the grants meanwhile, this request does not write them.
    registry.database().run(
        "create trigger grants_change before insert on grants begin select raise(abort, 'x'); end; \
         create trigger grants_go before delete on grants begin select raise(abort, 'x'); end",
    );
    let end = "2099-01-01T00:00:00Z";
    let changed = registry.manage(Method::PUT, &path, &key, &json!({ "expires": end }));
    assert_eq!((changed.status, &changed.json()["expires"]), (200, &json!(end)));
    assert_eq!(changed.json()["grants"], grants);
    let fewer = json!({ "grants": [{ "repository": "app", "actions": ["pull"] }] });
    assert_ne!(registry.manage(Method::PUT, &path, &key, &fewer).status, 200, "the triggers work");
}
