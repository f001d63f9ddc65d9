//! Spans for gRPC calls, in and out, named by the method. No metadata is recorded.

use axum::{extract::Request, middleware::Next, response::Response};
use std::time::Instant;
use tonic::Code;
pub use tonic_tracing_opentelemetry::middleware::client::OtelGrpcLayer as ClientLayer;
use tonic_tracing_opentelemetry::middleware::{
    filters::reject_healthcheck, server::OtelGrpcLayer as ServerLayer,
};

/// The layer for a tonic server: continues the caller's trace. Health checks are left out.
#[must_use]
pub fn server_layer() -> ServerLayer {
    ServerLayer::default().filter(reject_healthcheck)
}

/// The layer for a tonic channel: hands the trace on.
#[must_use]
pub fn client_layer() -> ClientLayer {
    ClientLayer
}

/// Axum middleware for a gRPC router: how long its unary calls take, by method and outcome.
pub async fn measure(request: Request, next: Next) -> Response {
    let method = request.uri().path().trim_start_matches('/').to_owned();
    let began = Instant::now();
    let response = next.run(request).await;
    // An answer without the header is a good one: its status follows in the trailers.
    let code = response
        .headers()
        .get("grpc-status")
        .map_or(Code::Ok, |value| Code::from_bytes(value.as_bytes()));
    let method = if code == Code::Unimplemented { "_OTHER" } else { &method };
    crate::metrics::answered(method, code.into(), began.elapsed());
    response
}

/// A channel whose calls are traced.
pub type Traced<C> = <ClientLayer as tower::Layer<C>>::Service;

/// Traces what is called over a channel.
#[must_use]
pub fn traced<C>(channel: C) -> Traced<C> {
    tower::Layer::layer(&client_layer(), channel)
}
