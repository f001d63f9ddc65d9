//! All processes of a service, which are called in turn.

use super::{
    message::Message,
    replica::{Failed, Replica},
    target::Target,
};
use crate::grpc::deadline;
use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, timeout};
use tokio_util::task::TaskTracker;
use tonic::{
    Status,
    body::Body,
    codegen::http::{HeaderValue, Request, Response, header::USER_AGENT},
};
use tower::Service;

/// How often a name is looked up while calls are made.
const LOOK_EVERY: Duration = Duration::from_secs(3);

const OURS: HeaderValue = HeaderValue::from_static(concat!("latchkey/", env!("CARGO_PKG_VERSION")));

/// A service whose processes are called in turn, each over one connection. Those that cannot be reached
/// are left out while others can. Clones share the connections.
#[derive(Debug, Clone)]
pub struct Replicas(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    targets: Vec<Arc<Target>>,
    tasks: TaskTracker,
    known: Mutex<Known>,
    turn: AtomicUsize,
}

#[derive(Debug, Default)]
struct Known {
    replicas: Arc<[Arc<Replica>]>,
    looked: Option<Instant>,
}

impl Replicas {
    pub(super) fn new(targets: Vec<Target>) -> Self {
        Self(Arc::new(Shared {
            targets: targets.into_iter().map(Arc::new).collect(),
            tasks: TaskTracker::new(),
            known: Mutex::default(),
            turn: AtomicUsize::new(0),
        }))
    }

    /// Connects to one of them.
    pub(super) async fn reach(&self) -> Result<(), String> {
        let mut reason = String::new();
        for replica in self.0.in_turn().await? {
            match replica.connection().await {
                Ok(_) => return Ok(()),
                Err(error) => reason = super::innermost(&error),
            }
        }
        Err(reason)
    }
}

#[cfg(test)]
impl Replicas {
    pub(super) async fn look(&self) -> Result<Arc<[Arc<Replica>]>, String> {
        self.0.clone().look().await
    }
}

impl Service<Request<Body>> for Replicas {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let (shared, patience) = (self.0.clone(), deadline::given(request.headers()));
        request.headers_mut().entry(USER_AGENT).or_insert(OURS);
        Box::pin(async move {
            let answer = shared.call(request);
            match patience {
                Some(patience) => {
                    timeout(patience, answer).await.unwrap_or_else(|_| Err(deadline::too_late()))
                }
                None => answer.await,
            }
        })
    }
}

impl Shared {
    async fn call(self: Arc<Self>, request: Request<Body>) -> Result<Response<Body>, Status> {
        let call = request.map(Message::new);
        let mut reason = String::new();
        for replica in self.in_turn().await.map_err(Status::unavailable)? {
            match replica.send(&call).await {
                Ok(answer) => return Ok(answer),
                Err(Failed::Lost(status)) => return Err(status),
                Err(Failed::Unheard(why)) => reason = why,
            }
        }
        Err(Status::unavailable(reason))
    }

    /// All of them, the next one first, and those that could not be reached a moment ago last.
    async fn in_turn(self: &Arc<Self>) -> Result<Vec<Arc<Replica>>, String> {
        let replicas = self.replicas().await?;
        let first = self.turn.fetch_add(1, Relaxed) % replicas.len().max(1);
        let (before, from) = replicas.split_at(first);
        let mut order: Vec<_> = from.iter().chain(before).cloned().collect();
        order.sort_by_key(|replica| replica.rests());
        Ok(order)
    }

    /// Those that are known. Only where none are does a call wait until the names are looked up.
    async fn replicas(self: &Arc<Self>) -> Result<Arc<[Arc<Replica>]>, String> {
        let (replicas, due) = {
            let mut known = self.known();
            let due = known.looked.is_none_or(|at| at.elapsed() > LOOK_EVERY);
            known.looked = if due { Some(Instant::now()) } else { known.looked };
            (known.replicas.clone(), due)
        };
        if replicas.is_empty() {
            return self.clone().look().await;
        }
        if due {
            self.tasks.spawn(self.clone().look());
        }
        Ok(replicas)
    }

    /// Looks the names up. Where that fails, what was known of a name stays.
    async fn look(self: Arc<Self>) -> Result<Arc<[Arc<Replica>]>, String> {
        let (mut found, mut problem) = (Vec::new(), None);
        for target in &self.targets {
            match target.addresses().await {
                Ok(addresses) => found.push((target, Some(addresses))),
                Err(error) => {
                    tracing::warn!(%error, service = %target.uri, "a name cannot be looked up");
                    problem = Some(error.to_string());
                    found.push((target, None));
                }
            }
        }
        let mut known = self.known();
        let of = |target: &Arc<Target>| {
            let target = target.clone();
            known.replicas.iter().filter(move |it| Arc::ptr_eq(&it.target, &target))
        };
        let mut replicas = Vec::new();
        for (target, addresses) in found {
            match addresses {
                None => replicas.extend(of(target).cloned()),
                Some(addresses) => replicas.extend(addresses.into_iter().map(|address| {
                    let same = of(target).find(|it| it.address == address);
                    same.cloned().unwrap_or_else(|| Replica::new(target.clone(), address))
                })),
            }
        }
        if replicas.is_empty() {
            return Err(problem.unwrap_or_else(|| "the name has no address".to_owned()));
        }
        known.replicas = replicas.into();
        Ok(known.replicas.clone())
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
