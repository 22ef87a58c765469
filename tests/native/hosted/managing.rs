//! What the management API promises, on the app as a whole.

use http::Method;
use serde_json::{Value, json};

use super::registry::Registry;

const REPOSITORIES: &str = "/accounts/acc-aaaaa/repositories";

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

#[test]
fn a_list_of_repositories_is_bounded_and_its_pages_have_them_all() {
    let registry = Registry::new();
    let key = registry.account("acc-aaaaa");
    registry.database().run(
        "with recursive n (i) as (select 0 union all select i + 1 from n where i < 5) \
         insert into repositories select 'acc-aaaaa', printf('r%02d', i), 0, 1 from n; \
         with recursive n (i) as (select 0 union all select i + 1 from n where i < 4) \
         insert into images select 'acc-aaaaa', repository || '/i' || i, repository, 1 \
         from repositories, n; \
         with recursive n (i) as (select 0 union all select i + 1 from n where i < 1499) \
         insert into tags select 'acc-aaaaa', image, printf('%0128d', i), 'sha256:00', 1 \
         from images, n",
    );
    let (mut found, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let target = format!("{REPOSITORIES}?cursor={cursor}");
        let page = registry.manage(Method::GET, &target, &key, &Value::Null);
        assert_eq!(page.status, 200);
        assert!(page.body.len() < 4 << 20, "a page has {} bytes", page.body.len());
        let page = page.json();
        let shown = page["repositories"].as_array().expect("a list").iter();
        found.extend(shown.map(|it| it["repository"].as_str().expect("a name").to_owned()));
        pages += 1;
        match page["cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(found, (0..6).map(|at| format!("r{at:02}")).collect::<Vec<_>>());
    assert!(pages > 1, "they do not fit one page");
}

#[test]
fn a_repository_with_many_images_is_bounded_and_its_pages_have_them_all() {
    let registry = Registry::new();
    let key = registry.account("acc-aaaaa");
    registry.database().run(
        "insert into repositories values ('acc-aaaaa', 'app', 0, 1); \
         with recursive n (i) as (select 0 union all select i + 1 from n where i < 24) \
         insert into images select 'acc-aaaaa', printf('app/i%02d', i), 'app', 1 from n; \
         with recursive n (i) as (select 0 union all select i + 1 from n where i < 1099) \
         insert into tags select 'acc-aaaaa', image, printf('%0128d', i), 'sha256:00', 1 \
         from images, n",
    );
    let list = registry.manage(Method::GET, REPOSITORIES, &key, &Value::Null);
    assert!(list.body.len() < 4 << 20, "the list has {} bytes", list.body.len());
    assert_eq!(list.json()["repositories"][0]["repository"], "app");
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let target = format!("{REPOSITORIES}/app?cursor={cursor}");
        let page = registry.manage(Method::GET, &target, &key, &Value::Null);
        assert!(page.body.len() < 4 << 20, "a page has {} bytes", page.body.len());
        let page = page.json();
        let images = page["images"].as_array().expect("a list").iter();
        found.extend(images.map(|it| it["name"].as_str().expect("a name").to_owned()));
        match page["cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    let all = (0..25).map(|at| format!("acc-aaaaa/app/i{at:02}"));
    assert_eq!(found, all.collect::<Vec<_>>());
}
