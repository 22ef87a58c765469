//! One call upstream with what surrounds it: back-off before it, one more try where that can help,
//! and what is learnt from the result.
//!
//! The second try comes after no connection, or 502, 503 or 504; within the call's own deadline; and
//! not while the part is failing already. It never comes after a 4xx, which would be the same again.

use std::time::Duration;

use http::StatusCode;

use crate::exchange::Task;
use crate::fault::Fault;
use crate::marks::back_off::Part;
use crate::services::{Call, NoReply, ReadBody, Reply, Services, Upstream};

// The pause before the second try, so that many callers do not come back at once.
const PAUSE_MS: u64 = 20;
const JITTER_MS: u64 = 100;
// With less time than this left, a second try has no chance.
const WORTH_TRYING: Duration = Duration::from_millis(100);

/// A call, whom it is for, and whether the caller can do without its answer.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'c> {
    /// The part of upstream that is called.
    pub part: Part,
    /// The call.
    pub call: &'c Call,
    /// Whether the caller has a kept answer to fall back to.
    pub has_fallback: bool,
}

impl Attempt<'_> {
    /// Makes the call and gives the reply as soon as its headers are there.
    ///
    /// # Errors
    /// [`Fault`] if the part is left alone, or the last try got no reply.
    pub async fn send<S: Services>(&self, task: &Task<'_, S>) -> Result<Reply<S::Body>, Fault> {
        self.make(task, async |call| task.services.upstream().send(call).await).await
    }

    /// Makes the call and reads the reply's body if it has at most `limit` bytes; a longer one
    /// stays a stream.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn send_and_read<S: Services>(
        &self,
        task: &Task<'_, S>,
        limit: usize,
    ) -> Result<Reply<ReadBody<S::Body>>, Fault> {
        let read = async |call: &Call| task.services.upstream().send_and_read(call, limit).await;
        self.make(task, read).await
    }

    /// Makes the call and reads the reply's whole body.
    ///
    /// # Errors
    /// As [`Self::send`], and [`Fault::BodyTooLarge`] for a body of more than `limit` bytes.
    pub async fn send_and_read_whole<S: Services>(
        &self,
        task: &Task<'_, S>,
        limit: usize,
    ) -> Result<Reply<Vec<u8>>, Fault> {
        let Reply { status, headers, body } = self.send_and_read(task, limit).await?;
        match body {
            ReadBody::Whole(body) => Ok(Reply { status, headers, body }),
            ReadBody::Longer(_) => Err(Fault::BodyTooLarge { limit }),
        }
    }

    async fn make<S: Services, B>(
        &self,
        task: &Task<'_, S>,
        send: impl AsyncFn(&Call) -> Result<Reply<B>, NoReply>,
    ) -> Result<Reply<B>, Fault> {
        let back_off = &task.deployment.marks.back_off;
        back_off.check(self.part, self.has_fallback, task.services.now_ms())?;
        let reply = self.twice(task, send).await.map_err(Fault::from);
        let result = match &reply {
            Ok(reply) if is_trouble(reply.status) => Err(Fault::in_reply(reply)),
            Ok(_) => Ok(()),
            Err(fault) => Err(fault.clone()),
        };
        back_off.learn(self.part, result, self.call.deadline, task.services.now_ms());
        reply
    }

    async fn twice<S: Services, B>(
        &self,
        task: &Task<'_, S>,
        send: impl AsyncFn(&Call) -> Result<Reply<B>, NoReply>,
    ) -> Result<Reply<B>, NoReply> {
        let began = task.services.now_ms();
        let taken = || task.services.now_ms().saturating_sub(began);
        let first = send(self.call).await;
        task.trace.call(taken());

        if !may_pass(&first) || task.deployment.marks.back_off.is_failing(self.part) {
            return first;
        }
        let pause = Duration::from_millis(PAUSE_MS + jitter());
        let left = self.call.deadline.saturating_sub(Duration::from_millis(taken()) + pause);
        if left < WORTH_TRYING {
            return first;
        }
        drop(first);
        task.services.pause(pause).await;
        let before = taken();
        let second = send(&Call { deadline: left, ..self.call.clone() }).await;
        task.trace.call(taken().saturating_sub(before));
        second
    }
}

fn is_trouble(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}

fn may_pass<B>(reply: &Result<Reply<B>, NoReply>) -> bool {
    match reply {
        Ok(reply) => matches!(
            reply.status,
            StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
        ),
        Err(NoReply::Unreachable(_)) => true,
        Err(NoReply::Deadline) => false,
    }
}

fn jitter() -> u64 {
    let mut byte = [0];
    getrandom::fill(&mut byte).expect("the platform has randomness");
    u64::from(byte[0]) * JITTER_MS / 256
}
