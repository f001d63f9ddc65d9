//! The consent app: the pages that Hydra sends browsers to. It owns no data. It reads what Hydra
//! asks, asks identity who somebody is, and tells Hydra the answer.

mod account;
mod assurance;
mod browser;
mod claims;
mod client_service;
mod config;
mod cookies;
mod device;
mod forms;
mod hooks;
mod identity;
mod pages;
mod policy;
mod reader;
mod refusal;
mod remembering;
mod routes;
mod seal;
mod starts;
mod theme;
mod view;

pub use config::{Config, WhenDown};
pub use remembering::Lifetime;

use account::Account;
use anyhow::Context as _;
use axum::Router;
use chassis::{
    Clock,
    health::{self, Dependencies},
    http, listen,
    process::Running,
    proxies::Proxies,
    secret, tls,
};
use client_service::ClientService;
use cookies::Cookies;
use forms::Forms;
use hydra_admin::{Client, HydraAdmin};
use identity::Identity;
use remembering::Remembering;
use seal::Seal;
use starts::Starts;
use std::{ops::Deref, process::ExitCode, sync::Arc, time::Duration};
use telemetry::sign_in::References;
use url::Url;
use view::View;

/// How long one call to Hydra may take. A page makes several, and people wait for it.
const HYDRA_TIMEOUT: Duration = Duration::from_secs(5);

/// What the pages work with. Each layer and handler has a clone of it for each request.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

pub(crate) struct Parts {
    hydra: HydraAdmin,
    identity: Identity,
    client_service: ClientService,
    view: View,
    cookies: Cookies,
    account: Account,
    proxies: Proxies,
    forms: Forms,
    starts: Starts,
    references: Option<References>,
    remembering: Remembering,
    logos: Vec<Url>,
}

impl App {
    /// The look of the pages for this app. One that the theme lacks is the operator's to mend, and
    /// nobody's who signs in: the main one stands in.
    pub(crate) fn look<'a>(&self, client: &'a Client) -> Option<&'a str> {
        let look = policy::look(client)?;
        if self.view.look(look).is_none() {
            tracing::warn!(
                client.id = client.client_id,
                look,
                "the theme lacks the app's look: add it to looks/ in the folder of --theme, or name \
                 another with `latchkey app update --look`"
            );
        }
        Some(look)
    }

    /// Ties the trace of this request to the sign-in that it belongs to.
    pub(crate) fn follow(&self, request_url: &str) {
        let Some(references) = &self.references else { return };
        let Ok(url) = url::Url::parse(request_url) else { return };
        let reference = url.query_pairs().find(|(name, _)| name == telemetry::sign_in::PARAMETER);
        if let Some((_, reference)) = reference {
            references.follow(&reference);
        }
    }
}

/// Runs the consent app until it is told to stop.
#[must_use]
pub fn main(config: Config) -> ExitCode {
    let process = config.process.clone();
    chassis::process::run("consent", &process, async || Consent::start(config).await)
}

/// The consent app.
#[derive(Debug)]
pub struct Consent;

impl Consent {
    /// Builds the app and listens. Hydra, identity and the catalogue may still be down.
    pub async fn start(config: Config) -> anyhow::Result<Running> {
        let mut running = Running::new();
        let app = Self::build(&config, &running).await?;
        let hook_key = secret::optional_key(
            "hook-key",
            config.hook_key.as_ref(),
            config.hook_key_file.as_deref(),
        )?;
        let pages = listen::bind("listen", config.listen).await?;
        let internal = listen::bind("internal-listen", config.internal_listen).await?;
        app.account.register(&running, app.hydra.clone());
        let hooks = match &hook_key {
            Some(key) => hooks::router(app.clone(), key, config.token_hook_when_down),
            None => Router::new(),
        };
        let asked = app.clone();
        health::serve_with(&mut running, internal, move || check(asked.clone()), hooks)?;
        let https = config.public_url.scheme() == "https";
        let router = routes::router(app, https, config.preview);
        http::serve(&mut running, "pages", pages, router)?;
        Ok(running)
    }

    /// What the pages work with. Certificates are watched for as long as `running` runs.
    async fn build(config: &Config, running: &Running) -> anyhow::Result<App> {
        let cookie_key = secret::key(
            "cookie-key",
            config.cookie_key.as_ref(),
            config.cookie_key_file.as_deref(),
        )?;
        let second_cookie_key = secret::optional_key(
            "second-cookie-key",
            config.second_cookie_key.as_ref(),
            config.second_cookie_key_file.as_deref(),
        )?;
        let trace_key = secret::optional_key(
            "trace-key",
            config.trace_key.as_ref(),
            config.trace_key_file.as_deref(),
        )?;
        let authorities = config.tls_ca_file.as_deref();
        let tls = tls::client(&config.certificate, authorities, running).await?;
        let seal = Seal::new(&cookie_key, second_cookie_key.as_ref()).context("--cookie-key")?;
        let cookies = Cookies::new(&config.public_url);
        let remembering = Remembering {
            cookies,
            seal: seal.clone(),
            clock: Clock::System,
            idle: config.remember_for,
            at_most: config.remember_at_most,
        };
        let account = Account {
            cookies,
            seal: seal.clone(),
            clock: Clock::System,
            callback: config.public_url.join(account::CALLBACK).context("--public-url")?,
        };
        let (admin, public) = (config.hydra_admin_url.clone(), config.hydra_public_url.clone());
        let backchannel = config.hydra_backchannel_url.clone().unwrap_or_else(|| public.clone());
        let hydra = HydraAdmin::new(admin, public, HYDRA_TIMEOUT)?.with_backchannel(backchannel);
        Ok(App(Arc::new(Parts {
            hydra,
            identity: Identity::at(&config.identity_url, tls.as_ref())?,
            client_service: ClientService::at(&config.client_url, tls.as_ref())?,
            view: View::new(config.theme.as_deref())?,
            cookies,
            account,
            proxies: config.proxies.clone(),
            forms: Forms::new(cookies, seal.clone()),
            starts: Starts::new(cookies, seal),
            references: trace_key.as_ref().map(References::new),
            remembering,
            logos: config.logo_origin.clone(),
        })))
    }
}

async fn check(app: App) -> Dependencies {
    let hydra = app.hydra.ready().await.map_err(|error| error.to_string());
    let identity = app.identity.ready().await.map_err(|error| error.to_string());
    Dependencies::from([("hydra", hydra), ("identity", identity)])
}
