//! When collection runs: by the platform's clock, and after pushes where there is no such clock.

use super::catalog::places;
use super::collect;
use crate::exchange::Task;
use crate::services::database::DatabaseError;
use crate::services::{Hosting, Services};
use crate::trace::Trace;

/// How many seconds collection may come to no account before a push starts it: an hour. That is
/// longer than the time between two runs by the clock (`crons` in wrangler.toml), so pushes start
/// nothing where there is a clock.
pub const OVERDUE: u64 = 60 * 60;

/// Collects what no hosted image uses any more, if hosting is on. Writes one line to the log.
pub async fn run<S: Services>(services: &S) {
    let Some(Hosting { database, objects }) = services.hosting() else { return };
    let trace = Trace::default();
    for problem in collect::visit(database, objects).await {
        trace.problem(problem);
    }
    services.log(&trace.background_line("collection"));
}

/// Runs collection after the answer to a push if it is overdue. An isolate asks the database once
/// in [`OVERDUE`] seconds, and not before its first push is that long ago, so that other pushes
/// cost no query more.
pub(crate) fn after_push<S: Services>(task: &Task<'_, S>) {
    if !task.deployment.marks.upkeep.is_over(OVERDUE, task.services.now()) {
        return;
    }
    let services = task.services.clone();
    task.services.defer(async move {
        match is_overdue(&services).await {
            Ok(true) => run(&services).await,
            Ok(false) => (),
            Err(error) => {
                let trace = Trace::default();
                trace.problem(format!("collection after a push: {error}"));
                services.log(&trace.background_line("collection"));
            }
        }
    });
}

async fn is_overdue<S: Services>(services: &S) -> Result<bool, DatabaseError> {
    match services.hosting() {
        Some(Hosting { database, .. }) => places::is_overdue(database, OVERDUE).await,
        None => Ok(false),
    }
}
