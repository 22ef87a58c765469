//! Several pieces of work at once.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, maybe_done};

/// Waits for all of these, and gives what they came to, in order. They are few: each one that is
/// not done is polled whenever one of them wakes. The library's own function keeps queues for
/// thousands, which cost as much code as a whole room here.
pub async fn together<T>(work: impl IntoIterator<Item = LocalBoxFuture<'_, T>>) -> Vec<T> {
    let mut all: Vec<_> = work.into_iter().map(maybe_done).collect();
    poll_fn(|context| {
        let mut done = true;
        for one in &mut all {
            done &= one.poll_unpin(context).is_ready();
        }
        if done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    all.iter_mut().filter_map(|one| Pin::new(one).take_output()).collect()
}
