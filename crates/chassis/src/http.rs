//! Browsers are served over HTTP/1.1, and nobody holds a place by being slow.

use crate::process::Running;
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, header},
    middleware::map_response,
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use std::{future::ready, io, net::SocketAddr, sync::Arc, time::Duration};
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

/// Serves `router` on `listener` as the part `name` of `running`. Handlers find the peer's address as
/// `ConnectInfo<SocketAddr>`.
///
/// Once the process is about to leave, each answer is the last one of its connection: the next request
/// comes over a new one, to wherever a balancer sends it. Once it stops, nobody is accepted any more,
/// and the requests that have begun are answered.
pub fn serve(
    running: &mut Running,
    name: &'static str,
    listener: TcpListener,
    router: Router,
) -> io::Result<()> {
    serve_within(running, name, listener, router, HEAD_WITHIN)
}

fn serve_within(
    running: &mut Running,
    name: &'static str,
    listener: TcpListener,
    router: Router,
    head: Duration,
) -> io::Result<()> {
    let (address, leave, stop) = (listener.local_addr()?, running.leaving(), running.stopping());
    let router = with_last_answers(router, leave);
    running.serve(name, address, accept_all(listener, router, stop, head));
    Ok(())
}

/// From `leave` on, each answer closes its connection.
pub(crate) fn with_last_answers(router: Router, leave: CancellationToken) -> Router {
    router.layer(map_response(move |mut answer: Response| {
        if leave.is_cancelled() {
            let close = HeaderValue::from_static("close");
            answer.headers_mut().insert(header::CONNECTION, close);
        }
        ready(answer)
    }))
}

async fn accept_all(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
    head: Duration,
) -> io::Result<()> {
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

    const PATIENCE: Duration = Duration::from_mins(1);

    async fn start(head: Duration) -> (SocketAddr, Running, Arc<Notify>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, mut running) = (listener.local_addr().unwrap(), Running::new());
        let go_on = Arc::new(Notify::new());
        let waiting = go_on.clone();
        let router = Router::new()
            .route("/", get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()))
            .route("/slow", get(async move || waiting.notified().await));
        serve_within(&mut running, "pages", listener, router, head).unwrap();
        (address, running, go_on)
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
        let (address, _running, _) = start(HEAD_WITHIN).await;
        let stream = ask(address, "/").await;
        let peer = stream.local_addr().unwrap().to_string();
        assert!(answer(stream).await.ends_with(&peer));
    }

    /// Slowloris: heads that never end. Others are served meanwhile, and the slow ones are cut off.
    #[tokio::test]
    async fn a_head_that_never_ends_is_cut_off() {
        let (address, _running, _) = start(Duration::from_secs(5)).await;
        // Both ends of each are in this process.
        crate::process::raise_file_limit();
        let mut slow = Vec::new();
        for _ in 0..2000 {
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
        let (address, running, go_on) = start(HEAD_WITHIN).await;
        let asked = ask(address, "/slow").await;
        let mut idle = TcpStream::connect(address).await.unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
        let mut first = [0; 8];
        idle.read_exact(&mut first).await.unwrap();
        let stopping = running.stopping();
        let stopped = TaskTracker::new().spawn(async move { running.stop(PATIENCE).await });
        stopping.cancelled().await;
        go_on.notify_one();
        assert!(answer(asked).await.starts_with("HTTP/1.1 200"));
        stopped.await.unwrap();
        TcpStream::connect(address).await.unwrap_err();
    }

    /// A balancer takes a while to notice. Whoever it still sends is served, on a new connection and
    /// on one that was kept, and neither is kept any longer.
    #[tokio::test]
    async fn whoever_still_comes_before_the_stop_is_served_and_sent_away() {
        let (address, running, _) = start(HEAD_WITHIN).await;
        let mut kept = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: test\r\n\r\n";
        kept.write_all(request).await.unwrap();
        let mut first = [0; 8];
        kept.read_exact(&mut first).await.unwrap();
        running.leave(Duration::ZERO).await;
        kept.write_all(request).await.unwrap();
        let mut new = TcpStream::connect(address).await.unwrap();
        new.write_all(request).await.unwrap();
        // Read to their ends: it is the server who closes them.
        for stream in [kept, new] {
            let text = answer(stream).await;
            assert_eq!(text.matches("connection: close").count(), 1, "{text}");
        }
        assert!(!running.stopping().is_cancelled());
    }
}
