//! A firewall in front of the API answers 401 or 403 to everybody. For a caller without a
//! credential this is a fault of upstream, and never "wrong credentials".

use serde_json::json;

use super::client::World;
use super::upstream::{BROWSER, OWNER, digest_of};
use crate::support::reply;

const NAME: &str = "blocks/browser";

#[test]
fn a_403_of_the_api_breaks_no_anonymous_pull_of_what_is_kept() {
    for status in [401, 403] {
        for age in [29, 30, 60, 600] {
            let world = World::new();
            world.token(&[NAME], None);
            world.instead("https://api.", Ok(reply(status, "")));
            world.services.clock.advance(age);
            for isolate in [&world, &world.another_isolate(), &world.another_data_centre()] {
                let seen = isolate.pull(NAME, None);
                let digest = seen.header("docker-content-digest");
                assert_eq!(digest, Some(&*digest_of(BROWSER)), "{status} after {age} s");
            }
            assert_eq!(
                world.resolutions().len(),
                1,
                "{status} after {age} s: nothing is forgotten"
            );
        }
    }
}

#[test]
fn an_anonymous_caller_with_nothing_kept_is_told_of_a_fault_upstream() {
    for status in [401, 403] {
        for part in ["/v7/", "/auth/v1/token"] {
            let world = World::new();
            world.instead(part, Ok(reply(status, "")));
            let seen = world.ask_token(&[NAME], None);
            assert_eq!(seen.error(), (502, "UNAVAILABLE".to_owned()), "{status} at {part}");
            assert!(!seen.message().contains("credential"), "{}", seen.message());
            assert_eq!(seen.header("www-authenticate"), None);
        }
    }
}

#[test]
fn a_refresh_that_a_firewall_stops_forgets_nothing() {
    for status in [401, 403] {
        let world = World::new();
        world.token(&[NAME], None);
        world.services.clock.advance(30);
        world.instead("/v7/", Ok(reply(status, "")));
        assert_eq!(world.look_ups_for(&[NAME], None), 1, "the refresh");
        assert_eq!(world.resolutions().len(), 1, "{status}");
        world.services.clock.advance(29);
        world.token(&[NAME], None);
        assert_eq!(world.last_line()["resolved"], json!(["memory"]), "{status}");
    }
}

#[test]
fn a_caller_with_a_credential_is_told_that_it_is_wrong_and_others_keep_theirs() {
    let world = World::new();
    world.token(&[NAME], None);
    world.instead("https://api.", Ok(reply(403, "")));
    assert_eq!(world.ask_token(&[NAME], Some(OWNER)).error().0, 401);
    assert_eq!(world.resolutions().len(), 1);
    assert_eq!(world.pull(NAME, None).status, 200);
}
