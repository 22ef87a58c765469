//! The secret is rotated without emptying the stores and without a failed pull.

use super::client::World;
use crate::support::{OTHER_SECRET, SECRET};

const NAME: &str = "blocks/browser";

#[test]
fn entries_under_the_previous_secret_are_still_used() {
    let old = World::new();
    old.rules.signs.set(Some(3600));
    let token = old.token(&[NAME], None);
    let pull = |world: &World, token: &str| {
        for end in ["manifests/latest", &format!("blobs/{}", crate::support::sha256(b"blob"))] {
            let seen = world.get_with(token, &format!("/v2/{NAME}/{end}"));
            assert!([200, 307].contains(&seen.status), "{seen:?}");
        }
    };
    pull(&old, &token);
    let rotated =
        old.with_settings(&[("TOKEN_SECRET", OTHER_SECRET), ("TOKEN_SECRET_PREVIOUS", SECRET)]);
    let calls = rotated.calls(|| {
        let token = rotated.token(&[NAME], None);
        pull(&rotated, &token);
    });
    assert!(calls.is_empty(), "{calls:?}");
    let without = old.with_settings(&[("TOKEN_SECRET", OTHER_SECRET)]);
    assert_eq!(without.look_ups_for(&[NAME], None), 1, "the previous secret is not known");
}

// First every isolate gets the new secret as the previous one, then the two are swapped, then the
// old one is removed. At each step, isolates before and after it run side by side.
#[test]
fn in_the_documented_order_no_isolate_refuses_a_token_of_another() {
    let first: &[_] = &[("TOKEN_SECRET", SECRET)];
    let second: &[_] = &[("TOKEN_SECRET", SECRET), ("TOKEN_SECRET_PREVIOUS", OTHER_SECRET)];
    let third: &[_] = &[("TOKEN_SECRET", OTHER_SECRET), ("TOKEN_SECRET_PREVIOUS", SECRET)];
    let last: &[_] = &[("TOKEN_SECRET", OTHER_SECRET)];
    let world = World::new();
    for (older, newer) in [(first, second), (second, third), (third, last)] {
        let isolates = [older, newer].map(|settings| world.with_settings(settings));
        let [old, new] = &isolates;
        let token = new.token(&[NAME], None);
        let target = format!("/v2/{NAME}/manifests/latest");
        assert_eq!(old.get_with(&token, &target).status, 200, "during {newer:?}");
        assert_eq!(new.get_with(&old.token(&[NAME], None), &target).status, 200, "{newer:?}");
    }
}
