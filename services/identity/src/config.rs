//! What can be configured, and what is allowed.

mod throttle;

pub use throttle::Throttling;

use crate::domain::hashing::cost::{Cost, MAX_ITERATIONS, MAX_MEMORY_KIB, MAX_PARALLELISM};
use chassis::duration::within;
use clap::value_parser;
use secrecy::SecretString;
use std::{net::SocketAddr, num::NonZero, path::PathBuf, thread, time::Duration};
use url::Url;

/// Latchkey identity: verifies passwords and keeps people's profiles, over gRPC
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "latchkey-identity", version = chassis::VERSION)]
pub struct Config {
    /// Where gRPC is served. Without --tls-cert-file a loopback address, and any process on the
    /// machine may call
    #[arg(
        long,
        env = "LATCHKEY_LISTEN",
        default_value = "127.0.0.1:50051",
        value_name = "IP:PORT"
    )]
    pub listen: SocketAddr,

    /// Where /livez, /readyz and /metrics are served. Never public
    #[arg(
        long,
        env = "LATCHKEY_INTERNAL_LISTEN",
        default_value = "127.0.0.1:9101",
        value_name = "IP:PORT"
    )]
    pub internal_listen: SocketAddr,

    /// The user database, `sqlite:FILE` or `postgres://USER@HOST/NAME`. Required, here or as a file
    #[arg(long, env = "LATCHKEY_DATABASE_URL", hide_env_values = true, value_name = "URL",
          value_parser = chassis::secret::parse)]
    pub database_url: Option<SecretString>,

    /// A file that holds the database URL
    #[arg(long, env = "LATCHKEY_DATABASE_URL_FILE", value_name = "FILE")]
    pub database_url_file: Option<PathBuf>,

    /// How many connections to the database are open at most, 2 to 200. Those of all replicas have
    /// to fit into the server; on SQLite up to 4 read, and one more writes
    #[arg(long, env = "LATCHKEY_DATABASE_CONNECTIONS", default_value_t = database::CONNECTIONS,
          value_name = "COUNT", value_parser = value_parser!(u32).range(2..=200))]
    pub database_connections: u32,

    /// Bring the database's schema up to date, and end: for whoever does that before the first
    /// replica of a new release starts. Without it each replica does it when it starts
    #[arg(long, env = "LATCHKEY_MIGRATE_ONLY")]
    pub migrate_only: bool,

    /// Hydra's admin API, where access tokens are introspected
    #[arg(
        long,
        env = "LATCHKEY_HYDRA_ADMIN_URL",
        default_value = "http://127.0.0.1:4445",
        value_name = "URL",
        value_parser = chassis::upstream::origin
    )]
    pub hydra_admin_url: Url,

    /// How long an access token that was found good is not asked about again, and so how long a
    /// revoked one may go on working: 0s to 1m. 0s asks every time
    #[arg(long, env = "LATCHKEY_TOKEN_CACHE", default_value = "5s", value_name = "DURATION",
          value_parser = token_cache)]
    pub token_cache: Duration,

    /// Memory of one password hash, in KiB, at most 262144. OWASP's floor holds for the three
    /// argon2 options together: 47104 with 1 iteration, 19456 with 2, or 12288 with 3
    #[arg(long, env = "LATCHKEY_ARGON2_MEMORY_KIB", default_value = "19456", value_name = "KIB",
          value_parser = value_parser!(u32).range(8..=i64::from(MAX_MEMORY_KIB)))]
    pub argon2_memory_kib: u32,

    /// Passes over the memory of one password hash, 1 to 16
    #[arg(long, env = "LATCHKEY_ARGON2_ITERATIONS", default_value = "2", value_name = "COUNT",
          value_parser = value_parser!(u32).range(1..=i64::from(MAX_ITERATIONS)))]
    pub argon2_iterations: u32,

    /// Lanes of one password hash, 1 to 16
    #[arg(long, env = "LATCHKEY_ARGON2_PARALLELISM", default_value = "1", value_name = "COUNT",
          value_parser = value_parser!(u32).range(1..=i64::from(MAX_PARALLELISM)))]
    pub argon2_parallelism: u32,

    /// How many passwords are hashed at once, 1 to 256; by default one for each processor core.
    /// Each takes the memory of one hash, and no flood takes more
    #[arg(long, env = "LATCHKEY_HASH_WORKERS", default_value_t = cores(), value_name = "COUNT",
          hide_default_value = true, value_parser = value_parser!(u16).range(1..=256))]
    pub hash_workers: u16,

    /// A file of peppers: secrets that go into every new password hash and are kept apart from the
    /// database. A key a line, the newest first: an id of up to 8 letters or digits, a space, and at
    /// least 32 bytes such as `openssl rand -hex 32` gives. A key may leave the file when no hash has
    /// its id any more: who has one cannot sign in without it
    #[arg(long, env = "LATCHKEY_PEPPER_FILE", value_name = "FILE")]
    pub pepper_file: Option<PathBuf>,

    /// Shortest password that a new user may have, in characters, 8 to 64 (NIST SP 800-63B-4: 15,
    /// or 8 beside a second factor)
    #[arg(long, env = "LATCHKEY_PASSWORD_MIN_LENGTH", default_value = "15", value_name = "COUNT",
          value_parser = value_parser!(u16).range(8..=64))]
    pub password_min_length: u16,

    /// Serve gRPC reflection, so that tools such as grpcurl know the contracts
    #[arg(long, env = "LATCHKEY_REFLECTION")]
    pub reflection: bool,

    /// Create the demo users user@example.com and user2@example.com, whose password everybody knows
    #[arg(long, env = "LATCHKEY_DEMO_USERS")]
    pub demo_users: bool,

    /// When events of the audit trail are forgotten, at least a day (90d); none keeps them for ever
    #[arg(long, env = "LATCHKEY_AUDIT_RETENTION", value_name = "DURATION",
          value_parser = chassis::duration::retention)]
    pub audit_retention: Option<Duration>,

    /// What callers are shown.
    #[command(flatten)]
    pub certificate: chassis::tls::Certificate,

    /// Who may call.
    #[command(flatten)]
    pub callers: callers::Options,

    /// How failed sign-ins slow down the next ones.
    #[command(flatten)]
    pub throttling: Throttling,

    /// Options that every service has.
    #[command(flatten)]
    pub process: chassis::process::Options,
}

impl Config {
    /// What one password hash costs.
    #[must_use]
    pub fn cost(&self) -> Cost {
        Cost {
            memory_kib: self.argon2_memory_kib,
            iterations: self.argon2_iterations,
            parallelism: self.argon2_parallelism,
        }
    }
}

fn token_cache(text: &str) -> Result<Duration, String> {
    let allowed = Duration::ZERO..=Duration::from_mins(1);
    within(text, allowed, "from 0s to 1m is allowed, such as 5s")
}

fn cores() -> u16 {
    thread::available_parallelism().map_or(1, NonZero::get).try_into().unwrap_or(256).min(256)
}
