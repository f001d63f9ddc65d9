//! Browsers are served over HTTP/1.1, and nobody holds a place by being slow.

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;

/// How long a connection may take for a request's head, from its first byte or the answer before it
/// on. A proxy that keeps connections should let go of them earlier.
pub const HEAD_WITHIN: Duration = Duration::from_secs(30);

/// Connections at a time. Further ones wait to be accepted.
pub const CONNECTIONS: usize = 4096;

/// Serves `router` until `stop` is cancelled, and then until the requests that have begun have ended.
/// Handlers find the peer's address as `ConnectInfo<SocketAddr>`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
) -> Result<(), Infallible> {
    serve_within(listener, router, stop, HEAD_WITHIN).await
}

async fn serve_within(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
    head: Duration,
) -> Result<(), Infallible> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head);
    let (draining, tasks) = (GracefulShutdown::new(), TaskTracker::new());
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            (place, accept(&listener).await)
        };
        let (place, (stream, peer)) = tokio::select! {
            next = next => next,
            () = stop.cancelled() => break,
        };
        let service = TowerToHyperService::new(router.clone().map_request(
            move |mut request: hyper::Request<Incoming>| {
                request.extensions_mut().insert(ConnectInfo(peer));
                request.map(Body::new)
            },
        ));
        let connection = draining.watch(http.serve_connection(TokioIo::new(stream), service));
        tasks.spawn(async move {
            // What a client does to its own connection is no fault of ours.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    draining.shutdown().await;
    Ok(())
}

/// The next connection. Where the system has no more files for us, that passes.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    const PAUSE: Duration = Duration::from_millis(100);
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are small, and should not wait to be joined with the next.
                let _ = stream.set_nodelay(true);
                return (stream, peer);
            }
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        sync::Notify,
    };

    async fn start(head: Duration) -> (SocketAddr, CancellationToken, TaskTracker, Arc<Notify>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let go_on = Arc::new(Notify::new());
        let waiting = go_on.clone();
        let router = Router::new()
            .route("/", get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()))
            .route("/slow", get(async move || waiting.notified().await));
        let tasks = TaskTracker::new();
        tasks.spawn(serve_within(listener, router, stop.clone(), head));
        tasks.close();
        (address, stop, tasks, go_on)
    }

    async fn ask(address: SocketAddr, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    async fn answer(mut stream: TcpStream) -> String {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn handlers_see_the_peer() {
        let (address, ..) = start(HEAD_WITHIN).await;
        let stream = ask(address, "/").await;
        let peer = stream.local_addr().unwrap().to_string();
        assert!(answer(stream).await.ends_with(&peer));
    }

    /// Slowloris: heads that never end. Others are served meanwhile, and the slow ones are cut off.
    #[tokio::test]
    async fn a_head_that_never_ends_is_cut_off() {
        let (address, ..) = start(Duration::from_secs(2)).await;
        let mut slow = Vec::new();
        for _ in 0..200 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nhost: te").await.unwrap();
            slow.push(stream);
        }
        assert!(answer(ask(address, "/").await).await.starts_with("HTTP/1.1 200"));
        for mut stream in slow {
            // A byte now and then buys no time.
            let _ = stream.write_all(b"s").await;
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
            assert!(!rest.starts_with(b"HTTP/1.1 200"));
        }
    }

    #[tokio::test]
    async fn what_has_begun_is_finished_after_a_stop() {
        let (address, stop, tasks, go_on) = start(HEAD_WITHIN).await;
        let asked = ask(address, "/slow").await;
        let mut idle = TcpStream::connect(address).await.unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
        let mut first = [0; 8];
        idle.read_exact(&mut first).await.unwrap();
        stop.cancel();
        go_on.notify_one();
        assert!(answer(asked).await.starts_with("HTTP/1.1 200"));
        tasks.wait().await;
    }
}
