//! `latchkey up`: from options to a suite that runs until it is told to stop.

use crate::{
    certificates::RENEWAL,
    data::DataFolder,
    databases::Databases,
    greeting,
    ports::Ports,
    program::{HYDRA, JAEGER, Search},
    stack::{Collector, Component, Settings, Stack},
};
use anyhow::{Context as _, Result, bail};
use chassis::process::asked_to_stop;
use secrecy::SecretString;
use std::{
    env,
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};
use tokio::time::sleep;
use url::Url;

/// How long something on loopback may take to answer a connection.
const KNOCK: Duration = Duration::from_millis(200);

/// Options of `latchkey up`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Folder that keeps everything: databases, secrets, logs and what was built
    #[arg(
        long,
        env = "LATCHKEY_DATA",
        default_value = ".latchkey",
        value_name = "DIR",
        help_heading = "Data"
    )]
    pub(crate) data: PathBuf,

    /// PostgreSQL database in place of SQLite files, as `postgres://USER:PASSWORD@HOST/DATABASE`; the
    /// schemas hydra, identity and client are made in it
    #[arg(long, env = "LATCHKEY_POSTGRES", hide_env_values = true, value_name = "URL",
          value_parser = chassis::secret::parse, help_heading = "Data")]
    pub(crate) postgres: Option<SecretString>,

    /// Hydra v2.3.0; without it: the one on PATH, the one built earlier, a new build with Go, the one
    /// in a Docker image
    #[arg(long, env = "HYDRA_BIN", value_name = "FILE", help_heading = "Programs")]
    pub(crate) hydra: Option<PathBuf>,

    /// Folder with your own look of the login and consent pages; see docs/branding.md
    #[arg(long, env = "LATCHKEY_THEME", value_name = "DIR", help_heading = "Pages")]
    pub(crate) theme: Option<PathBuf>,

    /// TOML file with the scopes of your own services; see docs/apps.md
    #[arg(long, env = "LATCHKEY_SCOPES_FILE", value_name = "FILE", help_heading = "Apps")]
    pub(crate) scopes_file: Option<PathBuf>,

    /// Start Jaeger too, and send all traces to it
    #[arg(long, env = "LATCHKEY_JAEGER", help_heading = "Traces")]
    pub(crate) jaeger: bool,

    /// Jaeger v1.62.0 for --jaeger; found like Hydra without it
    #[arg(long, env = "JAEGER_BIN", value_name = "FILE", help_heading = "Programs")]
    pub(crate) jaeger_bin: Option<PathBuf>,

    /// OTLP gRPC address that traces are sent to; without it, and without --jaeger, they go to
    /// what listens on --otlp-port, if anything does
    #[arg(
        long,
        env = "OTEL_EXPORTER_OTLP_ENDPOINT",
        value_name = "URL",
        conflicts_with = "jaeger",
        help_heading = "Traces"
    )]
    pub(crate) otlp_endpoint: Option<Url>,

    /// Where everything listens.
    #[command(flatten)]
    pub(crate) ports: Ports,
}

/// Runs the suite until SIGINT or SIGTERM (exit code 0), or until a part of it fails (1).
#[must_use]
pub(crate) fn main(options: &Options) -> ExitCode {
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime does not start")
        .and_then(|runtime| runtime.block_on(run(options)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("latchkey up: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<()> {
    options.ports.check(options.jaeger).map_err(anyhow::Error::msg)?;
    let mut stop = std::pin::pin!(asked_to_stop());

    let data = DataFolder::open(&options.data)?;
    let settings = tokio::select! {
        settings = prepare(options, &data) => settings?,
        () = &mut stop => bail!("stopped before anything ran"),
    };
    let stack = Stack::new(settings)?;
    let outcome = tokio::select! {
        failed = live(&stack) => failed,
        () = &mut stop => {
            greeting::stopping();
            Ok(())
        }
    };
    stack.stop_all().await;
    outcome
}

/// Finds the programs and the databases.
async fn prepare(options: &Options, data: &DataFolder) -> Result<Settings> {
    let hydra = Search::new(options.hydra.clone(), data.path()).find(&HYDRA).await?;
    let mut settings = Settings::new(data.path(), env::current_exe()?, hydra)?;
    if options.jaeger {
        let search = Search::new(options.jaeger_bin.clone(), data.path());
        settings.jaeger = Some(search.find(&JAEGER).await?);
    }
    if let Some(url) = &options.postgres {
        settings.databases = Databases::postgres(url).await?;
    }
    if let Some(theme) = &options.theme {
        let path = theme.canonicalize().with_context(|| format!("--theme {}", theme.display()))?;
        let argument = format!("--theme={}", path.display());
        settings.arguments.insert(Component::Consent, vec![argument]);
    }
    if let Some(file) = &options.scopes_file {
        let path =
            file.canonicalize().with_context(|| format!("--scopes-file {}", file.display()))?;
        let argument = format!("--scopes-file={}", path.display());
        settings.arguments.insert(Component::Client, vec![argument]);
    }
    settings.collector = collector(options)?;
    settings.ports = options.ports.clone();
    Ok(settings)
}

/// Starts everything and stays until something fails, so that `Ok` is never the answer.
async fn live(stack: &Stack) -> Result<()> {
    let failure = tokio::select! {
        started = stack.start_all() => { started?; None }
        failure = stack.failure() => Some(failure),
    };
    if let Some(failure) = failure {
        bail!(failure);
    }
    greeting::ready(stack);
    let failure = tokio::select! {
        failure = stack.failure() => failure,
        error = renew(stack) => return Err(error.context("certificates")),
    };
    bail!(failure)
}

/// Makes certificates anew before they end; the services notice.
async fn renew(stack: &Stack) -> anyhow::Error {
    loop {
        sleep(RENEWAL).await;
        if let Err(error) = stack.certificates().renew() {
            return error;
        }
    }
}

/// Where traces go: where the user says, to our own Jaeger, or to whatever listens there already.
fn collector(options: &Options) -> Result<Option<Collector>> {
    let ports = &options.ports;
    if let Some(grpc) = &options.otlp_endpoint {
        let host = grpc.host_str().context("--otlp-endpoint names no host")?;
        let http = Some(format!("{host}:{}", ports.otlp_http));
        return Ok(Some(Collector { grpc: grpc.clone(), http }));
    }
    if options.jaeger {
        return Collector::on(ports).map(Some);
    }
    if !somebody_listens(ports.otlp_grpc) {
        return Ok(None);
    }
    let mut found = Collector::on(ports)?;
    found.http = found.http.filter(|_| somebody_listens(ports.otlp_http));
    Ok(Some(found))
}

fn somebody_listens(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, KNOCK).is_ok()
}
