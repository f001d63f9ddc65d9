//! `/livez`, `/readyz` and `/metrics`, on a listener of their own that is never public.

use crate::{http::with_last_answers, process::Running};
use axum::{Json, Router, http::StatusCode, routing::get};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::{Future, IntoFuture as _},
    io,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{instrument::WithSubscriber as _, subscriber::NoSubscriber};

/// What a service needs from outside to do its work, by name: `Ok`, or what is wrong with it. That is
/// answered to probes, and logged when it begins.
pub type Dependencies = BTreeMap<&'static str, Result<(), String>>;

/// Serves health on `listener` as the part `internal` of `running`.
pub fn serve<C, F>(running: &mut Running, listener: TcpListener, check: C) -> io::Result<()>
where
    C: Fn() -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Dependencies> + Send + 'static,
{
    serve_with(running, listener, check, Router::new())
}

/// Like [`serve`], with `more` that is never public either.
pub fn serve_with<C, F>(
    running: &mut Running,
    listener: TcpListener,
    check: C,
    more: Router,
) -> io::Result<()>
where
    C: Fn() -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Dependencies> + Send + 'static,
{
    let address = listener.local_addr()?;
    let router = router(running.leaving(), check).merge(more);
    let server = axum::serve(listener, with_last_answers(router, running.leaving()))
        .with_graceful_shutdown(running.stopping().cancelled_owned());
    running.serve("internal", address, server.into_future());
    Ok(())
}

/// Liveness asks nobody: a process that answers lives. Readiness runs `check`, and is lost as soon
/// as the process is about to `leave`, so that load balancers send nothing more.
fn router<C, F>(leave: CancellationToken, check: C) -> Router
where
    C: Fn() -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Dependencies> + Send,
{
    let missing = Arc::new(Missing::default());
    let ready = move || {
        let (leave, check, missing) = (leave.clone(), check.clone(), missing.clone());
        async move {
            // Asked every few seconds, by machines: traces and logs are for what people do.
            let found = check().with_subscriber(NoSubscriber::new()).await;
            missing.tell(&found);
            let report = Report::new(leave.is_cancelled(), found);
            let status =
                if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            (status, Json(report))
        }
    };
    Router::new()
        .route("/livez", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(async || telemetry::metrics::exposition()))
}

/// What was found missing last, and has been told.
#[derive(Debug, Default)]
struct Missing(Mutex<BTreeSet<&'static str>>);

impl Missing {
    /// Logs what has changed since it was last asked for.
    fn tell(&self, found: &Dependencies) {
        let mut missing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (&name, state) in found {
            match state {
                Err(cause) if missing.insert(name) => {
                    tracing::warn!(
                        dependency = name,
                        cause,
                        "not ready: something does not answer"
                    );
                }
                Ok(()) if missing.remove(name) => {
                    tracing::info!(dependency = name, "it answers again");
                }
                _ => {}
            }
        }
    }
}

#[derive(Debug, Serialize)]
struct Report {
    ready: bool,
    stopping: bool,
    dependencies: BTreeMap<&'static str, String>,
}

impl Report {
    fn new(stopping: bool, dependencies: Dependencies) -> Self {
        Self {
            ready: !stopping && dependencies.values().all(Result::is_ok),
            stopping,
            dependencies: dependencies
                .into_iter()
                .map(|(name, state)| (name, state.err().unwrap_or_else(|| "ok".to_owned())))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, http::Request};
    use std::{
        fs,
        sync::atomic::{AtomicBool, Ordering},
    };
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn why_it_is_not_ready_is_logged_once_and_so_is_that_it_is_again() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let lines = tracing_subscriber::fmt().with_writer(Arc::new(log.reopen().unwrap())).finish();
        let _logs = tracing::subscriber::set_default(lines);
        let answers = Arc::new(AtomicBool::new(true));
        let asked = answers.clone();
        let check = move || {
            let answers = asked.load(Ordering::Relaxed);
            let state = answers.then_some(()).ok_or_else(|| "connection refused".to_owned());
            std::future::ready(Dependencies::from([("database", state)]))
        };
        let router = router(CancellationToken::new(), check);
        let mut logged = Vec::new();
        for (up, status) in [(true, 200), (false, 503), (false, 503), (true, 200), (false, 503)] {
            answers.store(up, Ordering::Relaxed);
            let request = Request::get("/readyz").body(Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status().as_u16(), status);
            logged.push(fs::read_to_string(log.path()).unwrap().lines().count());
        }
        assert_eq!(logged, [0, 1, 1, 2, 3]);
        let text = fs::read_to_string(log.path()).unwrap();
        assert!(text.contains("WARN") && text.contains("connection refused"), "{text}");
    }
}
