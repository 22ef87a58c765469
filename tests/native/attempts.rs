//! The second try of a call upstream.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::twins::{MemoryClock, MemoryServices, MemoryUpstream};
use bhcr::deployment::Deployment;
use bhcr::exchange::Task;
use bhcr::fault::Fault;
use bhcr::marks::back_off::Part;
use bhcr::services::{Call, NoReply, Reply, Services};
use bhcr::trace::Trace;
use bhcr::upstream::attempt::Attempt;
use http::Method;
use serde_json::Value;

use crate::support::{config, reply};

type Says = Result<Reply<Vec<u8>>, NoReply>;

const DEADLINE: u64 = 10_000;
const LIMIT: usize = 16;
// The pause between two tries, in milliseconds.
const PAUSE: std::ops::RangeInclusive<u64> = 20..=120;

/// The result of one call.
struct Made {
    says: Result<u16, Fault>,
    calls: Vec<Call>,
    /// How long it took, in milliseconds.
    took: u64,
    log: Value,
}

/// Makes a call to an upstream that takes some milliseconds for each reply. It gives the replies in
/// order, and repeats the last one.
fn make(replies: Vec<(u64, Says)>, whole: bool) -> Made {
    let clock: Rc<OnceCell<MemoryClock>> = Rc::default();
    let (its_clock, made) = (Rc::clone(&clock), std::cell::Cell::new(0));
    let services = MemoryServices::new(
        1000,
        MemoryUpstream::new(move |_| {
            let (time, says) = &replies[made.get().min(replies.len() - 1)];
            made.set(made.get() + 1);
            its_clock.get().expect("it is set").pass(Duration::from_millis(*time));
            says.clone()
        }),
    );
    clock.set(services.clock.clone()).expect("it is set once");
    let deployment = Arc::new(Deployment::new(config(&[])));
    let call = Call {
        method: Method::GET,
        url: "https://upstream.example/".to_owned(),
        bearer: None,
        headers: Vec::new(),
        deadline: Duration::from_millis(DEADLINE),
    };
    let (trace, began) = (Trace::default(), services.now_ms());
    let says = pollster::block_on(async {
        let task = Task { deployment: &deployment, services: &services, trace: &trace };
        let attempt = Attempt { part: Part::Registry, call: &call, has_fallback: false };
        match whole {
            true => attempt.send_and_read_whole(&task, LIMIT).await,
            false => attempt.send(&task).await,
        }
    });
    let log = serde_json::from_str(&trace.log_line("id", "token", 200, 0)).expect("it is JSON");
    let took = services.now_ms() - began;
    let says = says.map(|reply| reply.status.as_u16());
    Made { says, calls: services.upstream().calls(), took, log }
}

fn unreachable() -> Says {
    Err(NoReply::Unreachable("broke off".to_owned()))
}

#[test]
fn a_call_is_made_again_after_no_answer_502_503_and_504_and_after_nothing_else() {
    let table = [
        ("no answer", unreachable(), true),
        ("502", Ok(reply(502, "")), true),
        ("503", Ok(reply(503, "")), true),
        ("504", Ok(reply(504, "")), true),
        ("the deadline", Err(NoReply::Deadline), false),
        ("200", Ok(reply(200, "")), false),
        ("204", Ok(reply(204, "")), false),
        ("307", Ok(reply(307, "")), false),
        ("400", Ok(reply(400, "")), false),
        ("401", Ok(reply(401, "")), false),
        ("403", Ok(reply(403, "")), false),
        ("404", Ok(reply(404, "")), false),
        ("408", Ok(reply(408, "")), false),
        ("429", Ok(reply(429, "")), false),
        ("500", Ok(reply(500, "")), false),
        ("501", Ok(reply(501, "")), false),
    ];
    for (what, first, again) in table {
        for whole in [true, false] {
            let made = make(vec![(5, first.clone()), (7, Ok(reply(418, "")))], whole);
            let first = first.clone().map(|reply| reply.status.as_u16()).map_err(Fault::from);
            let (says, calls) = if again { (Ok(418), 2) } else { (first, 1) };
            assert_eq!(made.says, says, "{what}");
            assert_eq!(made.calls.len(), calls, "{what}");
            assert_eq!(made.log["upstream_calls"], calls, "{what}");
            let upstream = if again { 12 } else { 5 };
            assert_eq!(made.log["upstream_ms"], upstream, "{what}: without the pause");
        }
    }
}

#[test]
fn a_body_that_is_too_long_is_not_asked_for_again() {
    let made = make(vec![(1, Ok(reply(200, &"x".repeat(LIMIT + 1))))], true);
    assert_eq!((made.says, made.calls.len()), (Err(Fault::BodyTooLarge { limit: LIMIT }), 1));
}

#[test]
fn a_call_is_made_twice_at_most_and_the_last_reply_is_returned() {
    for (last, told) in [(Ok(reply(503, "")), Ok(503)), (unreachable(), unreachable().map(|_| 0))] {
        let made = make(vec![(0, Ok(reply(502, ""))), (0, last)], true);
        assert_eq!((made.says, made.calls.len()), (told.map_err(Fault::from), 2));
    }
}

#[test]
fn there_is_a_random_pause_between_two_tries() {
    let pauses: Vec<_> = (0..40).map(|_| make(vec![(0, unreachable())], true).took).collect();
    assert!(pauses.iter().all(|pause| PAUSE.contains(pause)), "{pauses:?}");
    assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{pauses:?}");
}

#[test]
fn the_second_try_is_the_same_call_with_the_rest_of_the_deadline() {
    for spent in [0, 1, 5000, 9700] {
        let made = make(vec![(spent, unreachable()), (0, Ok(reply(200, "")))], true);
        let [first, second] = &made.calls[..] else { panic!("two calls after {spent} ms") };
        assert_eq!(first.deadline, Duration::from_millis(DEADLINE));
        let left = u64::try_from(second.deadline.as_millis()).expect("it is short");
        assert_eq!(left, DEADLINE - made.took, "after {spent} ms");
        assert!(PAUSE.contains(&(made.took - spent)), "{} ms", made.took);
        assert_eq!((&first.url, &first.method), (&second.url, &second.method));
    }
}

#[test]
fn with_too_little_time_left_there_is_no_second_try_and_no_pause() {
    for spent in [9900, 9_999, DEADLINE, DEADLINE + 5000] {
        let made = make(vec![(spent, Ok(reply(503, "")))], true);
        assert_eq!((made.says, made.calls.len(), made.took), (Ok(503), 1, spent));
    }
}

#[test]
fn the_time_of_two_calls_at_once_counts_once() {
    let trace = Trace::default();
    for (begins, now) in [(true, 100), (true, 130), (false, 150), (false, 180), (true, 200)] {
        match begins {
            true => trace.call_begins(now),
            false => trace.call_ends(now),
        }
    }
    trace.call_ends(205);
    let log: Value = serde_json::from_str(&trace.log_line("id", "token", 200, 0)).expect("JSON");
    assert_eq!((&log["upstream_calls"], &log["upstream_ms"]), (&3.into(), &85.into()));
}
