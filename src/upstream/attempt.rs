//! One call upstream. Before it, the back-off is checked. After a failure that may pass, the call
//! is tried a second time. The result updates the back-off.
//!
//! There is a second try if there was no connection, or the answer was 502, 503 or 504, and if the
//! part was not failing before. It ends within the call's own deadline. There is none after a 4xx,
//! which would only come again.

use std::time::Duration;

use http::StatusCode;

use crate::exchange::Task;
use crate::fault::Fault;
use crate::marks::back_off::{Asker, Part};
use crate::seal::Keys;
use crate::services::{Call, NoReply, ReadBody, Reply, Services, Upstream};

// The pause before the second try. It is random, so that callers do not all come back at once.
const PAUSE_MS: u64 = 20;
const JITTER_MS: u64 = 100;
// With less time left than this, there is no second try.
const WORTH_TRYING: Duration = Duration::from_millis(100);

/// A call, the part of upstream that it is for, and whether the caller has something to fall back
/// to.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'c> {
    /// The part of upstream that is called.
    pub part: Part,
    /// The call.
    pub call: &'c Call,
    /// Whether the caller can use a kept value if the call fails.
    pub has_fallback: bool,
}

impl Attempt<'_> {
    /// Makes the call and returns the reply as soon as its headers are there.
    ///
    /// # Errors
    /// [`Fault`] if the part is in back-off, or if the last try got no reply.
    pub async fn send<S: Services>(&self, task: &Task<'_, S>) -> Result<Reply<S::Body>, Fault> {
        self.make(task, async |call| task.services.upstream().send(call).await).await
    }

    /// Makes the call and reads the reply's body if it has at most `limit` bytes. A longer body
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
        let credential = self.credential(&task.deployment.keys);
        let Self { part, has_fallback, .. } = *self;
        let asker = Asker { part, credential: credential.as_deref(), has_fallback };
        back_off.check(asker, task.services.now_ms())?;
        let reply = self.twice(task, send).await.map_err(Fault::from);
        let result = match &reply {
            Ok(reply) if is_trouble(reply.status) => Err(Fault::in_reply(reply)),
            Ok(_) => Ok(()),
            Err(fault) => Err(fault.clone()),
        };
        back_off.learn(asker, result, self.call.deadline, task.services.now_ms());
        reply
    }

    // The registry is not called with a caller's credential, but with a token of the API's.
    fn credential(&self, keys: &Keys) -> Option<String> {
        match self.part {
            Part::Releases | Part::Tokens => self
                .call
                .bearer
                .as_ref()
                .map(|credential| keys.digest(credential, self.part.as_str())),
            Part::Registry | Part::Storage => None,
        }
    }

    async fn twice<S: Services, B>(
        &self,
        task: &Task<'_, S>,
        send: impl AsyncFn(&Call) -> Result<Reply<B>, NoReply>,
    ) -> Result<Reply<B>, NoReply> {
        let began = task.services.now_ms();
        let taken = || task.services.now_ms().saturating_sub(began);
        task.trace.call_begins(began);
        let first = send(self.call).await;
        task.trace.call_ends(task.services.now_ms());
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
        task.trace.call_begins(task.services.now_ms());
        let second = send(&Call { deadline: left, ..self.call.clone() }).await;
        task.trace.call_ends(task.services.now_ms());
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
