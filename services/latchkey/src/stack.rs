//! A whole suite as child processes: started, watched and stopped part by part.
//!
//! `latchkey up` runs one, and so do the integration tests, which stop and start single parts.

mod child;
mod component;
mod failure;
mod hydra;
mod launch;
mod ready;
mod settings;
mod urls;

pub use component::Component;
pub use failure::Failure;
pub use launch::DEMO_CLIENT_ID;
pub use settings::{Collector, Settings};

use crate::{
    certificates::Certificates,
    data::make_private,
    secrets::{Secret, Secrets, write_private},
};
use anyhow::{Context as _, Result, bail};
use child::Child;
use std::{
    collections::BTreeMap,
    fs, io,
    path::PathBuf,
    process::{Command, ExitStatus},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

/// From asking everything to stop until what still runs is killed.
const GRACE: Duration = Duration::from_secs(4);
/// How long Hydra may take to bring its schema up to date.
const MIGRATION: Duration = Duration::from_mins(2);

/// The suite. Whatever of it runs is killed when this value is dropped, or when the process that
/// holds it ends, however it ends.
#[derive(Debug)]
pub struct Stack {
    settings: Settings,
    secrets: Secrets,
    certificates: Certificates,
    http: reqwest::Client,
    children: Mutex<BTreeMap<Component, Arc<Child>>>,
    exits: Arc<Notify>,
}

/// How a component is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// SIGTERM; SIGKILL where it has not ended after 4 s.
    Graceful,
    /// SIGKILL.
    Kill,
}

impl Stack {
    /// Prepares the data folder: secrets are made where they are missing, certificates anew, logs of
    /// an earlier start are dropped. Nothing runs yet.
    pub fn new(settings: Settings) -> Result<Self> {
        make_private(&settings.data).with_context(|| settings.data.display().to_string())?;
        let secrets = Secrets::open(&settings.data)?;
        let certificates = Certificates::of(&settings.data);
        certificates.renew()?;
        let logs = settings.data.join("logs");
        match fs::remove_dir_all(&logs) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => make_private(&logs)?,
        }
        Ok(Self {
            settings,
            secrets,
            certificates,
            http: telemetry::http_client::client(Duration::from_secs(2))?,
            children: Mutex::default(),
            exits: Arc::new(Notify::new()),
        })
    }

    /// What it was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the parts show to each other, and what an operator shows to them.
    #[must_use]
    pub fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    /// The log of a component: what it has printed since [`Stack::new`].
    #[must_use]
    pub fn log(&self, component: Component) -> PathBuf {
        self.settings.data.join("logs").join(format!("{component}.log"))
    }

    /// Starts everything (Jaeger where its program is given) and waits until all of it is ready.
    pub async fn start_all(&self) -> Result<()> {
        if self.settings.jaeger.is_some() {
            self.start(Component::Jaeger).await?;
            self.wait_ready(Component::Jaeger).await?;
        }
        self.start(Component::Hydra).await?;
        self.wait_ready(Component::Hydra).await?;
        let services = [Component::Identity, Component::Consent, Component::Client];
        for service in services {
            self.start(service).await?;
        }
        for service in services {
            self.wait_ready(service).await?;
        }
        Ok(())
    }

    /// Starts one component, and does not wait until it is ready. Hydra's schema is brought up to
    /// date before.
    pub async fn start(&self, component: Component) -> Result<()> {
        if self.child(component).is_some() {
            bail!("{component} runs already");
        }
        if component == Component::Hydra {
            self.prepare_hydra().await?;
        }
        let command = self.command(component, &[])?;
        let child = Child::start(command, &self.log(component), self.exits.clone())
            .with_context(|| format!("{component} cannot be started"))?;
        self.children().insert(component, Arc::new(child));
        Ok(())
    }

    /// The command that runs one more process of a service, beside the one of this stack: with more
    /// arguments, such as other addresses to listen on.
    pub fn command(&self, component: Component, arguments: &[String]) -> Result<Command> {
        let mut settings = self.settings.clone();
        settings.arguments.entry(component).or_default().extend_from_slice(arguments);
        launch::command(component, &settings, &self.secrets, &self.certificates)
    }

    async fn prepare_hydra(&self) -> Result<()> {
        let Settings { ports, collector, hydra_overrides, data, .. } = &self.settings;
        let key = self.secrets.read(Secret::HookKey)?;
        let settings = hydra::settings(ports, &key, collector.as_ref(), hydra_overrides);
        write_private(&launch::hydra_settings_file(data), &format!("{settings:#}\n"))?;

        let log = data.join("logs/hydra-migration.log");
        let command = launch::hydra_migration(&self.settings);
        let migration = Child::start(command, &log, self.exits.clone())
            .with_context(|| format!("{} cannot be started", self.settings.hydra.display()))?;
        let what = match tokio::time::timeout(MIGRATION, migration.ended()).await {
            Ok(status) if status.as_ref().is_ok_and(ExitStatus::success) => return Ok(()),
            Ok(status) => format!("cannot bring its schema up to date: {}", status?),
            Err(_) => format!("has not brought its schema up to date after {MIGRATION:?}"),
        };
        bail!(Failure::new(Component::Hydra, what, log))
    }

    /// Stops one component, and returns when it has ended. One that does not run is no error.
    pub async fn stop(&self, component: Component, how: How) {
        // Out of the map first: an end that was asked for is no failure.
        let child = self.children().remove(&component);
        match (child, how) {
            (Some(child), How::Graceful) => child.stop(GRACE).await,
            (Some(child), How::Kill) => child.kill().await,
            (None, _) => {}
        }
    }

    /// Stops everything within about 4 s: services first, so that they can still end what they do
    /// with Hydra. Jaeger would take 10 s over what is in its memory alone, and is killed.
    pub async fn stop_all(&self) {
        let children = std::mem::take(&mut *self.children());
        let end = Instant::now() + GRACE;
        let stop = async |component| {
            if let Some(child) = children.get(&component) {
                child.stop(end.saturating_duration_since(Instant::now())).await;
            }
        };
        tokio::join!(stop(Component::Client), stop(Component::Consent), stop(Component::Identity),);
        stop(Component::Hydra).await;
        if let Some(jaeger) = children.get(&Component::Jaeger) {
            jaeger.kill().await;
        }
    }

    /// Waits until a component ends that nobody has stopped.
    pub async fn failure(&self) -> Failure {
        loop {
            let mut exit = std::pin::pin!(self.exits.notified());
            exit.as_mut().enable();
            let ended = self
                .children()
                .iter()
                .find_map(|(component, child)| Some((*component, child.status()?)));
            if let Some((component, status)) = ended {
                return Failure::new(component, format!("ended: {status}"), self.log(component));
            }
            exit.await;
        }
    }

    fn child(&self, component: Component) -> Option<Arc<Child>> {
        self.children().get(&component).cloned()
    }

    fn children(&self) -> MutexGuard<'_, BTreeMap<Component, Arc<Child>>> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
