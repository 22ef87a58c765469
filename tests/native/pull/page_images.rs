//! What a release's page shows of its image, and how the config is read.

use bhcr::services::{NoReply, Reply};
use http::Method;
use serde_json::{Value, json};

use super::client::World;
use super::page_data::{application, release};
use super::pages::{BROWSER_ACCEPT, open};
use super::seen::Seen;
use super::upstream::manifest_reply;
use crate::support::{reply, reply_with, sha256};

const PAGE: &str = "/blocks/browser/2.3.8";
const ELSEWHERE: &str = "https://storage.example/config?X-Amz-Signature=a%2Fb";
const UNKNOWN: &str = "<span class=\"unknown\">unknown</span>";

fn config() -> Value {
    json!({
        "architecture": "arm64",
        "os": "linux",
        "variant": "v8",
        "config": {
            "Entrypoint": ["/usr/bin/entry.sh", "--say", "\"hello\""],
            "Cmd": ["start"],
            "WorkingDir": "/app",
            "Labels": { "b": "second", "a": "<b>first</b>" },
        },
    })
}

fn manifest(config: &str) -> String {
    let layer = |byte: char, size: u64| json!({ "digest": format!("sha256:{}", byte.to_string().repeat(64)), "size": size });
    json!({
        "schemaVersion": 2,
        "config": { "digest": sha256(config.as_bytes()), "size": config.len() },
        "layers": [layer('a', 1_500_000), layer('b', 999)],
    })
    .to_string()
}

// A world in which the release's image has this config, and storage answers so about it.
fn world_with(config: &str, says: Result<Reply<Vec<u8>>, NoReply>) -> World {
    let world = World::new();
    world.instead("/v7/application", Ok(reply(200, &application(&[release("2.3.8")]))));
    world.instead("/manifests/latest", Ok(manifest_reply(&manifest(config))));
    world.instead("/blobs/", Ok(reply_with(307, &[("location", ELSEWHERE)], "")));
    world.instead("storage.example", says);
    world
}

fn page_of(config: &Value) -> Seen {
    let config = config.to_string();
    let seen = open(&world_with(&config, Ok(reply(200, &config))), PAGE);
    assert_eq!(seen.status, 200);
    seen
}

#[test]
fn a_release_is_shown_with_digest_layers_entry_point_and_labels() {
    let body = page_of(&config()).body;
    let parts = [
        &*format!("<code>{}</code>", sha256(manifest(&config().to_string()).as_bytes())),
        "linux/arm64/v8",
        "<code>&quot;/usr/bin/entry.sh&quot; &quot;--say&quot; &quot;\\&quot;hello\\&quot;&quot;</code>",
        "<code>&quot;start&quot;</code>",
        "<dt>User</dt><dd>none</dd>",
        "<code>/app</code>",
        "<dt>a</dt><dd>&lt;b&gt;first&lt;/b&gt;</dd><dt>b</dt><dd>second</dd>",
        "<dt>Compressed</dt><dd>1.5 MB</dd>",
        "999 bytes",
        "<code>docker pull bhcr.example/blocks/browser/2.3.8</code>",
        "<dt>Commit</dt><dd><code>0123456789abcdef0123456789abcdef</code></dd>",
    ];
    for part in parts {
        assert!(body.contains(part), "{part} in {body}");
    }
}

#[test]
fn a_cold_page_costs_six_calls_and_a_hot_one_none() {
    let text = config().to_string();
    let world = world_with(&text, Ok(reply(200, &text)));
    let calls = world.urls(|| assert_eq!(open(&world, PAGE).status, 200));
    assert_eq!(calls.len(), 6, "{calls:?}");
    let before = open(&world, PAGE).body;
    let hot = world.calls(|| {
        assert_eq!(open(&world, PAGE).body, before);
        let head = world.ask(Method::HEAD, PAGE, &[("accept", BROWSER_ACCEPT)]);
        assert_eq!(head.status, 200);
        let known = [("accept", BROWSER_ACCEPT), ("if-none-match", "*")];
        assert_eq!(world.ask(Method::GET, PAGE, &known).body, before);
    });
    assert!(hot.is_empty());
}

#[test]
fn storage_gets_no_token_and_nothing_of_the_caller() {
    let text = config().to_string();
    let world = world_with(&text, Ok(reply(200, &text)));
    let headers = [("accept", BROWSER_ACCEPT), ("cookie", "a=b"), ("range", "bytes=0-1")];
    let calls = world.calls(|| drop(world.ask(Method::GET, PAGE, &headers)));
    let to_storage: Vec<_> = calls.iter().filter(|it| it.url.contains("storage")).collect();
    let [call] = to_storage[..] else { panic!("one call to storage: {calls:?}") };
    assert_eq!(
        (&*call.url, &call.method, &call.bearer.is_none()),
        (ELSEWHERE, &Method::GET, &true)
    );
    assert_eq!(call.headers, [("accept-encoding", "identity".to_owned())]);
    assert!(calls.iter().all(|it| it.headers.iter().all(|(name, _)| *name != "range")));
}

#[test]
fn a_config_that_cannot_be_trusted_or_read_is_unknown() {
    let text = config().to_string();
    let table = [
        Ok(reply(200, &text.replace("arm64", "amd64"))),
        Ok(reply(206, &text)),
        Ok(reply(200, "")),
        Ok(reply(200, &" ".repeat(256 * 1024 + 1))),
        Ok(reply(302, &text)),
        Ok(reply(403, "<Error>AccessDenied</Error>")),
        Ok(reply(500, "upstream")),
        Err(NoReply::Deadline),
    ];
    for says in table {
        let world = world_with(&text, says.clone());
        let seen = open(&world, PAGE);
        assert_eq!(seen.status, 200, "{says:?}");
        assert!(seen.body.contains("could not be read just now"), "{says:?}");
        assert_eq!(seen.body.matches(UNKNOWN).count(), 5, "{}", seen.body);
        let problem = world.last_line()["problem"].to_string();
        assert!(problem.contains("the config is not shown"), "{problem}");
    }
}

#[test]
fn a_redirect_to_anything_but_storage_is_not_followed() {
    let targets = [
        "https://bhcr.example/config",
        "https://sub.bhcr.example/config",
        "https://api.upstream.example/config",
        "https://registry2.upstream.example/config",
        "http://storage.example/config",
        "https://user:password@storage.example/config",
        "file:///etc/passwd",
        "/config",
    ];
    let text = config().to_string();
    for target in targets {
        let world = world_with(&text, Ok(reply(200, &text)));
        world.instead("/blobs/", Ok(reply_with(307, &[("location", target)], "")));
        let urls = world.urls(|| assert_eq!(open(&world, PAGE).status, 200));
        assert!(!urls.iter().any(|url| url.contains(target)), "{urls:?}");
        assert!(open(&world, PAGE).body.contains("could not be read just now"), "{target}");
    }
}

#[test]
fn a_config_is_never_served_as_a_manifest() {
    let text = config().to_string();
    let world = world_with(&text, Ok(reply(200, &text)));
    open(&world, PAGE);
    let token = world.token(&["blocks/browser/2.3.8"], None);
    let target = format!("/v2/blocks/browser/2.3.8/manifests/{}", sha256(text.as_bytes()));
    assert_eq!(world.get_with(&token, &target).error(), (404, "MANIFEST_UNKNOWN".to_owned()));
}

#[test]
fn a_config_of_another_shape_is_unknown_field_by_field() {
    let table = [
        json!(null),
        json!([]),
        json!("text"),
        json!({}),
        json!({ "config": null }),
        json!({ "config": [], "os": 1, "architecture": {} }),
        json!({ "config": { "Entrypoint": {}, "Cmd": 7, "User": [], "Labels": [["a", "b"]] } }),
        json!({ "config": { "Entrypoint": null, "Cmd": "", "Labels": {} } }),
    ];
    for config in table {
        let body = page_of(&config).body;
        assert!(body.contains(&format!("<dt>Platform</dt><dd>{UNKNOWN}</dd>")), "{config}");
        assert!(body.contains("<dt>Entry point</dt><dd>none</dd>"), "{config}");
        assert!(!body.contains("<h3>Labels</h3>"), "{config}");
    }
}

#[test]
fn a_manifest_of_another_shape_is_shown_as_far_as_it_goes() {
    let table = [
        ("{}", 0),
        ("[]", 0),
        ("null", 0),
        (r#"{"layers":{},"config":[]}"#, 0),
        (r#"{"layers":[{},{"digest":"sha256:no","size":-1}]}"#, 2),
        (r#"{"layers":["x",null,7]}"#, 3),
    ];
    for (text, layers) in table {
        let world = world_with("", Ok(reply(200, "")));
        world.instead("/manifests/latest", Ok(manifest_reply(text)));
        let seen = open(&world, PAGE);
        assert_eq!(seen.status, 200, "{text}");
        assert_eq!(seen.body.matches("<tr>").count(), layers + 1, "{text}: {}", seen.body);
        assert!(seen.body.contains(&format!("<dt>Compressed</dt><dd>{UNKNOWN}</dd>")), "{text}");
    }
}

#[test]
fn of_an_index_every_platform_is_shown_and_the_first_one_in_full() {
    let text = config().to_string();
    let child = manifest(&text);
    let platform = |os: &str, architecture: &str| {
        json!({
            "digest": sha256(child.as_bytes()),
            "size": child.len(),
            "platform": { "os": os, "architecture": architecture },
        })
    };
    let manifests =
        [platform("unknown", "unknown"), platform("linux", "arm64"), platform("linux", "amd64")];
    let index = json!({ "schemaVersion": 2, "manifests": manifests }).to_string();
    let world = world_with(&text, Ok(reply(200, &text)));
    world.instead("/manifests/sha256:", Ok(manifest_reply(&child)));
    world.instead("/manifests/latest", Ok(manifest_reply(&index)));
    let body = open(&world, PAGE).body;
    for part in ["linux/arm64", "linux/amd64", "several platforms", "1.5 MB", "<dt>a</dt>"] {
        assert!(body.contains(part), "{part} in {body}");
    }
    assert!(!body.contains(UNKNOWN) && !body.contains("unknown/unknown"), "{body}");
}

#[test]
fn a_page_has_200_rows_of_platforms_layers_and_labels_and_says_how_many_it_leaves_out() {
    for (count, more) in [(200, None), (201, Some(1)), (1000, Some(800))] {
        let names = (0..count).map(|at| format!("label-{at}"));
        let labels: serde_json::Map<_, _> = names.map(|name| (name, json!(""))).collect();
        let text = json!({ "config": { "Labels": labels } }).to_string();
        let config = json!({ "digest": sha256(text.as_bytes()) });
        let child = json!({ "config": config, "layers": vec![json!({}); count] }).to_string();
        let listed = json!({ "digest": sha256(child.as_bytes()) });
        let index = json!({ "manifests": vec![listed; count] }).to_string();
        let world = world_with(&text, Ok(reply(200, &text)));
        world.instead("/manifests/sha256:", Ok(manifest_reply(&child)));
        world.instead("/manifests/latest", Ok(manifest_reply(&index)));
        let body = open(&world, PAGE).body;
        assert_eq!(body.matches("<tr>").count(), 2 * (1 + 200), "{count}");
        assert_eq!(body.matches("<dt>label-").count(), 200, "{count}");
        let told = more.map(|more| format!(">{more} more are left out.<"));
        let is_told = |told: &String| body.matches(told).count() == 3;
        assert!(told.as_ref().map_or(!body.contains("left out"), is_told), "{count}");
    }
}

#[test]
fn of_several_services_each_has_a_page_of_its_own() {
    let world = World::new();
    world.instead("/v7/application", Ok(reply(200, &application(&[release("1.0.0")]))));
    let body = open(&world, "/acme/duo/latest").body;
    for service in ["api", "web"] {
        let link = format!("<a href=\"/acme/duo/latest/{service}\">{service}</a>");
        assert!(body.contains(&link), "{body}");
    }
    assert!(
        !body.contains("docker pull") && body.contains("<dt>State</dt><dd>final</dd>"),
        "{body}"
    );
    let body = open(&world, "/acme/duo/latest/web").body;
    assert!(body.contains("docker pull bhcr.example/acme/duo/latest/web"), "{body}");
    let seen = open(&world, "/acme/duo/latest/nothing");
    assert_eq!(seen.status, 404);
    assert!(seen.body.contains("has no service nothing; it has api, web."), "{}", seen.body);
}

#[test]
fn a_near_miss_names_the_newest_releases() {
    let seen = open(&World::new(), "/blocks/browser/9.9.9");
    assert_eq!(seen.status, 404);
    assert!(seen.body.contains("Release 9.9.9 of blocks/browser was not found"), "{}", seen.body);
    assert!(seen.body.contains("the newest are"), "{}", seen.body);
}
