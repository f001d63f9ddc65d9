//! Spans for gRPC calls, in and out, named by the method. No metadata is recorded.

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

/// A channel whose calls are traced.
pub type Channel = <ClientLayer as tower::Layer<tonic::transport::Channel>>::Service;

/// A traced channel to `endpoint`. It connects at the first call, and again whenever it must: a
/// server that is down is found out by a call, not at start.
#[must_use]
pub fn channel(endpoint: &tonic::transport::Endpoint) -> Channel {
    tower::Layer::layer(&client_layer(), endpoint.connect_lazy())
}
