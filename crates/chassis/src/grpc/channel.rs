//! The way to another service.

use crate::{browser::is_loopback, tls::Watched};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use std::{error::Error, io, time::Duration};
use telemetry::grpc::{Channel, traced};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::{codegen::http::Uri, transport::Endpoint};
use tower::{Service, service_fn};
use url::Url;

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
        error: tonic::transport::Error,
    },
}

/// A traced channel to the service at `url`, which `option` names in errors. It connects at the first
/// call, and again whenever it must, each time with the certificates of then: a server that is down
/// is found out by a call, not at start. A connection is given up after `patience`.
pub fn channel(
    option: &'static str,
    url: &Url,
    tls: Option<&Watched<ClientConfig>>,
    patience: Duration,
) -> Result<Channel, ChannelError> {
    let (endpoint, tls) = way(option, url, tls, patience)?;
    Ok(traced(match tls {
        Some(tls) => endpoint.connect_with_connector_lazy(connector(tls.clone())),
        None => endpoint.connect_lazy(),
    }))
}

/// Like [`channel`], where somebody wants to know at once whether the server is there.
pub async fn connect(
    option: &'static str,
    url: &Url,
    tls: Option<&Watched<ClientConfig>>,
    patience: Duration,
) -> Result<Channel, ChannelError> {
    let (endpoint, tls) = way(option, url, tls, patience)?;
    let connected = match tls {
        Some(tls) => endpoint.connect_with_connector(connector(tls.clone())).await,
        None => endpoint.connect().await,
    };
    connected.map(traced).map_err(|error| ChannelError::Unreachable(innermost(&error)))
}

/// Plaintext without a second part.
fn way<'a>(
    option: &'static str,
    url: &Url,
    tls: Option<&'a Watched<ClientConfig>>,
    patience: Duration,
) -> Result<(Endpoint, Option<&'a Watched<ClientConfig>>), ChannelError> {
    let (scheme, loopback, url) = (url.scheme(), is_loopback(url), url.to_string());
    match (scheme, tls) {
        ("https", None) => return Err(ChannelError::NoAuthority { option, url }),
        ("https", Some(_)) => {}
        (_, Some(_)) => return Err(ChannelError::NotHttps { option, url }),
        (_, None) if !loopback => return Err(ChannelError::NotLoopback { option, url }),
        (_, None) => {}
    }
    match Endpoint::from_shared(url.clone()) {
        Ok(endpoint) => Ok((endpoint.connect_timeout(patience), tls)),
        Err(error) => Err(ChannelError::NoAddress { option, url, error }),
    }
}

fn connector(
    tls: Watched<ClientConfig>,
) -> impl Service<Uri, Response = TokioIo<TlsStream<TcpStream>>, Error = io::Error, Future: Send>
+ Send
+ 'static {
    service_fn(move |uri: Uri| {
        let tls = TlsConnector::from(tls.current());
        async move { open(&uri, tls).await.map(TokioIo::new) }
    })
}

async fn open(uri: &Uri, tls: TlsConnector) -> io::Result<TlsStream<TcpStream>> {
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let stream = TcpStream::connect((host, uri.port_u16().unwrap_or(443))).await?;
    stream.set_nodelay(true)?;
    tls.connect(name, stream).await
}

/// Such as "Connection refused": the outer ones say that there was an error.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
