//! How failed attempts slow down the next ones: rules, without a clock or a database.

mod keys;

pub use keys::Keys;

use chrono::{DateTime, TimeDelta, Utc};

/// What a counter counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Attempts for one account, whether anybody has it or not.
    Account,
    /// Attempts from one network address.
    Source,
    /// Attempts for one account from one network address.
    Pair,
    /// Attempts for one account from a device that has signed in to it before.
    Device,
}

/// Stands for what is counted: see [`Keys`].
pub type Key = [u8; 32];

/// One counter, and what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// What it counts.
    pub kind: Kind,
    /// Its own key.
    pub key: Key,
    /// The account that it is about.
    pub account: Option<Key>,
    /// The source that it is about.
    pub source: Option<Key>,
}

/// How one kind of counter slows attempts down: some failures are free, each further one doubles
/// the time until the next attempt is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// So many attempts may fail before the first delay.
    pub free: i64,
    /// After so many failures in a row nothing is looked at until they are forgotten
    /// (NIST SP 800-63B-4, section 3.2.2).
    pub most: i64,
    /// The first delay.
    pub delay: TimeDelta,
    /// The longest delay.
    pub longest: TimeDelta,
    /// When failures are forgotten.
    pub memory: TimeDelta,
    /// Whether `memory` counts from the last failure, or else from the first.
    pub sliding: bool,
}

/// The rules of all kinds.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For [`Kind::Account`].
    pub account: Rule,
    /// For [`Kind::Source`].
    pub source: Rule,
    /// For [`Kind::Pair`].
    pub pair: Rule,
    /// For [`Kind::Device`].
    pub device: Rule,
}

/// A counter as an attempt finds it.
#[derive(Debug, Clone, Copy)]
pub struct Tally {
    /// Failures in a row before this attempt.
    pub failures: i64,
    /// When the last of them came.
    pub last_at: DateTime<Utc>,
    /// When all of them are forgotten.
    pub forget_at: DateTime<Utc>,
}

impl Limits {
    /// The rule for this kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> &Rule {
        match kind {
            Kind::Account => &self.account,
            Kind::Source => &self.source,
            Kind::Pair => &self.pair,
            Kind::Device => &self.device,
        }
    }
}

impl Rule {
    /// How long after the last of `failures` the next attempt is looked at.
    #[must_use]
    pub fn delay(&self, failures: i64) -> TimeDelta {
        if failures < self.free {
            return TimeDelta::zero();
        }
        if failures >= self.most {
            return self.memory;
        }
        let doublings = u32::try_from(failures - self.free).unwrap_or(u32::MAX);
        let factor = 1i32.checked_shl(doublings).filter(|factor| *factor > 0);
        let grown = factor.and_then(|factor| self.delay.checked_mul(factor));
        grown.unwrap_or(self.longest).min(self.longest)
    }

    /// How long this attempt came too early, if it did.
    ///
    /// A last attempt that lies far ahead was counted by a clock that was set back since: nobody
    /// waits until that time comes again.
    #[must_use]
    pub fn early(&self, found: &Tally, now: DateTime<Utc>) -> Option<TimeDelta> {
        if found.last_at - now > self.longest {
            return None;
        }
        let delay = self.delay(found.failures);
        let early = (found.last_at + delay).min(found.forget_at) - now;
        // Without a delay `now` may still be the earlier time: one attempt has waited for another.
        (delay > TimeDelta::zero() && early > TimeDelta::zero()).then_some(early)
    }
}

#[cfg(test)]
mod tests;
