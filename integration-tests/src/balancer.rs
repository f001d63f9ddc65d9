//! A load balancer in front of replicas, without stickiness. It asks each of them whether it is ready,
//! as Kubernetes does for the endpoints of a service, and tries nothing twice.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use url::Url;

/// How often a replica is asked.
const EVERY: Duration = Duration::from_millis(100);

/// What is passed on to one replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Each connection, and all that comes over it.
    Connection,
    /// Each request, over connections that are kept.
    Request,
}

/// It works as long as this lives.
#[derive(Debug)]
pub struct Balancer {
    replicas: Arc<Replicas>,
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Replicas {
    all: Vec<Replica>,
    turn: AtomicUsize,
    by_request: AtomicBool,
    http: reqwest::Client,
}

#[derive(Debug)]
struct Replica {
    address: SocketAddr,
    readyz: Url,
    ready: AtomicBool,
    served: AtomicUsize,
}

impl Balancer {
    /// Listens on a port, and passes on to the replicas at these addresses. Each comes with where it
    /// says whether it is ready.
    pub async fn start(port: u16, replicas: impl IntoIterator<Item = (SocketAddr, Url)>) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let all = replicas.into_iter().map(|(address, readyz)| Replica {
            address,
            readyz,
            ready: AtomicBool::new(false),
            served: AtomicUsize::new(0),
        });
        let replicas = Arc::new(Replicas {
            all: all.collect(),
            turn: AtomicUsize::new(0),
            by_request: AtomicBool::new(false),
            http: http.no_proxy().build().unwrap(),
        });
        let mut tasks = JoinSet::new();
        for place in 0..replicas.all.len() {
            tasks.spawn(watch(replicas.clone(), place));
        }
        let inner = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let outer = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        let requests = inner.local_addr().unwrap();
        let router = Router::new().fallback(pass_request).with_state(replicas.clone());
        tasks.spawn(async move { axum::serve(inner, router).await.unwrap() });
        tasks.spawn(accept(outer, replicas.clone(), requests));
        Self { replicas, _tasks: tasks }
    }

    /// What is passed on from now on.
    pub fn pass_on(&self, unit: Unit) {
        self.replicas.by_request.store(unit == Unit::Request, Relaxed);
    }

    /// How much each replica has been passed.
    #[must_use]
    pub fn served(&self) -> Vec<usize> {
        self.replicas.all.iter().map(|replica| replica.served.load(Relaxed)).collect()
    }

    /// Waits until it has noticed that the replica at a place is ready, or is not.
    pub async fn sees(&self, place: usize, ready: bool) {
        while self.replicas.all[place].ready.load(Relaxed) != ready {
            tokio::time::sleep(EVERY).await;
        }
    }
}

impl Replicas {
    /// The next one that is ready.
    fn next(&self) -> Option<&Replica> {
        let ready: Vec<_> = self.all.iter().filter(|it| it.ready.load(Relaxed)).collect();
        let next = *ready.get(self.turn.fetch_add(1, Relaxed) % ready.len().max(1))?;
        next.served.fetch_add(1, Relaxed);
        Some(next)
    }
}

#[expect(clippy::disallowed_methods, reason = "a balancer's probe belongs to no trace")]
async fn watch(replicas: Arc<Replicas>, place: usize) {
    let replica = &replicas.all[place];
    loop {
        let answer = replicas.http.get(replica.readyz.clone()).send().await;
        replica.ready.store(answer.is_ok_and(|it| it.status().is_success()), Relaxed);
        tokio::time::sleep(EVERY).await;
    }
}

async fn accept(listener: TcpListener, replicas: Arc<Replicas>, requests: SocketAddr) {
    let mut connections = JoinSet::new();
    while let Ok((mut browser, _)) = listener.accept().await {
        let to = if replicas.by_request.load(Relaxed) {
            Some(requests)
        } else {
            replicas.next().map(|replica| replica.address)
        };
        connections.spawn(async move {
            let Some(to) = to else { return };
            let Ok(mut server) = TcpStream::connect(to).await else { return };
            let _ended = tokio::io::copy_bidirectional(&mut browser, &mut server).await;
        });
    }
}

#[expect(clippy::disallowed_methods, reason = "a balancer is part of no trace")]
async fn pass_request(State(replicas): State<Arc<Replicas>>, request: Request) -> Response {
    let Some(replica) = replicas.next() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "no replica is ready").into_response();
    };
    let (head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or("/", |it| it.as_str());
    let url = format!("http://{}{path}", replica.address);
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let passed = replicas.http.request(head.method, url).headers(head.headers).body(body);
    let mut answer = match passed.send().await {
        Ok(answer) => answer,
        Err(error) => return (StatusCode::BAD_GATEWAY, format!("{error:?}")).into_response(),
    };
    let (status, mut headers) = (answer.status(), std::mem::take(answer.headers_mut()));
    // These are about the connection behind, and not the one in front (RFC 9110, section 7.6.1).
    headers.remove(header::CONNECTION);
    headers.remove(header::TRANSFER_ENCODING);
    match answer.bytes().await {
        Ok(bytes) => (status, headers, Body::from(bytes)).into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, format!("{error:?}")).into_response(),
    }
}
