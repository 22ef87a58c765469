//! Calls upstream, tried once more where that can help: after no answer, or 502, 503 or 504, and
//! only within the call's own deadline. Never after a 4xx, which would be the same again.

use std::time::Duration;

use http::StatusCode;

use crate::services::{Call, NoReply, Reply, Services, Upstream};
use crate::trace::Trace;

// The pause before the second try, so that many do not come back at once.
const PAUSE_MS: u64 = 20;
const JITTER_MS: u64 = 100;
// With less than this left a second try has no chance.
const WORTH_TRYING: Duration = Duration::from_millis(100);

/// Makes a call and gives the reply as soon as its headers are there.
///
/// # Errors
/// [`NoReply`] of the last try.
pub async fn send<S: Services>(
    services: &S,
    trace: &Trace,
    call: &Call,
) -> Result<Reply<S::Body>, NoReply> {
    twice(services, trace, call, async |call| services.upstream().send(call).await).await
}

/// Makes a call and reads the reply's whole body, `limit` bytes at most.
///
/// # Errors
/// [`NoReply`] of the last try.
pub async fn send_and_read<S: Services>(
    services: &S,
    trace: &Trace,
    call: &Call,
    limit: usize,
) -> Result<Reply<Vec<u8>>, NoReply> {
    let read = async |call: &Call| services.upstream().send_and_read(call, limit).await;
    twice(services, trace, call, read).await
}

async fn twice<S: Services, B>(
    services: &S,
    trace: &Trace,
    call: &Call,
    send: impl AsyncFn(&Call) -> Result<Reply<B>, NoReply>,
) -> Result<Reply<B>, NoReply> {
    let began = services.now_ms();
    let taken = || services.now_ms().saturating_sub(began);
    let first = send(call).await;
    trace.call(taken());

    if !may_pass(&first) {
        return first;
    }
    let pause = Duration::from_millis(PAUSE_MS + jitter());
    let left = call.deadline.saturating_sub(Duration::from_millis(taken()) + pause);
    if left < WORTH_TRYING {
        return first;
    }
    drop(first);
    services.pause(pause).await;
    let before = taken();
    let second = send(&Call { deadline: left, ..call.clone() }).await;
    trace.call(taken().saturating_sub(before));
    second
}

fn may_pass<B>(reply: &Result<Reply<B>, NoReply>) -> bool {
    match reply {
        Ok(reply) => matches!(
            reply.status,
            StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
        ),
        Err(NoReply::Unreachable(_)) => true,
        Err(NoReply::Deadline | NoReply::TooLong) => false,
    }
}

fn jitter() -> u64 {
    let mut byte = [0];
    getrandom::fill(&mut byte).expect("the platform has randomness");
    u64::from(byte[0]) * JITTER_MS / 256
}
