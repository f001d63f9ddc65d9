//! From options to a process that runs until it is told to stop.

use crate::{grpc::ChannelError, listen::ListenError, secret::SecretError, tls::TlsError};
use std::{
    error::Error,
    fmt,
    future::Future,
    net::SocketAddr,
    process::ExitCode,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Options that every service has.
#[derive(Debug, Clone, clap::Args)]
#[group(id = "process")]
pub struct Options {
    /// How long to go on serving after a stop is asked for, with /readyz saying no: as long as load
    /// balancers take to notice
    #[arg(long, env = "LATCHKEY_DRAIN_DELAY", default_value = "0s", value_name = "DURATION",
          value_parser = humantime::parse_duration)]
    pub drain_delay: Duration,

    /// How long requests that have begun may take from then on
    #[arg(long, env = "LATCHKEY_DRAIN_TIMEOUT", default_value = "10s", value_name = "DURATION",
          value_parser = humantime::parse_duration)]
    pub drain_timeout: Duration,

    /// Logs and traces.
    #[command(flatten)]
    pub telemetry: telemetry::Options,
}

/// Marks, as anyhow's context, an error that only another configuration mends; those of secrets, of
/// certificates and of plaintext off loopback need no mark. The exit code is then 78 (`EX_CONFIG` of
/// sysexits.h), so that whoever restarts services can tell it from what passes by itself.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the configuration is refused")]
pub struct Misconfigured;

/// A service that listens. It is built before it runs, so its addresses are known even where it
/// was told to take any free port.
#[derive(Debug, Clone, Default)]
pub struct Running {
    addresses: Vec<(&'static str, SocketAddr)>,
    tasks: TaskTracker,
    leave: CancellationToken,
    stop: CancellationToken,
    failure: Arc<OnceLock<String>>,
}

impl Running {
    /// Nothing runs yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// There was something to do, and it is done: nothing listens.
    #[must_use]
    pub fn ended() -> Self {
        let done = Self::new();
        done.stop.cancel();
        done
    }

    /// Cancelled as soon as the service is about to stop: it still serves whoever comes, and wants to
    /// be sent nobody more.
    #[must_use]
    pub fn leaving(&self) -> CancellationToken {
        self.leave.clone()
    }

    /// Cancelled as soon as the service begins to stop: it takes nothing new.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs a server until it ends; `name` says what listens at `address`. A server that ends by
    /// itself, or with an error, stops the whole service.
    pub fn serve<E: fmt::Display>(
        &mut self,
        name: &'static str,
        address: SocketAddr,
        server: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        self.addresses.push((name, address));
        let (stop, failure) = (self.stop.clone(), self.failure.clone());
        self.tasks.spawn(async move {
            if let Err(error) = server.await {
                failure.get_or_init(|| format!("{name} on {address}: {error}"));
            }
            stop.cancel();
        });
    }

    /// Runs work beside the servers. It has to watch [`Running::stopping`].
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Where `name` listens.
    #[must_use]
    pub fn address(&self, name: &str) -> Option<SocketAddr> {
        self.addresses.iter().find(|(served, _)| *served == name).map(|(_, address)| *address)
    }

    /// Wants to be sent nobody more, and goes on serving for `delay`.
    pub async fn leave(&self, delay: Duration) {
        self.leave.cancel();
        tokio::time::sleep(delay).await;
    }

    /// Asks everything to stop, and waits until it has, for at most `drain`.
    pub async fn stop(&self, drain: Duration) {
        self.leave.cancel();
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(drain, self.tasks.wait()).await.is_err() {
            tracing::warn!(?drain, "requests were cut off: they outlasted the drain time");
        }
    }
}

/// Starts a service, prints where it listens, and runs it until SIGINT, SIGTERM or a failure.
/// The exit code is 0 after a signal, 78 where it is [`Misconfigured`], and 1 when it could not start
/// or failed for another reason.
pub fn run<S>(name: &'static str, options: &Options, start: S) -> ExitCode
where
    S: AsyncFnOnce() -> anyhow::Result<Running>,
{
    raise_file_limit();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(live(name, options, start)),
        Err(error) => failed(name, &error),
    }
}

/// As many files as the system lets us have: the usual soft limit of 1,024 is less than the
/// connections of a busy minute. Where it refuses, the limit stays.
pub(crate) fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

async fn live<S>(name: &'static str, options: &Options, start: S) -> ExitCode
where
    S: AsyncFnOnce() -> anyhow::Result<Running>,
{
    let telemetry = match telemetry::Telemetry::start(name, &options.telemetry) {
        Ok(telemetry) => telemetry,
        Err(error) => return failed(name, &error),
    };
    let exit = match start().await {
        Ok(running) => serve(name, &running, options).await,
        Err(error) => {
            let exit = failed(name, &format!("{error:#}"));
            if is_misconfigured(&error) { ExitCode::from(78) } else { exit }
        }
    };
    telemetry.stop();
    exit
}

fn is_misconfigured(error: &anyhow::Error) -> bool {
    let of_ours = |cause: &(dyn Error + 'static)| {
        let listening = cause.downcast_ref();
        let plaintext = matches!(listening, Some(ListenError::NotLoopback { .. }));
        plaintext
            || cause.is::<SecretError>()
            || cause.is::<TlsError>()
            || cause.is::<ChannelError>()
    };
    error.is::<Misconfigured>() || error.chain().any(of_ours)
}

async fn serve(name: &'static str, running: &Running, options: &Options) -> ExitCode {
    for (what, address) in &running.addresses {
        tracing::info!(service = name, %address, "listening: {what}");
    }
    tokio::select! {
        () = asked_to_stop() => {
            tracing::info!(service = name, delay = ?options.drain_delay, "stopping");
            // Whoever asks a second time does not want to wait.
            tokio::select! {
                () = running.leave(options.drain_delay) => {}
                () = asked_to_stop() => {}
                () = running.stop.cancelled() => {}
            }
        }
        () = running.stop.cancelled() => {}
    }
    running.stop(options.drain_timeout).await;
    match running.failure.get() {
        Some(failure) => failed(name, failure),
        None => ExitCode::SUCCESS,
    }
}

/// Resolves at SIGINT or SIGTERM.
pub async fn asked_to_stop() {
    match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
        (Ok(mut interrupt), Ok(mut terminate)) => {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        }
        (Err(error), _) | (_, Err(error)) => tracing::error!(%error, "signals cannot be watched"),
    }
}

/// A start that fails is told on standard error, also where logs go elsewhere.
fn failed(name: &str, error: &dyn fmt::Display) -> ExitCode {
    eprintln!("{name}: {error}");
    ExitCode::FAILURE
}
