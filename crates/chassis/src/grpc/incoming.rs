//! Connections as they come in, each with what is known of its other end.

use super::peer::Peer;
use crate::watched::Watched;
use futures_util::{Stream, StreamExt as _, future::ready, stream};
use rustls::ServerConfig;
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Sleep, sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tonic::transport::server::Connected;

/// The most connections at a time. Further ones wait until one of them ends.
const MAX_CONNECTIONS: usize = 4096;
/// How long a client may take to agree on keys.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// Before the next try, where the system has no more room for connections.
const BREATH: Duration = Duration::from_millis(100);

/// How long a client may take to close its side, too, once we have closed ours.
const FAREWELL: Duration = Duration::from_secs(1);

/// A connection that is served.
pub(super) struct Connection {
    stream: Transport,
    peer: Peer,
    /// Runs once our side is closed.
    farewell: Option<Pin<Box<Sleep>>>,
    _place: OwnedSemaphorePermit,
}

enum Transport {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// The connections to `listener`; plaintext without `tls`. It never ends, and never fails: whoever
/// breaks a connection off has harmed that one alone.
pub(super) fn connections(
    listener: TcpListener,
    tls: Option<Watched<ServerConfig>>,
) -> impl Stream<Item = io::Result<Connection>> {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    stream::unfold((listener, places), async |(listener, places)| {
        let place = places.clone().acquire_owned().await.ok()?;
        Some(((accept(&listener).await, place), (listener, places)))
    })
    .map(move |(stream, place)| greet(stream, place, tls.as_ref().map(Watched::current)))
    .buffer_unordered(MAX_CONNECTIONS)
    .filter_map(|connection| ready(connection.map(Ok)))
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            // It was the client's fault, and is over.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted");
                sleep(BREATH).await;
            }
        }
    }
}

/// Agrees on keys where there is TLS. None: it came to nothing.
async fn greet(
    stream: TcpStream,
    place: OwnedSemaphorePermit,
    tls: Option<Arc<ServerConfig>>,
) -> Option<Connection> {
    let address = stream.peer_addr().ok();
    // Answers are small, and somebody waits for each.
    let _ = stream.set_nodelay(true);
    let Some(config) = tls else {
        return Some(Connection::new(Transport::Plain(stream), Peer::Local, place));
    };
    let agreed = timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream)).await;
    match agreed.map_err(io::Error::from).flatten() {
        Ok(stream) => {
            let peer = Peer::of(stream.get_ref().1.peer_certificates());
            Some(Connection::new(Transport::Tls(Box::new(stream)), peer, place))
        }
        Err(error) => {
            tracing::info!(%error, ?address, "a TLS handshake failed");
            None
        }
    }
}

impl Connection {
    fn new(stream: Transport, peer: Peer, place: OwnedSemaphorePermit) -> Self {
        Self { stream, peer, farewell: None, _place: place }
    }
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Transport::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Transport::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Transport::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Transport::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Transport::Plain(stream) => Pin::new(stream).poll_flush(context),
            Transport::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    /// Reads on until the client has closed its side. A socket that is closed with something unread in it
    /// resets the connection, and the client may lose answers that it has not read yet.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.farewell.is_none() {
            ready!(match &mut self.stream {
                Transport::Plain(stream) => Pin::new(stream).poll_shutdown(context),
                Transport::Tls(stream) => Pin::new(stream).poll_shutdown(context),
            })?;
        }
        let (mut unread, mut more) = ([0; 1024], true);
        while more {
            let mut unread = ReadBuf::new(&mut unread);
            match self.as_mut().poll_read(context, &mut unread) {
                Poll::Ready(read) => more = read.is_ok() && !unread.filled().is_empty(),
                Poll::Pending => {
                    let farewell = self.farewell.get_or_insert_with(|| Box::pin(sleep(FAREWELL)));
                    return farewell.as_mut().poll(context).map(Ok);
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn a_client_that_still_speaks_reads_its_answer_to_the_end() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut connections = Box::pin(connections(listener, None));
        let mut client = TcpStream::connect(address).await.unwrap();
        let mut served = connections.next().await.unwrap().unwrap();
        client.write_all(b"unread").await.unwrap();
        let serving = async {
            served.write_all(b"the answer").await.unwrap();
            served.shutdown().await.unwrap();
            drop(served);
        };
        let reading = async {
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.unwrap();
            client.write_all(b"and more").await.unwrap();
            drop(client);
            answer
        };
        let ((), answer) = tokio::join!(serving, reading);
        assert_eq!(answer, "the answer");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_closes_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let mut connections = Box::pin(connections(listener, None));
        connections.next().await.unwrap().unwrap().shutdown().await.unwrap();
    }
}
