//! Short commits: what a client is told if one begins the commits of several releases.

use serde_json::json;

use super::client::World;
use super::upstream::OWNER;
use crate::support::reply;

fn releases(commits: &[&str]) -> String {
    let row = |commit: &&str| json!({ "commit": commit, "release_image": [] });
    json!({ "d": commits.iter().map(row).collect::<Vec<_>>() }).to_string()
}

const FIRST: &str = "abcdef0000000000000000000000000000000001";
const SECOND: &str = "abcdef0000000000000000000000000000000002";

#[test]
fn the_error_lists_the_candidates() {
    for credential in [None, Some(OWNER)] {
        let world = World::new();
        world.instead("/v7/release", Ok(reply(200, &releases(&[FIRST, SECOND]))));
        let calls = world.look_ups(|| {
            let seen = world.pull("acme/duo/abcdef0/web", credential);
            assert_eq!(seen.error(), (403, "DENIED".to_owned()));
            let expected = format!(
                "acme/duo/abcdef0/web names several releases by the beginning of their commits: \
                 {FIRST}, {SECOND}. Write more digits of the commit"
            );
            assert_eq!(seen.message(), expected);
        });
        assert_eq!(calls, 1);
        assert_eq!(world.look_ups_for(&["acme/duo/abcdef0/web"], credential), 0, "it is kept");
        assert!(world.resolutions().is_empty(), "in memory only");
    }
}

#[test]
fn each_short_commit_and_line_of_a_request_is_asked_for_alone_and_fails_alone() {
    let world = World::new();
    world.instead("abcdef0", Ok(reply(500, "")));
    let names =
        ["acme/duo/abcdef0", "blocks/browser", "blocks/browser/2.3.8", "no/app/2", "no/app/v3"];
    let urls = world.urls(|| {
        let token = world.token(&names, None);
        for (name, status) in names.iter().zip([502, 200, 200, 403, 403]) {
            let seen = world.get_with(&token, &format!("/v2/{name}/manifests/latest"));
            assert_eq!(seen.status, status, "{name}");
        }
    });
    let asked = urls.iter().filter(|url| url.contains("/v7/release?"));
    let limits: Vec<_> = asked.map(|url| url.split_once("$top=").map(|it| &it.1[..1])).collect();
    assert_eq!(limits, [Some("5"), Some("1"), Some("1"), None]);
}
