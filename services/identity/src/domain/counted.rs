//! An attempt that is counted as failed, until its hash shows otherwise.

use crate::domain::{
    admission::Throttle,
    hashing::{Compared, HashingError, Turn},
    password::Password,
    throttle::Counter,
};
use chassis::process::Running;

/// A counted attempt that waits for its one hash. Where it gets none, because its turn came too late, or
/// its caller has left and it is dropped, it was no failure, and counts no longer. A caller who leaves
/// while it is hashed has failed: else hashes could be had for nothing. So has one who leaves while it
/// is being counted: nobody knows then whether it was.
#[derive(Debug)]
pub(crate) struct Counted<'a> {
    /// Where it is counted.
    pub(crate) throttle: &'a Throttle,
    /// In which counters.
    pub(crate) counters: &'a [Counter],
    /// Its turn.
    pub(crate) turn: Turn<'a>,
    /// What gives it back: nobody need wait for that.
    pub(crate) background: &'a Running,
    /// Whether it was hashed, as far as is known.
    pub(crate) hashed: Option<bool>,
}

impl Counted<'_> {
    /// The hash.
    pub(crate) async fn compare(
        &mut self,
        password: &Password,
        stored: Option<&str>,
    ) -> Result<Compared, HashingError> {
        let compared = self.turn.compare(password, stored).await;
        self.hashed = Some(compared.is_ok());
        compared
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if self.hashed.unwrap_or_else(|| !self.turn.leave()) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        hashing::{Hashing, cost::Cost, pepper::Peppers},
        throttle::{Keys, Limits, Rule},
    };
    use crate::store::{MIGRATIONS, throttles};
    use chassis::Clock;
    use chrono::TimeDelta;
    use database::scratch::{Engine, Scratch};
    use futures_util::FutureExt as _;
    use std::time::Duration;

    #[tokio::test]
    async fn what_gets_no_hash_is_given_back_though_nobody_waits_for_it() {
        let scratch = Scratch::new(Engine::Sqlite, &MIGRATIONS).await;
        let database = scratch.database.clone();
        let day = TimeDelta::days(1);
        let rule = Rule { free: 5, most: 9, delay: day, longest: day, memory: day, sliding: true };
        let limits = Limits { account: rule, source: rule, pair: rule, device: rule };
        let throttle = Throttle { database, limits, keys: Keys::default() };
        let counters = &throttle.keys.counters([7; 32], None, None);
        let cost = Cost { memory_kib: 12_288, iterations: 3, parallelism: 1 };
        let hashing = Hashing::new(cost, Peppers::default(), 1).unwrap();
        let (background, now) = (Running::new(), Clock::System.now());
        let failures = async || {
            let key = &counters[0].key;
            throttles::peek(&throttle.database, [key; 3], now).await.unwrap()[0].1.failures
        };

        throttle.reserve(counters, None, now).await.unwrap();
        assert_eq!(failures().await, 1);
        let (turn, background) = (hashing.turn(None).unwrap(), &background);
        let mut attempt = Counted { throttle: &throttle, counters, turn, background, hashed: None };
        let password = Password::parse("password", "hunter2").unwrap();
        let refused = attempt.compare(&password, Some("no hash")).now_or_never();
        assert!(matches!(refused, Some(Err(HashingError::Unusable(_)))), "{refused:?}");
        drop(attempt);
        background.stop(Duration::from_mins(1)).await;
        assert_eq!(failures().await, 0);
    }
}
