//! What an isolate knows of refusals, and of refreshes under way.

use bhcr::marks::refreshes::{self, Refreshes};
use bhcr::marks::refusals::{CAPACITY, Refusals};

use crate::support::location;

#[test]
fn what_was_told_before_a_refusal_or_with_it_is_not_used_again() {
    let refusals = Refusals::default();
    refusals.note(&location("abc"), 100);
    for (told_at, refused) in [(0, true), (99, true), (100, true), (101, false)] {
        assert_eq!(refusals.since(&location("abc"), told_at), refused, "told at {told_at}");
    }
    assert!(!refusals.since(&location("other"), 0), "another location");
    refusals.note(&location("abc"), 200);
    assert!(refusals.since(&location("abc"), 200), "the last one counts");
}

// An attacker who can cause many refusals must not be able to push one of them out.
#[test]
fn a_refusal_that_does_not_fit_any_more_counts_for_every_location() {
    let refusals = Refusals::default();
    refusals.note(&location("first"), 100);
    for n in 0..CAPACITY.get() {
        refusals.note(&location(&format!("other{n}")), 200);
    }
    assert!(refusals.since(&location("first"), 100), "it is not known by itself any more");
    assert!(refusals.since(&location("unheard"), 100), "neither is whose it was");
    assert!(!refusals.since(&location("first"), 101));
}

#[test]
fn a_refresh_is_begun_once_until_it_ends_or_its_time_is_over() {
    let refreshes = Refreshes::default();
    assert!(refreshes.begin("key", 110, 100));
    assert!(!refreshes.begin("key", 119, 109));
    assert!(refreshes.begin("other", 119, 109));
    assert!(refreshes.begin("key", 120, 110), "the first is given up");
    refreshes.end("key");
    assert!(refreshes.begin("key", 121, 111));
}

#[test]
fn the_oldest_of_too_many_refreshes_is_forgotten() {
    let refreshes = Refreshes::default();
    for n in 0..=refreshes::CAPACITY.get() {
        assert!(refreshes.begin(&n.to_string(), 110, 100));
    }
    assert!(refreshes.begin("0", 110, 100));
    assert!(!refreshes.begin("2", 110, 100));
}
