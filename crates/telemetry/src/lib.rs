//! Traces, logs and metrics of a service.
//!
//! What is observed: one span for each request that is served ([`http_server`], [`grpc`]) and for
//! each call that is made ([`http_client`], [`grpc`]), with the W3C trace context handed on
//! (<https://www.w3.org/TR/trace-context/>). What is hidden: query strings, headers, gRPC metadata
//! and bodies are never recorded, because in a sign-in they carry codes, tokens and passwords.

pub mod grpc;
pub mod http_client;
pub mod http_server;
pub mod metrics;
mod pipeline;
pub mod sign_in;

pub use pipeline::{AUDIT_TARGET, LogFormat, Options, StartError, Telemetry};

use opentelemetry::trace::TraceContextExt as _;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The current trace's id in hexadecimal, for an error page: whoever reports it can be helped.
#[must_use]
pub fn trace_id() -> Option<String> {
    let context = tracing::Span::current().context();
    let span = context.span().span_context().clone();
    span.is_valid().then(|| span.trace_id().to_string())
}
