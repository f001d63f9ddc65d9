//! What all commands of operators share: whom they call, by which certificate, and how they end.

mod events;
mod failure;

pub(crate) use events::{Entry, Window};
pub(crate) use failure::{Failure, violations};

use crate::certificates::{Certificates, Holder};
use chassis::{
    grpc::{self, Channel, ChannelError},
    process::Running,
    tls::{self, Certificate, Tls},
};
use clap::Args;
use std::{
    io::{IsTerminal as _, stdin},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};
use tonic::Request;
use url::Url;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a call may take: hashing a password is meant to be slow, and a change of an app waits for
/// the one before it.
const DEADLINE: Duration = Duration::from_secs(30);

/// What is shown to services of ours, and who vouches for them.
#[derive(Debug, Clone, Args)]
pub(crate) struct Credentials {
    /// Data folder of `latchkey up`, whose certificates are used where none are named
    #[arg(
        long,
        env = "LATCHKEY_DATA",
        default_value = ".latchkey",
        value_name = "DIR",
        global = true
    )]
    data: PathBuf,

    /// PEM file with the authorities that services are believed to be vouched for by
    #[arg(long, env = "LATCHKEY_TLS_CA_FILE", value_name = "FILE", global = true)]
    tls_ca_file: Option<PathBuf>,

    #[command(flatten)]
    certificate: Certificate,
}

/// Where the client service is.
#[derive(Debug, Clone, Args)]
pub(crate) struct ClientService {
    /// The client service's gRPC address: https, or http on loopback
    #[arg(
        long,
        env = "LATCHKEY_CLIENT_URL",
        default_value = "https://127.0.0.1:50052",
        value_name = "URL",
        value_parser = chassis::upstream::origin,
        global = true
    )]
    client_url: Url,
}

impl Credentials {
    /// Connects to a service, or says how to start it. `option` names its address.
    pub(crate) async fn connect(
        &self,
        service: &str,
        option: &'static str,
        url: &Url,
    ) -> Result<Channel, Failure> {
        let tls = self.tls(url).await?;
        let channel = grpc::connect(option, url, tls.as_ref(), CONNECT).await;
        channel.map_err(|error| match error {
            ChannelError::Unreachable(cause) => Failure::trouble(format!(
                "the {service} service cannot be reached at {url} ({cause}).\nStart it with \
                 `latchkey up`, or alone with `latchkey {service}`, or say where it is with \
                 --{option}."
            )),
            error => Failure::trouble(error.to_string()),
        })
    }

    async fn tls(&self, url: &Url) -> Result<Option<Tls>, Failure> {
        if url.scheme() != "https" && self.tls_ca_file.is_none() {
            return Ok(None);
        }
        let kept = Certificates::of(&self.data);
        let ca = self.tls_ca_file.clone().unwrap_or_else(|| kept.ca());
        if self.tls_ca_file.is_none() && !ca.exists() {
            return Err(Failure::trouble(format!(
                "{} is not there.\nStart `latchkey up`, or name its folder with --data, or the \
                 files with --tls-ca-file, --tls-cert-file and --tls-key-file.",
                ca.display()
            )));
        }
        let own = match &self.certificate.tls_cert_file {
            None if self.tls_ca_file.is_none() => Certificate {
                tls_cert_file: Some(kept.certificate(Holder::Operator)),
                tls_key_file: Some(kept.key(Holder::Operator)),
            },
            _ => self.certificate.clone(),
        };
        let tls = tls::client(&own, Some(&ca), &Running::new()).await;
        tls.map_err(|error| Failure::trouble(error.to_string()))
    }
}

impl ClientService {
    /// Connects, or says how to start it.
    pub(crate) async fn connect(&self, credentials: &Credentials) -> Result<Channel, Failure> {
        credentials.connect("client", "client-url", &self.client_url).await
    }
}

/// A call that does not wait for ever.
pub(crate) fn within<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(DEADLINE);
    request
}

/// How a command ends, told on standard error where it is not well.
pub(crate) fn ended(name: &str, command: impl Future<Output = Result<(), Failure>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = runtime
        .map_err(|error| Failure::trouble(format!("the runtime does not start: {error}")))
        .and_then(|runtime| runtime.block_on(command));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(text) = failure.text() {
                eprintln!("latchkey {name}: {text}");
            }
            failure.code()
        }
    }
}

/// Whether the person at the terminal means it.
pub(crate) fn meant(question: &str) -> Result<bool, Failure> {
    if !stdin().is_terminal() {
        return Err(Failure::trouble("there is no terminal to ask on: say --yes if it is meant"));
    }
    dialoguer::Confirm::new()
        .with_prompt(question)
        .default(false)
        .interact()
        .map_err(|error| Failure::trouble(error.to_string()))
}
