//! The management API's operations, compared with their description in openapi.json.

use std::collections::BTreeSet;

use bhcr::hosted::manage::OPENAPI;
use bhcr::hosted::manage::fields::InvalidBody;
use bhcr::hosted::manage::input::{
    Check, ClientChange, Collect, NewAccount, NewClient, NewKey, RepositoryChange,
};
use bhcr::hosted::manage::output::{
    AccountMade, AccountShown, ClientShown, GrantShown, ImageShown, KeyMade, KeyShown, Problems,
    RepositoryShown,
};
use bhcr::route::manage::{AccountOperation, BASE, NoOperation, Operation};
use http::Method;
use serde::Serialize;
use serde_json::Value;

const METHODS: [Method; 5] =
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

fn described() -> Value {
    serde_json::from_str(OPENAPI).expect("openapi.json is JSON")
}

/// Every path with values for its parameters, and what is described of it.
fn paths(document: &Value) -> Vec<(String, &Value)> {
    let with_values = |path: &str| {
        let id = if path.contains("/keys/") { "key-abcde" } else { "cli-abcde" };
        let path = path.replace("{account}", "acc-x1y2z").replace("{id}", id);
        format!("{BASE}{}", path.replace("{repository}", "myapp"))
    };
    let paths = document["paths"].as_object().expect("paths");
    paths.iter().map(|(path, about)| (with_values(path), about)).collect()
}

#[test]
fn every_operation_is_described_under_its_name_and_no_other_is() {
    let document = described();
    let mut labels = BTreeSet::new();
    for (path, about) in paths(&document) {
        for method in METHODS {
            let described = about.get(method.as_str().to_lowercase());
            match (Operation::parse(&method, &path).expect("a path of the API"), described) {
                (Ok(operation), Some(described)) => {
                    let id = described["operationId"].as_str().expect("an operationId");
                    assert_eq!(camel_case(operation.label()), id);
                    assert!(labels.insert(operation.label()), "{id} comes twice");
                }
                (Err(NoOperation::Method(allowed)), None) => {
                    assert!(!allowed.split(", ").any(|it| it == method.as_str()), "{path}");
                }
                (parsed, described) => panic!("{method} {path}: {parsed:?}, {described:?}"),
            }
        }
    }
    assert_eq!(labels.len(), EVERY_OPERATION);
}

// Who adds an operation is sent here by the compiler: count it, and describe it.
const EVERY_OPERATION: usize = 19;
const _: fn(&Operation) = |operation| match operation {
    Operation::Describe | Operation::ListAccounts | Operation::CreateAccount => {}
    Operation::Of(_, of_account) => match of_account {
        AccountOperation::Show | AccountOperation::Delete => {}
        AccountOperation::ListKeys | AccountOperation::CreateKey => {}
        AccountOperation::DeleteKey(_) => {}
        AccountOperation::ListClients | AccountOperation::CreateClient => {}
        AccountOperation::ShowClient(_) | AccountOperation::ChangeClient(_) => {}
        AccountOperation::DeleteClient(_) => {}
        AccountOperation::ListRepositories | AccountOperation::ShowRepository(_) => {}
        AccountOperation::ChangeRepository(_) | AccountOperation::DeleteRepository(_) => {}
        AccountOperation::Collect | AccountOperation::Check => {}
    },
};

#[test]
fn paths_outside_the_api_are_not_its_own() {
    for path in ["/", "/api", "/api/v2/accounts", "/api/v1x", "/v2/", "/api/v"] {
        assert_eq!(Operation::parse(&Method::GET, path), None, "{path}");
    }
    for path in ["/api/v1", "/api/v1/", "/api/v1/x", "/api/v1/accounts/", "/api/v1//accounts"] {
        let parsed = Operation::parse(&Method::PATCH, path).expect(path);
        assert!(parsed.is_err(), "{path}");
    }
    for (path, field) in [
        ("/api/v1/accounts/other", "account"),
        ("/api/v1/accounts/acc-x1y2z%2f/keys", "account"),
        ("/api/v1/accounts/acc-x1y2z/keys/cli-abcde", "id"),
        ("/api/v1/accounts/acc-x1y2z/clients/x", "id"),
        ("/api/v1/accounts/acc-x1y2z/repositories/A", "repository"),
        ("/api/v1/accounts/acc-x1y2z/repositories/..", "repository"),
    ] {
        let parsed = Operation::parse(&Method::DELETE, path).expect(path);
        assert_eq!(parsed, Err(NoOperation::Field(field)), "{path}");
    }
}

/// What a body's reader says, without what it read.
type Reader = fn(&[u8]) -> Result<(), InvalidBody>;

const READERS: [(&str, Reader); 7] = [
    ("NewAccount", |body| NewAccount::read(body).map(drop)),
    ("NewKey", |body| NewKey::read(body, 0).map(drop)),
    ("NewClient", |body| NewClient::read(body, 0).map(drop)),
    ("ClientChange", |body| ClientChange::read(body, 0).map(drop)),
    ("RepositoryChange", |body| RepositoryChange::read(body).map(drop)),
    ("Collect", |body| Collect::read(body).map(drop)),
    ("Check", |body| Check::read(body).map(drop)),
];

#[test]
fn every_body_that_is_described_is_read_as_it_is_described() {
    let document = described();
    let mut bodies = BTreeSet::new();
    for (path, about) in paths(&document) {
        for (_, operation) in about.as_object().expect("operations") {
            let Some(content) = operation.get("requestBody") else { continue };
            let content = &content["content"]["application/json"];
            let name = content["schema"]["$ref"].as_str().expect("a reference");
            let name = name.rsplit('/').next().expect("a name");
            let (_, reader) = READERS.iter().find(|(known, _)| *known == name).expect(name);
            check_body(
                &path,
                *reader,
                &content["example"],
                &document["components"]["schemas"][name],
            );
            bodies.insert(name.to_owned());
        }
    }
    assert_eq!(bodies.len(), READERS.len());
}

// The example has every property, so that each is known to the reader; each required one that is
// left out, and any other, is refused by its name.
fn check_body(path: &str, reader: Reader, example: &Value, schema: &Value) {
    let read = |value: &Value| reader(value.to_string().as_bytes());
    assert_eq!(keys(example), keys(&schema["properties"]), "{path}");
    assert_eq!(read(example), Ok(()), "{path}");
    let mut more = example.clone();
    more["another"] = Value::Null;
    assert_eq!(field(read(&more)), "another");
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for name in keys(example) {
        let mut less = example.clone();
        less.as_object_mut().expect("an object").remove(&name);
        match required.iter().any(|it| it == name.as_str()) {
            true => assert_eq!(field(read(&less)), name),
            false => assert_eq!(read(&less), Ok(()), "{path} without {name}"),
        }
    }
}

fn field(read: Result<(), InvalidBody>) -> String {
    match read {
        Err(InvalidBody::Field(field)) => field.field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_answered_has_the_properties_that_are_described() {
    let text = String::new;
    let grant = GrantShown { repository: text(), actions: vec!["pull"] };
    compare("Grant", &grant);
    let image = ImageShown { name: text(), size: 0, tags: vec![] };
    compare("Image", &image);
    let images = vec![image];
    let cursor = Some(text());
    let repository = RepositoryShown {
        repository: text(),
        public: true,
        created: text(),
        size: 0,
        images,
        cursor,
    };
    compare("Repository", &repository);
    compare("AccountMade", &AccountMade { account: "", key: "" });
    compare("Account", &AccountShown { account: text(), name: text(), created: text() });
    compare("KeyMade", &KeyMade { id: "", key: "" });
    let key = KeyShown { id: text(), name: text(), created: text(), expires: None };
    compare("Key", &key);
    let grants = vec![grant];
    let client = ClientShown { id: text(), name: text(), grants, created: text(), expires: None };
    compare("Client", &client);
    compare("Problems", &Problems { problems: vec![], cursor: Some(text()) });
}

fn compare(schema: &str, value: &impl Serialize) {
    let answered = serde_json::to_value(value).expect("JSON");
    let document = described();
    let properties = &document["components"]["schemas"][schema]["properties"];
    assert_eq!(keys(&answered), keys(properties), "{schema}");
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().expect("an object").keys().cloned().collect()
}

fn camel_case(label: &str) -> String {
    let mut words = label.split(' ');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| text + &word[..1].to_uppercase() + &word[1..])
}
