//! How failed sign-ins slow down the next ones.

use crate::domain::throttle::{Limits, Rule};
use chassis::duration::within;
use chrono::TimeDelta;
use clap::value_parser;
use std::{path::PathBuf, time::Duration};

/// Failures in a row after which an account waits until they are forgotten
/// (NIST SP 800-63B-4, section 3.2.2).
const MOST: i64 = 100;

/// A source's failures are forgotten after this time from the first, because sign-ins of others
/// behind the same address never end them.
const SOURCE_MEMORY: TimeDelta = TimeDelta::hours(1);

/// How failed sign-ins slow down the next ones.
#[derive(Debug, Clone, clap::Args)]
#[group(id = "throttle")]
#[command(next_help_heading = "Throttling")]
pub struct Throttling {
    /// Sign-ins to one account that may fail in a row, wherever they come from, before the next one
    /// has to wait
    #[arg(long, env = "LATCHKEY_THROTTLE_ACCOUNT", default_value = "20", value_name = "COUNT",
          value_parser = value_parser!(i64).range(1..=MOST))]
    pub throttle_account: i64,

    /// Sign-ins from one network address (IPv6: one /64) that may fail within an hour, whoever they
    /// are for. More where many people share an address
    #[arg(long, env = "LATCHKEY_THROTTLE_SOURCE", default_value = "100", value_name = "COUNT",
          value_parser = value_parser!(i64).range(1..=1_000_000))]
    pub throttle_source: i64,

    /// Sign-ins to one account from one network address that may fail in a row
    #[arg(long, env = "LATCHKEY_THROTTLE_PAIR", default_value = "10", value_name = "COUNT",
          value_parser = value_parser!(i64).range(1..=MOST))]
    pub throttle_pair: i64,

    /// Sign-ins to one account that may fail in a row from a device that has signed in before. They
    /// count here alone
    #[arg(long, env = "LATCHKEY_THROTTLE_DEVICE", default_value = "10", value_name = "COUNT",
          value_parser = value_parser!(i64).range(1..=MOST))]
    pub throttle_device: i64,

    /// How long the next sign-in waits at first. Each further failure doubles it
    #[arg(long, env = "LATCHKEY_THROTTLE_DELAY", default_value = "1s", value_name = "DURATION",
          value_parser = at_most_a_day)]
    pub throttle_delay: Duration,

    /// How long it waits at most; not less than --throttle-delay
    #[arg(long, env = "LATCHKEY_THROTTLE_LONGEST", default_value = "1h", value_name = "DURATION",
          value_parser = at_most_a_day)]
    pub throttle_longest: Duration,

    /// How long failures in a row for an account are remembered, from the last one on; not less than
    /// --throttle-longest. After 100 in a row nobody may try again before that, but from a device that has
    /// signed in before, or where an operator forgets them (`latchkey throttle lift`)
    #[arg(long, env = "LATCHKEY_THROTTLE_MEMORY", default_value = "24h", value_name = "DURATION",
          value_parser = at_most_a_day)]
    pub throttle_memory: Duration,

    /// A file with a secret of at least 32 bytes, such as `openssl rand -hex 32` gives, the same for
    /// all replicas: nobody who reads the database alone can test guessed names and addresses
    /// against the counters. With another secret all of them begin anew
    #[arg(long, env = "LATCHKEY_THROTTLE_KEY_FILE", value_name = "FILE")]
    pub throttle_key_file: Option<PathBuf>,
}

/// Times of which one makes another one useless.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub enum Disorder {
    /// The first wait would be longer than any.
    #[error("--throttle-delay is longer than --throttle-longest")]
    Delay,
    /// What is waited for would be forgotten before.
    #[error("--throttle-longest is longer than --throttle-memory")]
    Longest,
}

impl Throttling {
    /// The rules.
    pub fn limits(&self) -> Result<Limits, Disorder> {
        if self.throttle_delay > self.throttle_longest {
            return Err(Disorder::Delay);
        }
        if self.throttle_longest > self.throttle_memory {
            return Err(Disorder::Longest);
        }
        let day = TimeDelta::hours(24);
        let time = |duration| TimeDelta::from_std(duration).unwrap_or(day);
        let rule = |free| Rule {
            free,
            most: MOST,
            delay: time(self.throttle_delay),
            longest: time(self.throttle_longest),
            memory: time(self.throttle_memory),
            sliding: true,
        };
        let source = Rule {
            most: i64::MAX,
            memory: SOURCE_MEMORY,
            sliding: false,
            ..rule(self.throttle_source)
        };
        Ok(Limits {
            account: rule(self.throttle_account),
            source,
            pair: rule(self.throttle_pair),
            device: rule(self.throttle_device),
        })
    }
}

fn at_most_a_day(text: &str) -> Result<Duration, String> {
    within(text, Duration::from_secs(1)..=Duration::from_hours(24), "allowed is 1s to 24h")
}
