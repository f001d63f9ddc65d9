//! The identity service: who people are. It verifies passwords, keeps profiles, and serves a
//! profile to whoever holds an access token for it.
//!
//! A call's way: `grpc` (contract to domain), `domain` (rules), `store` (SQL).

mod config;
pub mod demo;
pub mod domain;
mod grpc;
pub mod store;

pub use config::{Config, Throttling};

use anyhow::Context as _;
use callers::Gate;
use chassis::{
    Clock,
    grpc::{Contracts, Entrance},
    health, listen,
    process::{self, Misconfigured, Running},
    secret, tls,
};
use database::Database;
use domain::{
    admission::Throttle,
    expiry,
    hashing::{Hashing, cost::MAX_MEMORY_KIB, pepper::Peppers},
    throttle::Keys,
    verify::Verifier,
};
use latchkey_proto::FILE_DESCRIPTOR_SET;
use secrecy::{ExposeSecret as _, SecretString};
use std::{process::ExitCode, sync::Arc, time::Duration};
use store::users::Finder;
use token_guard::{Holders, Settings, TokenGuard};

/// How long an introspection may take.
const INTROSPECTION: Duration = Duration::from_secs(5);

/// Runs the service until it is told to stop.
#[must_use]
pub fn main(config: Config) -> ExitCode {
    let options = config.process.clone();
    process::run("identity", &options, async || Identity::start(config).await)
}

/// The identity service, built and running.
#[derive(Debug)]
pub struct Identity {
    /// Its servers: `gRPC` and `internal`.
    pub running: Running,
    /// Its hashing, to see how much it does.
    pub hashing: Arc<Hashing>,
    /// Its database.
    pub database: Database,
}

impl Identity {
    /// Builds the service and serves, unless only the schema is to be brought up to date.
    pub async fn start(config: Config) -> anyhow::Result<Running> {
        if config.migrate_only {
            let url = database_url(&config)?;
            Database::migrate(url.expose_secret(), &store::MIGRATIONS)
                .await
                .context("--database-url")?;
            return Ok(Running::ended());
        }
        Ok(Self::build(config, Clock::System).await?.running)
    }

    /// The only place that builds: sockets first, so that a second start changes nothing.
    pub async fn build(config: Config, clock: Clock) -> anyhow::Result<Self> {
        let hashing = Arc::new(hashing(&config).context(Misconfigured)?);
        let keys = throttle_keys(&config).context(Misconfigured)?;
        let limits = config.throttling.limits().context(Misconfigured)?;
        let most = config.cost().memory_kib / 1024 * u32::from(config.hash_workers);
        tracing::info!(
            threads = config.hash_workers,
            "password hashing takes at most {most} MiB of memory, and {} MiB more where people were \
             imported with hashes of other systems",
            MAX_MEMORY_KIB / 1024
        );
        let url = database_url(&config)?;
        let mut running = Running::new();
        let gate = Gate::new(grpc::ACCESS, &config.callers, guard(&config, Holders::Clients)?)
            .context(Misconfigured)?;
        let entrance = entrance(&config, &running).await?;
        let internal = listen::bind("internal-listen", config.internal_listen).await?;
        let (connections, schema) = (config.database_connections, &store::MIGRATIONS);
        let database = Database::open_with(url.expose_secret(), connections, schema)
            .await
            .context("--database-url")?;
        if config.demo_users {
            demo::create(&database, &clock).await.context("--demo-users")?;
        }

        let verifier = Verifier {
            database: database.clone(),
            hashing: hashing.clone(),
            throttle: Throttle { database: database.clone(), limits, keys },
            clock: clock.clone(),
            background: running.clone(),
        };
        let services = services(&config, verifier, guard(&config, Holders::People)?);
        let contracts = Contracts {
            services: grpc::SERVICES,
            reflected: config.reflection.then_some(FILE_DESCRIPTOR_SET),
        };
        let (routes, guard) = (grpc::routes(services), |router| gate.before(router));
        chassis::grpc::serve(&mut running, entrance, routes, contracts, guard).await?;
        let kept = config.audit_retention;
        running.spawn(expiry::forget(database.clone(), clock, kept, running.stopping()));

        let asked = database.clone();
        health::serve(&mut running, internal, move || readiness(asked.clone()))?;
        Ok(Self { running, hashing, database })
    }
}

fn database_url(config: &Config) -> anyhow::Result<SecretString> {
    let (url, file) = (config.database_url.as_ref(), config.database_url_file.as_deref());
    let url = secret::required("database-url", url, file)?;
    Database::check(url.expose_secret()).context("--database-url").context(Misconfigured)?;
    Ok(url)
}

async fn entrance(config: &Config, running: &Running) -> anyhow::Result<Entrance> {
    let authorities = config.callers.tls_client_ca_file.as_deref();
    let tls = tls::server(&config.certificate, authorities, running).await?;
    Ok(Entrance::open("listen", config.listen, tls).await?)
}

fn services(config: &Config, verifier: Verifier, guard: TokenGuard) -> grpc::Services {
    let Verifier { database, hashing, throttle, clock, background } = verifier.clone();
    let people = Finder::start(database.clone(), &background);
    grpc::Services {
        audit: grpc::Audit { database: database.clone() },
        throttles: grpc::Throttles { throttle, clock: clock.clone() },
        credentials: grpc::Credentials { verifier },
        sessions: grpc::Sessions { database: database.clone(), clock: clock.clone() },
        profiles: grpc::Profiles { people: people.clone() },
        guard,
        users: grpc::Users {
            database,
            people,
            hashing,
            clock,
            password_min_length: config.password_min_length,
        },
    }
}

fn hashing(config: &Config) -> anyhow::Result<Hashing> {
    let peppers = match config.pepper_file.as_deref() {
        None => Peppers::default(),
        Some(file) => Peppers::parse(&secret::required("pepper", None, Some(file))?)?,
    };
    Ok(Hashing::new(config.cost(), peppers, config.hash_workers)?)
}

fn throttle_keys(config: &Config) -> anyhow::Result<Keys> {
    let file = config.throttling.throttle_key_file.as_deref();
    Ok(Keys::new(secret::optional_key("throttle-key", None, file)?.as_ref()))
}

fn guard(config: &Config, holders: Holders) -> anyhow::Result<TokenGuard> {
    let mut url = config.hydra_admin_url.clone();
    url.set_path("/admin/oauth2/introspect");
    let settings = Settings {
        realm: chassis::grpc::details::DOMAIN.to_owned(),
        audience: config.callers.token_audience.clone().filter(|_| holders == Holders::Clients),
        holders,
        timeout: INTROSPECTION,
        granted_for: config.token_cache,
        ..Settings::default()
    };
    TokenGuard::introspecting(url, &settings).context("an HTTP client")
}

async fn readiness(database: Database) -> health::Dependencies {
    let answers = database.ping().await.map_err(|error| error.to_string());
    health::Dependencies::from([("database", answers)])
}
