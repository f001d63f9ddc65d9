//! Does this password belong to this person? The page to read first in an audit.

use crate::domain::{
    admission::{self, Throttle},
    attempt::{Attempt, Outcome, Verified},
    audit::{Entry, Event},
    counted::Counted,
    device::{self, DeviceToken},
    factor::Factor,
    hashing::{Compared, Hashing, HashingError},
    throttle::Counter,
    unfinished::Unfinished,
};
use crate::store::{StoreError, audit, challenges, devices, sessions, users, users::Account};
use chassis::{Clock, process::Running};
use chrono::{DateTime, TimeDelta, Utc};
use database::{Database, Transaction};
use std::sync::Arc;

/// A used login challenge is remembered this long: longer than any server lets one live.
const CHALLENGE_MEMORY: TimeDelta = TimeDelta::hours(24);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// No password was compared.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The database cannot be reached.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

impl VerifyError {
    /// What the trail says of an attempt that ends so.
    fn outcome(&self) -> &'static str {
        match self {
            Self::Hashing(HashingError::Overloaded { .. }) => "overloaded",
            Self::Hashing(HashingError::TooLate) => "cut_off",
            _ => "failed",
        }
    }
}

/// Verifies attempts.
#[derive(Debug, Clone)]
pub struct Verifier {
    /// Where people are kept.
    pub database: Database,
    /// What compares.
    pub hashing: Arc<Hashing>,
    /// What holds attempts back.
    pub throttle: Throttle,
    /// When.
    pub clock: Clock,
    /// Keeps what is told of attempts whose caller is gone.
    pub background: Running,
}

impl Verifier {
    /// Find, take a turn, count, hash, decide, record. Whatever is wrong takes the same steps and one
    /// hash; what comes too early takes none.
    pub async fn verify(&self, attempt: &Attempt) -> Result<Outcome, VerifyError> {
        let mut unfinished =
            Unfinished::new(&self.database, &self.clock, &self.background, attempt);
        let verified = self.verified(attempt, &mut unfinished).await;
        unfinished.end(verified.as_ref().err().map(VerifyError::outcome));
        verified
    }

    async fn verified(
        &self,
        attempt: &Attempt,
        unfinished: &mut Unfinished<'_>,
    ) -> Result<Outcome, VerifyError> {
        // A flood that is refused costs the database nothing.
        self.hashing.check(attempt.deadline)?;
        let shown = attempt.device.as_ref().map(DeviceToken::sha256);
        let account = users::find_account(
            &self.database,
            &attempt.identifier,
            shown.as_ref().map_or(&[], |sha256| sha256.as_slice()),
            self.clock.now(),
        );
        let account = account.await?;
        let account = account.as_ref();
        let subject = account.map(|account| account.subject.as_str());
        // The device, where it has signed in as this person before.
        let known = attempt.device.as_ref().filter(|_| account.is_some_and(|it| it.knows_device));
        let device = known.map(DeviceToken::sha256);
        let keys = &self.throttle.keys;
        let counted = keys.account(&attempt.identifier, subject);
        let counters = keys.counters(counted, attempt.origin.ip, device.as_ref());

        if let Some(wait) = self.throttle.peek(&counters, self.clock.now()).await? {
            unfinished.counted(subject);
            let throttled = Outcome::Throttled(wait);
            return Ok(self.record(throttled, account, None, attempt, &counters).await?);
        }
        // Taken before anything is written, and held until all is.
        let turn = self.hashing.turn(attempt.deadline)?;
        unfinished.counted(subject);
        if let Some(wait) = self.throttle.reserve(&counters, subject, self.clock.now()).await? {
            let throttled = Outcome::Throttled(wait);
            return Ok(self.record(throttled, account, None, attempt, &counters).await?);
        }
        let mut counted = Counted {
            throttle: &self.throttle,
            counters: &counters,
            turn,
            background: &self.background,
            hashed: None,
        };
        let stored = account.and_then(Account::signs_in_with);
        let mut renewed = None;
        let outcome = match (account, counted.compare(&attempt.password, stored).await?) {
            (Some(account), Compared::Right { outdated }) => {
                if outdated {
                    renewed = self.renewed(attempt).await;
                }
                self.admit(account, known)?
            }
            (_, Compared::Wrong) | (None, _) => Outcome::WrongCredentials,
        };
        Ok(self.record(outcome, account, renewed, attempt, &counters).await?)
    }

    fn admit(
        &self,
        account: &Account,
        known: Option<&DeviceToken>,
    ) -> Result<Outcome, VerifyError> {
        let device = match known {
            Some(known) => known.clone(),
            None => DeviceToken::new().map_err(|_| VerifyError::Random)?,
        };
        let (subject, factors) = (account.subject.clone(), vec![Factor::Password]);
        Ok(Outcome::Verified(Verified { subject, factors, at: self.clock.now(), device }))
    }

    /// The audit event and what it tells of are kept together, before anybody hears the answer.
    async fn record(
        &self,
        outcome: Outcome,
        account: Option<&Account>,
        renewed: Option<String>,
        attempt: &Attempt,
        counters: &[Counter],
    ) -> Result<Outcome, StoreError> {
        let now = self.clock.now();
        let subject = account.map(|account| account.subject.as_str());
        let entry = |event, outcome| Entry {
            outcome,
            origin: attempt.origin.clone(),
            ..Entry::done(event, subject, now)
        };
        let (outcome, renewed) = (&outcome, renewed.as_deref());
        let recorded = self.database.transaction(|mut transaction| async move {
            let outcome = outcome.clone();
            let outcome = confirm(&mut transaction, outcome, account, renewed).await?;
            let outcome = claim(&mut transaction, outcome, attempt, now).await?;
            let outcome = begin_session(&mut transaction, outcome, attempt, now).await?;
            let mut entries = vec![entry(Event::CredentialsVerify, outcome.name())];
            if let Outcome::Verified(_) | Outcome::ChallengeUsed = outcome {
                admission::settle(&mut transaction, counters).await?;
            }
            if let Outcome::Verified(Verified { subject, device, .. }) = &outcome {
                let (sha256, until) = (device.sha256(), now + device::MEMORY);
                devices::keep(&mut transaction, &sha256, subject, until).await?;
                if attempt.device.as_ref().is_none_or(|shown| shown.sha256() != sha256) {
                    devices::keep_last(&mut transaction, subject, device::MOST).await?;
                    entries.push(entry(Event::DeviceAdd, "done"));
                }
            }
            for entry in &entries {
                audit::append(&mut transaction, entry).await?;
            }
            transaction.commit().await?;
            entries.iter().for_each(Entry::tell);
            Ok(outcome)
        });
        recorded.await
    }

    /// Another hash of a password, with today's cost, where no other sign-in has to wait for it. None
    /// fails for it.
    async fn renewed(&self, attempt: &Attempt) -> Option<String> {
        let renewed = self.hashing.hash_if_idle(&attempt.password).await;
        renewed
            .inspect_err(|error| {
                tracing::warn!(%error, "a password hash keeps its old cost until another sign-in");
            })
            .ok()
    }
}

/// Whoever was disabled or deleted, or got another password while this one was compared, is refused:
/// or the session would begin after the sign-out that came with it.
async fn confirm(
    transaction: &mut Transaction,
    outcome: Outcome,
    account: Option<&Account>,
    renewed: Option<&str>,
) -> Result<Outcome, StoreError> {
    let (Outcome::Verified(_), Some(account)) = (&outcome, account) else { return Ok(outcome) };
    let confirmed = users::confirm(transaction, account, renewed).await?;
    Ok(if confirmed { outcome } else { Outcome::WrongCredentials })
}

/// One challenge serves one subject: the first who comes with it.
async fn claim(
    transaction: &mut Transaction,
    outcome: Outcome,
    attempt: &Attempt,
    now: DateTime<Utc>,
) -> Result<Outcome, StoreError> {
    let (Outcome::Verified(Verified { subject, .. }), Some(sha256)) =
        (&outcome, &attempt.challenge)
    else {
        return Ok(outcome);
    };
    let until = now + CHALLENGE_MEMORY;
    let served = challenges::claim(transaction, sha256, subject, until).await?;
    Ok(if served == *subject { outcome } else { Outcome::ChallengeUsed })
}

/// A session that has ended does not begin again, whoever comes back to its form.
async fn begin_session(
    transaction: &mut Transaction,
    outcome: Outcome,
    attempt: &Attempt,
    now: DateTime<Utc>,
) -> Result<Outcome, StoreError> {
    let (Outcome::Verified(verified), Some(id)) = (&outcome, &attempt.session) else {
        return Ok(outcome);
    };
    let Verified { subject, factors, .. } = verified;
    let begun = sessions::begin(transaction, id, subject, factors, &attempt.origin, now).await?;
    Ok(if begun { outcome } else { Outcome::ChallengeUsed })
}
