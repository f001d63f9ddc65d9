//! What is kept for a time only.

use crate::store::{StoreError, audit, challenges, devices, requests, sessions, throttles};
use chassis::Clock;
use database::Database;
use std::{future::Future, time::Duration};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often what has expired is forgotten.
const EVERY: Duration = Duration::from_mins(10);

/// Forgets what has expired, again and again until `stop`. Events of the audit trail do not, unless
/// they are kept for so long.
pub(crate) async fn forget(
    database: Database,
    clock: Clock,
    audit_retention: Option<Duration>,
    stop: CancellationToken,
) {
    let mut turns = interval(EVERY);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let forgetting = async {
        loop {
            turns.tick().await;
            let (database, now) = (&database, clock.now());
            all("login challenges", || challenges::forget(database, now)).await;
            all("failed attempts", || throttles::forget(database, now)).await;
            all("sessions", || sessions::forget(database, now)).await;
            all("devices", || devices::forget(database, now)).await;
            all("request ids", || requests::forget(database, now)).await;
            if let Some(retention) = audit_retention {
                all("audit events", || audit::forget(database, now - retention)).await;
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = forgetting => {}
    }
}

/// Some at a time, until none are left: there may be years of them, and others write meanwhile.
async fn all<F>(what: &str, some: impl Fn() -> F)
where
    F: Future<Output = Result<u64, StoreError>>,
{
    loop {
        match some().await {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => return tracing::warn!(%error, "expired {what} are still kept"),
        }
    }
}
