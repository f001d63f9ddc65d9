//! An attempt to sign in, and its answer.

use crate::domain::{
    audit::Origin, device::DeviceToken, factor::Factor, identifier::Identifier, password::Password,
};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// What a person typed, and in which sign-in.
#[derive(Debug)]
pub struct Attempt {
    /// Who the person claims to be.
    pub identifier: Identifier,
    /// What should prove it.
    pub password: Password,
    /// SHA-256 of the login challenge that this sign-in answers.
    pub challenge: Option<[u8; 32]>,
    /// The login session that begins with it. None: none is recorded.
    pub session: Option<String>,
    /// What the browser shows of an earlier sign-in.
    pub device: Option<DeviceToken>,
    /// From where: counted by address, and told in the audit trail.
    pub origin: Origin,
    /// When nobody waits for the answer any more.
    pub deadline: Option<Instant>,
}

/// The answer.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The password belongs to this person.
    Verified(Verified),
    /// It does not, or the person may not sign in, or there is no such person.
    WrongCredentials,
    /// It does, but the login challenge has served another subject, or its session has ended.
    ChallengeUsed,
    /// Too many have failed: it was not looked at, and will not be for so long.
    Throttled(TimeDelta),
}

/// Who it is.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The person.
    pub subject: String,
    /// What was proved.
    pub factors: Vec<Factor>,
    /// When it was proved.
    pub at: DateTime<Utc>,
    /// What the browser shows next time.
    pub device: DeviceToken,
}

impl Outcome {
    /// Its name in the audit trail.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Verified(_) => "verified",
            Self::WrongCredentials => "wrong_credentials",
            Self::ChallengeUsed => "challenge_used",
            Self::Throttled(_) => "throttled",
        }
    }
}
