//! Work that goes on where the client has gone.

use futures_util::FutureExt;

use crate::services::Services;

/// Runs the work to its end also where the client goes away meanwhile and nobody waits for the
/// answer any more: what was received has to be recorded, and buffers given back. The runtime
/// gives it half a minute then.
pub async fn outlive<S, T>(services: &S, work: impl Future<Output = T> + 'static) -> T
where
    S: Services,
    T: Clone + 'static,
{
    let work = work.boxed_local().shared();
    services.defer(work.clone().map(drop));
    work.await
}
