//! Lists: a release has one tag and no referrers.

use http::Method;
use serde_json::json;

use super::client::{World, not_granted};
use super::upstream::{BLOB, GUEST};

#[test]
fn the_list_of_tags_is_latest_and_can_be_paged() {
    let world = World::new();
    let token = world.token(&["blocks/browser/2.3.8"], None);
    let table = [
        ("", true),
        ("?n=1", true),
        ("?n=100", true),
        ("?n=0", false),
        ("?n=many", true),
        ("?last=a", true),
        ("?last=lates", true),
        ("?last=latest", false),
        ("?last=m", false),
        ("?n=5&last=latest", false),
    ];
    for (query, listed) in table {
        let calls = world.calls(|| {
            let target = format!("/v2/blocks/browser/2.3.8/tags/list{query}");
            let seen = world.get_with(&token, &target);
            assert_eq!(seen.status, 200);
            assert_eq!(seen.header("content-type"), Some("application/json"));
            let tags: &[&str] = if listed { &["latest"] } else { &[] };
            let expected = json!({ "name": "blocks/browser/2.3.8", "tags": tags });
            assert_eq!(seen.json(), expected, "{query}");
        });
        assert!(calls.is_empty());
    }
}

#[test]
fn the_list_of_referrers_is_empty() {
    let world = World::new();
    let token = world.token(&["blocks/browser"], None);
    for (query, filters) in [("", None), ("?artifactType=application%2Fx", Some("artifactType"))] {
        let calls = world.calls(|| {
            let target = format!("/v2/blocks/browser/referrers/{BLOB}{query}");
            let seen = world.get_with(&token, &target);
            assert_eq!(seen.status, 200);
            let index = "application/vnd.oci.image.index.v1+json";
            assert_eq!(seen.header("content-type"), Some(index));
            assert_eq!(seen.header("oci-filters-applied"), filters);
            let expected = json!({ "schemaVersion": 2, "mediaType": index, "manifests": [] });
            assert_eq!(seen.json(), expected);
        });
        assert!(calls.is_empty());
    }
}

#[test]
fn both_lists_need_a_grant() {
    let world = World::new();
    let lists = ["tags/list".to_owned(), format!("referrers/{BLOB}")];
    let token = format!("Bearer {}", world.token(&["acme/vault"], Some(GUEST)));
    for list in &lists {
        for (headers, name, expected) in [
            (&[][..], "blocks/browser", (401, "UNAUTHORIZED".to_owned())),
            (&[("authorization", &*token)], "blocks/browser", (401, "UNAUTHORIZED".to_owned())),
            (&[("authorization", &*token)], "acme/vault", not_granted(list)),
        ] {
            let seen = world.ask(Method::GET, &format!("/v2/{name}/{list}"), headers);
            assert_eq!(seen.error(), expected, "{name}/{list}");
        }
    }
}
