//! A span and a log line for each HTTP request that is served.

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
use std::time::Instant;
use tracing::{Instrument as _, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Axum middleware (`axum::middleware::from_fn`): the span is named by the matched route, as the
/// OpenTelemetry semantic conventions for HTTP ask. A path that matches no route is not recorded:
/// anything can stand in it. A `traceparent` from a browser is not believed: each request that
/// enters from outside begins a trace of its own.
pub async fn trace(request: Request, next: Next) -> Response {
    observe(request, next, None).await
}

/// Like [`trace`], for callers that are ours: their trace goes on (W3C Trace Context).
pub async fn continue_trace(request: Request, next: Next) -> Response {
    let headers = HeaderExtractor(request.headers());
    let parent = opentelemetry::global::get_text_map_propagator(|it| it.extract(&headers));
    observe(request, next, Some(parent)).await
}

async fn observe(request: Request, next: Next, parent: Option<Context>) -> Response {
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("*", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let span = tracing::info_span!(
        "http.server",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = %method,
        http.route = route,
        http.response.status_code = Empty,
        sign_in.trace_id = Empty,
    );
    if let Some(parent) = parent {
        // Fails where spans are not exported: then there is no trace to go on.
        let _ = span.set_parent(parent);
    }
    async move {
        let began = Instant::now();
        let response = next.run(request).await;
        let status = response.status();
        let span = tracing::Span::current();
        span.record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            span.record("otel.status_code", "ERROR");
        }
        crate::metrics::served(&method, &route, status.as_u16(), began.elapsed());
        tracing::info!(http.response.status_code = status.as_u16(), elapsed = ?began.elapsed(), "served");
        response
    }
    .instrument(span)
    .await
}
