//! The way to another service, however many processes of it there are.

mod message;
mod replica;
mod replicas;
mod target;
#[cfg(test)]
mod tests;

pub use replicas::Replicas;

use crate::{browser::is_loopback, watched::Watched};
use rustls::ClientConfig;
use std::{error::Error, time::Duration};
use target::Target;
use telemetry::grpc::{Traced, traced};
use tokio_util::task::TaskTracker;
use tonic::codegen::http::{Uri, uri::InvalidUri};
use url::Url;

/// A channel whose calls are traced.
pub type Channel = Traced<Replicas>;

/// A service that is not called, because it would be called in the wrong way.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// What it is sent could be read on its way.
    #[error(
        "--{option} {url}: plaintext is for a loopback address such as http://127.0.0.1:50051; \
         use https, and name the authority of its certificate with --tls-ca-file"
    )]
    NotLoopback {
        /// The option's name, without dashes.
        option: &'static str,
        /// The address as configured.
        url: String,
    },
    /// No certificate would be believed.
    #[error("--{option} {url}: name the authority of its certificate with --tls-ca-file")]
    NoAuthority {
        /// The option's name, without dashes.
        option: &'static str,
        /// The address as configured.
        url: String,
    },
    /// It would be called without TLS although that is configured.
    #[error("--{option} {url}: with --tls-ca-file it has to be an https address")]
    NotHttps {
        /// The option's name, without dashes.
        option: &'static str,
        /// The address as configured.
        url: String,
    },
    /// Nobody answers there, or somebody who is not believed.
    #[error("{0}")]
    Unreachable(String),
    /// It is no address.
    #[error("--{option} {url}: {error}")]
    NoAddress {
        /// The option's name, without dashes.
        option: &'static str,
        /// The address as configured.
        url: String,
        /// What is wrong with it.
        error: InvalidUri,
    },
}

/// A traced channel to the service at `urls`, which `option` names in errors. Each call goes to the next
/// of all addresses that the hosts have, which are looked up again and again: replicas come and go. It
/// connects at the first call, and again whenever it must, each time with the certificates of then: a
/// server that is down is found out by a call, not at start. A connection is given up after `patience`.
pub fn channel<'a>(
    option: &'static str,
    urls: impl IntoIterator<Item = &'a Url>,
    tls: Option<&Watched<ClientConfig>>,
    patience: Duration,
) -> Result<Channel, ChannelError> {
    replicas(option, urls, tls, patience).map(traced)
}

/// Like [`channel`], where somebody wants to know at once whether the server is there.
pub async fn connect(
    option: &'static str,
    url: &Url,
    tls: Option<&Watched<ClientConfig>>,
    patience: Duration,
) -> Result<Channel, ChannelError> {
    let replicas = replicas(option, [url], tls, patience)?;
    replicas.reach().await.map_err(ChannelError::Unreachable)?;
    Ok(traced(replicas))
}

fn replicas<'a>(
    option: &'static str,
    urls: impl IntoIterator<Item = &'a Url>,
    tls: Option<&Watched<ClientConfig>>,
    patience: Duration,
) -> Result<Replicas, ChannelError> {
    let targets = urls.into_iter().map(|url| target(option, url, tls, patience));
    targets.collect::<Result<_, _>>().map(Replicas::new)
}

fn target(
    option: &'static str,
    url: &Url,
    tls: Option<&Watched<ClientConfig>>,
    patience: Duration,
) -> Result<Target, ChannelError> {
    let (scheme, loopback, url) = (url.scheme(), is_loopback(url), url.to_string());
    match (scheme, tls) {
        ("https", None) => return Err(ChannelError::NoAuthority { option, url }),
        ("https", Some(_)) => {}
        (_, Some(_)) => return Err(ChannelError::NotHttps { option, url }),
        (_, None) if !loopback => return Err(ChannelError::NotLoopback { option, url }),
        (_, None) => {}
    }
    match Uri::try_from(url.as_str()) {
        Ok(uri) => Ok(Target { uri, tls: tls.cloned(), patience, tasks: TaskTracker::new() }),
        Err(error) => Err(ChannelError::NoAddress { option, url, error }),
    }
}

/// Such as "Connection refused": the outer ones say that there was an error.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
