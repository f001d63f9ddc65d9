//! Which attempts are looked at: counted first, in the database that all replicas share, so that
//! many at once get no more than one after the other.

use crate::domain::throttle::{Counter, Keys, Kind, Limits};
use crate::store::{StoreError, throttles};
use chrono::{DateTime, TimeDelta, Utc};
use database::{Database, Transaction};

/// Counts attempts.
#[derive(Debug, Clone)]
pub struct Throttle {
    /// Where counters are kept.
    pub database: Database,
    /// The rules.
    pub limits: Limits,
    /// What counters are kept under.
    pub keys: Keys,
}

impl Throttle {
    /// Counts an attempt as failed in all of its counters, and only afterwards may it be looked at.
    /// Where one of them says "not yet", it counts in none, and the answer is how long to wait.
    pub async fn reserve(
        &self,
        counters: &[Counter],
        subject: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Option<TimeDelta>, StoreError> {
        let reserved = self.database.transaction(|mut transaction| async move {
            for counter in counters {
                let rule = self.limits.of(counter.kind);
                let found = throttles::count(&mut transaction, counter, subject, rule, now).await?;
                if let Some(early) = rule.early(&found, now) {
                    transaction.rollback().await?;
                    return Ok(Some(early));
                }
            }
            transaction.commit().await?;
            Ok(None)
        });
        reserved.await
    }

    /// How long to wait, as far as a look without a lock tells: a flood that is refused anyway queues up
    /// for nothing, and takes nobody's turn.
    pub async fn peek(
        &self,
        counters: &[Counter],
        now: DateTime<Utc>,
    ) -> Result<Option<TimeDelta>, StoreError> {
        let mut keys = counters.iter().map(|counter| &counter.key).cycle();
        let (Some(one), Some(two), Some(three)) = (keys.next(), keys.next(), keys.next()) else {
            return Ok(None);
        };
        let found = throttles::peek(&self.database, [one, two, three], now).await?;
        let early = |(kind, tally): (Kind, _)| self.limits.of(kind).early(&tally, now);
        Ok(found.into_iter().filter_map(early).max())
    }

    /// The attempt was not looked at: it does not count.
    pub async fn give_back(&self, counters: &[Counter]) -> Result<(), StoreError> {
        let given_back = self.database.transaction(|mut transaction| async move {
            for counter in counters {
                throttles::give_back(&mut transaction, &counter.key).await?;
            }
            Ok(transaction.commit().await?)
        });
        given_back.await
    }
}

/// The password was right: failures in a row are over. But not those of the source, or an attacker
/// would sign in to an account of their own between guesses.
pub(crate) async fn settle(
    transaction: &mut Transaction,
    counters: &[Counter],
) -> Result<(), StoreError> {
    for counter in counters {
        match counter.kind {
            Kind::Source => throttles::give_back(transaction, &counter.key).await?,
            Kind::Account | Kind::Pair | Kind::Device => {
                throttles::reset(transaction, &counter.key).await?;
            }
        }
    }
    Ok(())
}
