//! An upstream that follows a script.

use std::cell::RefCell;

use bhcr::services::{Call, NoReply, ReadBody, Reply, Upstream};

type Script = dyn Fn(&Call) -> Result<Reply<Vec<u8>>, NoReply>;

/// An upstream that replies by a script and records the calls.
pub struct MemoryUpstream {
    script: Box<Script>,
    calls: RefCell<Vec<Call>>,
}

impl MemoryUpstream {
    /// An upstream that replies with the result of `script`.
    pub fn new(script: impl Fn(&Call) -> Result<Reply<Vec<u8>>, NoReply> + 'static) -> Self {
        Self { script: Box::new(script), calls: RefCell::default() }
    }

    /// The recorded calls, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.borrow().clone()
    }
}

impl Upstream for MemoryUpstream {
    type Body = Vec<u8>;

    async fn send(&self, call: &Call) -> Result<Reply<Vec<u8>>, NoReply> {
        self.calls.borrow_mut().push(call.clone());
        (self.script)(call)
    }

    async fn send_and_read(
        &self,
        call: &Call,
        limit: usize,
    ) -> Result<Reply<ReadBody<Vec<u8>>>, NoReply> {
        let reply = self.send(call).await?;
        Ok(reply.map(|body| match body.len() > limit {
            true => ReadBody::Longer(body),
            false => ReadBody::Whole(body),
        }))
    }
}
