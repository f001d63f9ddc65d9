//! `/livez`, `/readyz` and `/metrics`, on a listener of their own that is never public.

use crate::{http::with_last_answers, process::Running};
use axum::{Json, Router, http::StatusCode, routing::get};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    future::{Future, IntoFuture as _},
    io,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{instrument::WithSubscriber as _, subscriber::NoSubscriber};

/// What a service needs from outside to do its work, by name: `Ok`, or what is wrong with it.
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
    let ready = move || {
        let (leave, check) = (leave.clone(), check.clone());
        async move {
            // Asked every few seconds, by machines: traces and logs are for what people do.
            let found = check().with_subscriber(NoSubscriber::new()).await;
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
