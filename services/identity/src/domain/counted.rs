//! An attempt that is counted as failed, until its hash shows otherwise.

use crate::domain::{
    admission::Throttle,
    hashing::{Compared, HashingError, Turn},
    password::Password,
    throttle::Counter,
};
use crate::store::StoreError;
use chassis::process::Running;

/// A counted attempt that waits for its one hash. Where it gets none, because its turn came too late, or
/// its caller has left and it is dropped, it was no failure, and counts no longer. A caller who leaves
/// while it is hashed has failed: else hashes could be had for nothing.
#[derive(Debug)]
pub(crate) struct Counted<'a> {
    /// Where it is counted.
    pub(crate) throttle: &'a Throttle,
    /// In which counters.
    pub(crate) counters: &'a [Counter],
    /// Its turn.
    pub(crate) turn: Turn<'a>,
    /// What gives it back when nobody waits for that.
    pub(crate) background: &'a Running,
    /// Whether it has had its turn, or will have none.
    pub(crate) over: bool,
}

impl Counted<'_> {
    /// The hash. The outer error is the database's.
    pub(crate) async fn compare(
        &mut self,
        password: &Password,
        stored: Option<&str>,
    ) -> Result<Result<Compared, HashingError>, StoreError> {
        let compared = self.turn.compare(password, stored).await;
        self.over = true;
        if compared.is_err() {
            self.throttle.give_back(self.counters).await?;
        }
        Ok(compared)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if self.over || !self.turn.waits() {
            return;
        }
        let (throttle, counters) = (self.throttle.clone(), self.counters.to_vec());
        self.background.spawn(async move {
            if let Err(error) = throttle.give_back(&counters).await {
                tracing::warn!(%error, "an attempt that got no hash counts as failed");
            }
        });
    }
}
