//! Names that were not found, and their messages.

use super::client::{World, not_granted};
use super::upstream::{COMMIT, GUEST, OWNER};

fn message(name: &str, credential: Option<&str>) -> String {
    let seen = World::new().pull(name, credential);
    assert_eq!(seen.error(), (403, "DENIED".to_owned()), "{name}");
    seen.message()
}

#[test]
fn the_message_names_release_and_app_and_says_to_log_in() {
    let commit = COMMIT.replace('0', "f");
    let table = [
        ("no/app", "the current release of no/app"),
        ("no/app/latest", "the current release of no/app"),
        ("no/app/9.9.9", "release 9.9.9 of no/app"),
        ("no/app/v2.3", "release 2.3 of no/app"),
        (&*format!("no/app/{commit}"), &*format!("release {commit} of no/app")),
        ("no/app/abcdef0", "release abcdef0 of no/app"),
        ("no/app/1.0.0/web", "service web in release 1.0.0 of no/app"),
    ];
    for (name, what) in table {
        for credential in [None, Some(OWNER)] {
            let message = message(name, credential);
            assert!(message.contains(what), "{name}: {message}");
            assert!(message.contains("docker login bhcr.example"), "{name}: {message}");
        }
    }
}

#[test]
fn the_message_for_an_impossible_name_shows_the_form_of_names() {
    for name in ["one", "a.b/c", "o/a/newest", "o/a/1.0.0/s/more", "o/a/012345"] {
        let message = message(name, None);
        assert!(message.contains("<org>/<app>"), "{name}: {message}");
    }
}

#[test]
fn a_release_of_several_services_lists_them() {
    let table = [
        ("acme/duo", "acme/duo/latest/<service>"),
        ("acme/duo/latest", "acme/duo/latest/<service>"),
        ("acme/duo/pinned/db", "no service db"),
        ("blocks/browser/2.3.8/web", "no service web"),
    ];
    for (name, part) in table {
        let message = message(name, None);
        let services = if name.starts_with("acme") { "api, web" } else { "it has main" };
        assert!(message.contains(part) && message.contains(services), "{name}: {message}");
        assert!(!message.contains("log in"), "{name}: {message}");
    }
}

#[test]
fn a_service_is_pulled_by_its_name() {
    let world = World::new();
    let (api, web) = (super::upstream::DUO_API, super::upstream::DUO_WEB);
    for (name, hash) in [
        ("acme/duo/latest/api", api),
        ("acme/duo/pinned/web", web),
        ("blocks/browser/2.3.8/main", super::upstream::BROWSER),
    ] {
        let seen = world.pull(name, None);
        let digest = super::upstream::digest_of(hash);
        assert_eq!((seen.status, seen.header("docker-content-digest")), (200, Some(&*digest)));
    }
}

#[test]
fn the_services_of_a_private_release_are_not_listed_to_others() {
    for credential in [None, Some(GUEST)] {
        let message = message("acme/vault/1.0.0/web", credential);
        assert!(!message.contains("main") && message.contains("was not found"), "{message}");
    }
    let told = message("acme/vault/1.0.0/web", Some(OWNER));
    assert!(told.contains("no service web; it has main"), "{told}");
}

#[test]
fn a_release_without_images_is_not_found() {
    assert!(message("acme/unbuilt", None).contains("acme/unbuilt was not found"));
}

#[test]
fn everything_under_a_name_that_was_not_found_is_unknown_without_a_call() {
    let world = World::new();
    let token = world.token(&["no/app"], None);
    let digest = super::upstream::BLOB;
    let ends = ["manifests/latest", &format!("manifests/{digest}"), &format!("blobs/{digest}")];
    let lists = ["tags/list", &format!("referrers/{digest}")];
    for end in ends.into_iter().chain(lists) {
        let calls = world.calls(|| {
            let seen = world.get_with(&token, &format!("/v2/no/app/{end}"));
            assert_eq!(seen.error(), not_granted(end), "{end}");
        });
        assert!(calls.is_empty(), "{end}");
    }
}
