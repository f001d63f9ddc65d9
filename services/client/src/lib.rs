//! The client service: the relying party that people sign in to, the registry of all apps, and the
//! catalogue of scopes.

mod config;
mod grpc;
mod opaque;
mod profile;
mod provider;
mod registry;
mod relying_party;
mod scopes;
pub mod seal;
pub mod session;
mod sign_out;
mod view;

pub use config::{ClientAuthentication, Config};
pub use opaque::OpaqueId;

use anyhow::Context as _;
use callers::Gate;
use chassis::{
    Clock,
    grpc::{Contracts, Entrance},
    health, http, listen,
    process::{Misconfigured, Running},
    tls,
};
use chrono::TimeDelta;
use config::Secrets;
use database::Database;
use hydra_admin::HydraAdmin;
use latchkey_proto::FILE_DESCRIPTOR_SET;
use provider::{Provider, Registration};
use registry::{apps::Apps, grpc::ClientApps, journal::Journal};
use relying_party::{RelyingParty, SignIns, demo, routes};
use scopes::Catalogue;
use seal::Seal;
use secrecy::ExposeSecret as _;
use session::{cookie::Cookies, refresh::Refresher, revocations::Revocations, store::Sessions};
use sign_out::SignOuts;
use sqlx::migrate::Migrator;
use std::{process::ExitCode, sync::Arc, time::Duration};
use telemetry::sign_in::References;
use token_guard::{Holders, Settings, TokenGuard};
use tonic::service::Routes;

/// The schema, from the first version on.
static MIGRATIONS: Migrator = sqlx::migrate!();

/// How long a call to Hydra's admin API may take.
const ADMIN_TIMEOUT: Duration = Duration::from_secs(5);
/// How often rows that have ended are removed.
const PRUNE_EVERY: Duration = Duration::from_mins(10);

/// Runs the service until it is told to stop.
#[must_use]
pub fn main(config: Config) -> ExitCode {
    let process = config.process.clone();
    chassis::process::run("client", &process, async || Client::start(config).await)
}

/// The client service.
#[derive(Debug)]
pub struct Client;

impl Client {
    /// Builds everything, listens, and runs: `http` for browsers, `gRPC` for services, `internal`
    /// for health. Hydra and identity may come later; the database has to be there. With
    /// `--migrate-only` its schema is brought up to date, and that is all.
    pub async fn start(config: Config) -> anyhow::Result<Running> {
        let mut running = Running::new();
        let secrets = config.secrets(&running).await?;
        let url = secrets.database_url.expose_secret();
        Database::check(url).context("--database-url").context(Misconfigured)?;
        if config.migrate_only {
            Database::migrate(url, &MIGRATIONS).await.context("--database-url")?;
            return Ok(Running::ended());
        }
        let database = Database::open(url, &MIGRATIONS).await.context("--database-url")?;
        let catalogue = Catalogue::read(config.scopes_file.as_deref()).context("--scopes-file")?;
        let seal = Seal::new(&secrets.session_key, secrets.second_session_key.as_ref())
            .context("--session-key")?;
        let shared = Shared {
            database,
            catalogue: Arc::new(catalogue),
            seal: Arc::new(seal),
            running: running.clone(),
        };
        let registration = registration(&config, &secrets);
        let tls = tls::client(&config.certificate, config.tls_ca_file.as_deref(), &running).await?;
        let profiles = profile::Profiles::new(&config.identity_url, tls.as_ref())?;
        let app = Arc::new(relying_party(&config, &secrets, &registration, profiles, &shared)?);

        serve_http(&mut running, &config, app.clone()).await?;
        let hydra =
            HydraAdmin::new(config.hydra_admin_url.clone(), config.issuer.clone(), ADMIN_TIMEOUT)?;
        let sign_outs = SignOuts {
            hydra: hydra.clone(),
            identity: sign_out::Identity::at(&config.identity_url, tls.as_ref())?,
        };
        let Shared { database, catalogue, seal, .. } = shared;
        let journal = Journal { database: database.clone() };
        let apps = Apps {
            hydra,
            journal: journal.clone(),
            catalogue: catalogue.clone(),
            clock: Clock::System,
            running: running.clone(),
        };
        let client_apps = ClientApps { apps: apps.clone(), seal };
        let routes = grpc::routes(client_apps, catalogue, sign_outs.clone());
        serve_grpc(&mut running, &config, routes).await?;
        let provider = app.provider.clone();
        serve_health(&mut running, &config, provider.clone(), database).await?;
        app.revocations.clone().finish(&running);
        prune(&running, app, journal, config.audit_retention);
        sign_out::finish_pending(&running, sign_outs);
        if config.demo_client {
            demo::register(apps, provider, &registration, config.backchannel_url.as_ref());
        }
        Ok(running)
    }
}

/// What the relying party and the registry both have.
struct Shared {
    database: Database,
    catalogue: Arc<Catalogue>,
    seal: Arc<Seal>,
    running: Running,
}

fn registration(config: &Config, secrets: &Secrets) -> Registration {
    Registration {
        client_id: config.client_id.clone(),
        client_name: config.client_name.clone(),
        credentials: secrets.credentials.clone(),
        redirect_url: config.redirect_url.clone(),
        scope: config.scope.clone(),
        max_age: config.max_age,
        issuer: config.issuer.clone(),
        backchannel: config.issuer_backchannel_url.clone(),
    }
}

fn relying_party(
    config: &Config,
    secrets: &Secrets,
    registration: &Registration,
    profiles: profile::Profiles,
    shared: &Shared,
) -> anyhow::Result<RelyingParty> {
    let Shared { database, catalogue, seal, running } = shared;
    let clock = Clock::System;
    let idle = TimeDelta::from_std(config.session_idle).context("--session-idle")?;
    let lifetime = TimeDelta::from_std(config.session_lifetime).context("--session-lifetime")?;
    let provider = Arc::new(Provider::new(registration.clone())?);
    let sessions = Sessions::new(database.clone(), seal.clone(), idle, lifetime);
    let revocations = Revocations {
        database: database.clone(),
        seal: seal.clone(),
        provider: provider.clone(),
        clock: clock.clone(),
    };
    let mut origin = config.redirect_url.clone();
    origin.set_path("/");
    Ok(RelyingParty {
        cookies: Cookies::new(origin.scheme() == "https"),
        origin,
        sign_ins: SignIns::new(database.clone(), seal.clone()),
        refresher: Refresher::new(
            sessions.clone(),
            revocations.clone(),
            clock.clone(),
            running.clone(),
        ),
        sessions,
        revocations,
        provider,
        seal: seal.clone(),
        profiles,
        view: view::View::new(&registration.client_name, config.demo_client)?,
        catalogue: catalogue.clone(),
        references: secrets.trace_key.as_ref().map(References::new),
        clock,
        demo: config.demo_client,
    })
}

async fn serve_http(
    running: &mut Running,
    config: &Config,
    app: Arc<RelyingParty>,
) -> anyhow::Result<()> {
    let listener = listen::bind("listen", config.listen).await?;
    Ok(http::serve(running, "http", listener, routes::router(app))?)
}

async fn serve_grpc(running: &mut Running, config: &Config, routes: Routes) -> anyhow::Result<()> {
    let gate = Gate::new(grpc::ACCESS, &config.callers, guard(config)?).context(Misconfigured)?;
    let authorities = config.callers.tls_client_ca_file.as_deref();
    let tls = tls::server(&config.certificate, authorities, running).await?;
    let entrance = Entrance::open("grpc-listen", config.grpc_listen, tls).await?;
    let contracts = Contracts {
        services: grpc::SERVICES,
        reflected: config.reflection.then_some(FILE_DESCRIPTOR_SET),
    };
    chassis::grpc::serve(running, entrance, routes, contracts, |router| gate.before(router)).await
}

fn guard(config: &Config) -> anyhow::Result<TokenGuard> {
    let mut url = config.hydra_admin_url.clone();
    url.set_path("/admin/oauth2/introspect");
    let settings = Settings {
        realm: chassis::grpc::details::DOMAIN.to_owned(),
        audience: config.callers.token_audience.clone(),
        holders: Holders::Clients,
        timeout: ADMIN_TIMEOUT,
        ..Settings::default()
    };
    TokenGuard::introspecting(url, &settings).context("an HTTP client")
}

async fn serve_health(
    running: &mut Running,
    config: &Config,
    provider: Arc<Provider>,
    database: Database,
) -> anyhow::Result<()> {
    let listener = listen::bind("internal-listen", config.internal_listen).await?;
    let check = move || {
        let (database, provider) = (database.clone(), provider.clone());
        async move {
            health::Dependencies::from([
                ("database", database.ping().await.map_err(|error| error.to_string())),
                ("issuer", provider.ask().await.map(drop).map_err(|error| error.to_string())),
            ])
        }
    };
    Ok(health::serve(running, listener, check)?)
}

/// Removes rows that have ended, now and then. A database that is away is tried again later.
fn prune(
    running: &Running,
    app: Arc<RelyingParty>,
    journal: Journal,
    audit_retention: Option<Duration>,
) {
    let stop = running.stopping();
    running.spawn(async move {
        loop {
            let now = app.clock.now();
            let sign_ins = app.sign_ins.prune(now).await;
            let sessions = app.sessions.prune(now).await;
            let logouts = app.sessions.forget_logouts(now).await;
            let revocations = app.revocations.prune(now).await;
            let events = match audit_retention {
                Some(retention) => journal.forget(now - retention).await,
                None => Ok(()),
            };
            if let Err(error) = sign_ins.and(sessions).and(logouts).and(revocations).and(events) {
                tracing::warn!(%error, "rows that have ended were not removed");
            }
            tokio::select! {
                () = tokio::time::sleep(PRUNE_EVERY) => {}
                () = stop.cancelled() => return,
            }
        }
    });
}
