//! A service as it is configured, and the way to one of its processes.

use super::message::Message;
use crate::watched::Watched;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::{ClientConfig, pki_types::ServerName};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tokio_util::task::TaskTracker;
use tonic::codegen::http::{Request, Uri, uri::PathAndQuery};

/// While an answer is waited for, the other end is asked this often whether it still lives.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(5);

/// A service by its name, which may stand for several addresses.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) uri: Uri,
    pub(super) tls: Option<Watched<ClientConfig>>,
    /// How long a connection may take to be made.
    pub(super) patience: Duration,
    /// What drives connections.
    pub(super) tasks: TaskTracker,
}

impl Target {
    fn host(&self) -> &str {
        self.uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
    }

    /// What the name stands for now, in a fixed order.
    pub(super) async fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        let port = if self.tls.is_some() { 443 } else { 80 };
        let port = self.uri.port_u16().unwrap_or(port);
        let mut found: Vec<_> = lookup_host((self.host(), port)).await?.collect();
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Puts scheme and host into a request, which has a path alone.
    pub(super) fn address(&self, request: &mut Request<Message>) {
        let mut parts = self.uri.clone().into_parts();
        let path = request.uri().path_and_query().cloned();
        parts.path_and_query = path.or(Some(PathAndQuery::from_static("/")));
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }

    /// Connects, with the certificates of now.
    pub(super) async fn open(&self, address: SocketAddr) -> io::Result<SendRequest<Message>> {
        let late = || io::Error::new(io::ErrorKind::TimedOut, "it does not answer");
        timeout(self.patience, self.connect(address)).await.unwrap_or_else(|_| Err(late()))
    }

    async fn connect(&self, address: SocketAddr) -> io::Result<SendRequest<Message>> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let Some(tls) = &self.tls else { return speak(stream, &self.tasks).await };
        let name = ServerName::try_from(self.host().to_owned()).map_err(io::Error::other)?;
        let stream = TlsConnector::from(tls.current()).connect(name, stream).await?;
        speak(stream, &self.tasks).await
    }
}

async fn speak<S>(stream: S, tasks: &TaskTracker) -> io::Result<SendRequest<Message>>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) = Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEP_ALIVE_INTERVAL)
        .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    tasks.spawn(async move {
        // Who waits for an answer on it is told.
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to a service ended early");
        }
    });
    Ok(sender)
}
