use super::*;
use crate::{
    grpc::{Contracts, Entrance, serve},
    process::Running,
};
use axum::middleware::map_request;
use futures_util::future::{join_all, ready};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Status, service::Routes};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

const CONTRACTS: Contracts = Contracts { services: &[], reflected: None };
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that counts its calls.
struct Process {
    address: SocketAddr,
    running: Running,
    calls: Arc<AtomicUsize>,
}

impl Process {
    async fn start(address: SocketAddr) -> Self {
        let (mut running, calls) = (Running::new(), Arc::new(AtomicUsize::new(0)));
        let entrance = Entrance::open("listen", address, None).await.unwrap();
        let counted = calls.clone();
        let count = move |router: axum::Router| {
            router.layer(map_request(move |request: axum::extract::Request| {
                counted.fetch_add(1, SeqCst);
                ready(request)
            }))
        };
        serve(&mut running, entrance, Routes::default(), CONTRACTS, count).await.unwrap();
        Self { address: running.address("gRPC").unwrap(), running, calls }
    }

    async fn start_some(count: usize) -> Vec<Self> {
        join_all((0..count).map(|_| Self::start("127.0.0.1:0".parse().unwrap()))).await
    }

    /// As a new process that takes the place of one that has drained.
    async fn restart(&mut self) {
        self.running.stop(PATIENCE).await;
        let calls = self.calls.clone();
        *self = Self::start(self.address).await;
        calls.store(0, SeqCst);
    }

    fn calls(&self) -> usize {
        self.calls.load(SeqCst)
    }
}

fn channel_to(addresses: impl IntoIterator<Item = SocketAddr>) -> Channel {
    let url = |address| Url::parse(&format!("http://{address}")).unwrap();
    let urls: Vec<_> = addresses.into_iter().map(url).collect();
    channel("url", &urls, None, PATIENCE).unwrap()
}

async fn call(channel: &Channel, patience: Duration) -> Result<(), Status> {
    let mut request = Request::new(HealthCheckRequest::default());
    request.set_timeout(patience);
    match HealthClient::new(channel.clone()).check(request).await {
        // A process that drains answers so.
        Err(status) if status.code() == Code::NotFound => Ok(()),
        answer => answer.map(drop),
    }
}

/// An address where nobody listens.
async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn processes_are_called_in_turn() {
    let processes = Process::start_some(3).await;
    let channel = channel_to(processes.iter().map(|it| it.address));
    let calls = join_all((0..300).map(|_| call(&channel, PATIENCE))).await;
    assert!(calls.into_iter().all(|outcome| outcome.is_ok()));
    let counted: Vec<_> = processes.iter().map(Process::calls).collect();
    assert_eq!(counted, [100, 100, 100]);
}

/// A rolling restart under load, over and over.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_drains_and_comes_back_costs_no_call() {
    const ROUNDS: usize = 4;
    let mut processes = Process::start_some(3).await;
    let channel = channel_to(processes.iter().map(|it| it.address));
    let done = CancellationToken::new();
    let mut callers = JoinSet::new();
    for _ in 0..8 {
        let (channel, done) = (channel.clone(), done.clone());
        callers.spawn(async move {
            let mut outcomes = Vec::new();
            while !done.is_cancelled() {
                outcomes.push(call(&channel, PATIENCE).await);
            }
            outcomes
        });
    }
    for round in 0..ROUNDS * processes.len() {
        let place = round % processes.len();
        let process = &mut processes[place];
        process.restart().await;
        // It is called again, after the rest that a failed connection may have brought.
        while process.calls() < 10 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    done.cancel();
    let outcomes = callers.join_all().await.concat();
    let failed: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    let (restarts, calls) = (ROUNDS * processes.len(), outcomes.len());
    println!("{restarts} restarts, {calls} calls, {} failed", failed.len());
    assert!(failed.is_empty(), "{failed:?}");
}

#[tokio::test]
async fn one_that_cannot_be_reached_is_left_out() {
    let (dead, alive) = (nobody().await, Process::start("127.0.0.1:0".parse().unwrap()).await);
    let channel = channel_to([dead, alive.address]);
    for _ in 0..20 {
        call(&channel, PATIENCE).await.unwrap();
    }
    assert_eq!(alive.calls(), 20);
}

#[tokio::test]
async fn where_none_can_be_reached_a_call_ends_at_once() {
    let mut dead = nobody().await;
    let channel = channel_to([dead, nobody().await]);
    let refused = call(&channel, PATIENCE).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    assert!(refused.message().contains("refused"), "{refused}");

    // One that comes back is called at once: there is no other.
    dead = Process::start(dead).await.address;
    call(&channel, PATIENCE).await.unwrap_or_else(|status| panic!("{dead}: {status}"));

    let name = Url::parse("http://nobody.localhost:1/").unwrap();
    let unnamed = channel_of(&name);
    assert_eq!(call(&unnamed, PATIENCE).await.unwrap_err().code(), Code::Unavailable);
}

fn channel_of(url: &Url) -> Channel {
    channel("url", [url], None, PATIENCE).unwrap()
}

/// It accepts, and says nothing.
#[tokio::test]
async fn a_silent_server_is_not_waited_for_beyond_the_deadline() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let channel = channel_to([silent.local_addr().unwrap()]);
    let late = call(&channel, Duration::from_millis(200)).await.unwrap_err();
    assert_eq!(late.code(), Code::DeadlineExceeded, "{late}");
}

/// Connections outlive a look at the names that finds the same.
#[tokio::test]
async fn a_name_is_looked_up_again_without_a_new_connection() {
    let url = Url::parse("http://localhost:1/").unwrap();
    let replicas = replicas("url", [&url], None, PATIENCE).unwrap();
    let first = replicas.look().await.unwrap();
    let second = replicas.look().await.unwrap();
    assert!(!first.is_empty() && first.len() == second.len());
    for (first, second) in first.iter().zip(second.iter()) {
        assert!(Arc::ptr_eq(first, second));
    }
}
