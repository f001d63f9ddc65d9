//! An attempt that is counted as failed, until its hash shows otherwise.

use crate::domain::{
    attempt::Attempt,
    hashing::{Compared, Turn},
    throttle::Counter,
    verify::{Verifier, VerifyError},
};
use crate::store::users::Account;

/// A counted attempt that waits for its one hash. Where it gets none, because its turn came too late, or
/// its caller has left and it is dropped, it was no failure, and counts no longer. A caller who leaves
/// while it is hashed has failed: else hashes could be had for nothing.
#[derive(Debug)]
pub(crate) struct Counted<'a> {
    verifier: &'a Verifier,
    counters: &'a [Counter],
    turn: Turn<'a>,
    answered: bool,
}

impl<'a> Counted<'a> {
    /// It is counted, and has a turn.
    pub(crate) fn new(verifier: &'a Verifier, counters: &'a [Counter], turn: Turn<'a>) -> Self {
        Self { verifier, counters, turn, answered: false }
    }

    /// The hash.
    pub(crate) async fn compare(
        &mut self,
        account: Option<&Account>,
        attempt: &Attempt,
    ) -> Result<Compared, VerifyError> {
        let stored = account.and_then(Account::signs_in_with);
        let compared = self.turn.compare(&attempt.password, stored).await;
        self.answered = true;
        if compared.is_err() {
            self.verifier.throttle.give_back(self.counters).await?;
        }
        Ok(compared?)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if self.answered || !self.turn.waits() {
            return;
        }
        let (throttle, counters) = (self.verifier.throttle.clone(), self.counters.to_vec());
        self.verifier.background.spawn(async move {
            if let Err(error) = throttle.give_back(&counters).await {
                tracing::warn!(%error, "an attempt that got no hash counts as failed");
            }
        });
    }
}
