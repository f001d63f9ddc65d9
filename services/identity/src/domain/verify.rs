//! Does this password belong to this person? The page to read first in an audit.

use crate::domain::{
    hashing::{Compared, Hashing, HashingError},
    identifier::Identifier,
    password::Password,
};
use crate::store::{StoreError, challenges, users, users::Account};
use chassis::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use database::Database;
use std::sync::Arc;
use tokio::time::Instant;

/// A used login challenge is remembered this long: longer than any server lets one live.
const CHALLENGE_MEMORY: TimeDelta = TimeDelta::hours(24);

/// What a person typed, and in which sign-in.
#[derive(Debug)]
pub struct Attempt {
    /// Who the person claims to be.
    pub identifier: Identifier,
    /// What should prove it.
    pub password: Password,
    /// SHA-256 of the login challenge that this sign-in answers.
    pub challenge: Option<[u8; 32]>,
    /// The OAuth 2.0 client that the person signs in to, for the audit event. May be empty.
    pub client_id: String,
    /// The person's network address, for the audit event. May be empty.
    pub ip: String,
    /// When nobody waits for the answer any more.
    pub deadline: Option<Instant>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The password belongs to this subject, and it was checked at this time.
    Verified(String, DateTime<Utc>),
    /// It does not, or the person may not sign in, or there is no such person.
    WrongCredentials,
    /// It does, but the login challenge has served another subject.
    ChallengeUsed,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// No password was compared.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The database cannot be reached.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Verifies attempts.
#[derive(Debug, Clone)]
pub struct Verifier {
    /// Where people are kept.
    pub database: Database,
    /// What compares.
    pub hashing: Arc<Hashing>,
    /// When.
    pub clock: Clock,
}

impl Verifier {
    /// Find, hash, decide, record. Whatever is wrong takes one look-up and one hash.
    pub async fn verify(&self, attempt: &Attempt) -> Result<Outcome, VerifyError> {
        let account = users::find_account(&self.database, &attempt.identifier).await?;
        let stored = account.as_ref().and_then(Account::signs_in_with);
        let compared = self.hashing.compare(&attempt.password, stored, attempt.deadline).await?;

        let outcome = match (&account, compared) {
            (Some(account), Compared::Right { outdated }) => {
                if outdated {
                    self.upgrade(account, attempt).await;
                }
                self.admit(account, attempt).await?
            }
            (_, Compared::Wrong) | (None, _) => Outcome::WrongCredentials,
        };
        audit(&outcome, account.as_ref(), attempt);
        Ok(outcome)
    }

    /// One challenge serves one subject: the first who comes with it.
    async fn admit(&self, account: &Account, attempt: &Attempt) -> Result<Outcome, StoreError> {
        let now = self.clock.now();
        let served = match &attempt.challenge {
            Some(sha256) => {
                let until = now + CHALLENGE_MEMORY;
                challenges::claim(&self.database, sha256, &account.subject, until).await?
            }
            None => account.subject.clone(),
        };
        if served == account.subject {
            Ok(Outcome::Verified(served, now))
        } else {
            Ok(Outcome::ChallengeUsed)
        }
    }

    /// Hashes a password again with today's cost. A sign-in never fails for it, and a password that
    /// was changed meanwhile stays.
    async fn upgrade(&self, account: &Account, attempt: &Attempt) {
        let Some(old) = account.signs_in_with() else { return };
        let upgraded = async {
            let new = self.hashing.hash(&attempt.password, attempt.deadline).await?;
            let now = self.clock.now();
            users::replace_hash(&self.database, &account.subject, old, &new, now).await?;
            Ok::<_, VerifyError>(())
        };
        if let Err(error) = upgraded.await {
            tracing::warn!(%error, "a password hash keeps its old cost until the next sign-in");
        }
    }
}

/// The audit event. The identifier is left out: people type passwords into its field.
fn audit(outcome: &Outcome, account: Option<&Account>, attempt: &Attempt) {
    let result = match outcome {
        Outcome::Verified(..) => "verified",
        Outcome::WrongCredentials => "wrong_credentials",
        Outcome::ChallengeUsed => "challenge_used",
    };
    tracing::info!(
        event = "audit",
        outcome = result,
        subject = account.map(|account| account.subject.as_str()),
        ip = attempt.ip.as_str(),
        client.id = attempt.client_id.as_str(),
        trace.id = telemetry::trace_id(),
        "credentials checked"
    );
}
