//! How long requests and calls take, by route and outcome, for Prometheus to fetch.
//!
//! Names and attributes follow the OpenTelemetry semantic conventions. No attribute can be chosen
//! by a stranger: an unknown method or route counts as one.

use opentelemetry::{KeyValue, metrics::Histogram};
use opentelemetry_sdk::{Resource, error::OTelSdkError, metrics::SdkMeterProvider};
use std::{sync::LazyLock, time::Duration};

/// Seconds, from a cached page to a call that is given up.
const BOUNDARIES: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Requests that are served over HTTP.
static HTTP_SERVER: LazyLock<Histogram<f64>> =
    LazyLock::new(|| durations("http.server.request.duration"));
/// Calls that are made over HTTP.
static HTTP_CLIENT: LazyLock<Histogram<f64>> =
    LazyLock::new(|| durations("http.client.request.duration"));
/// Calls that are served over gRPC.
static RPC_SERVER: LazyLock<Histogram<f64>> = LazyLock::new(|| durations("rpc.server.duration"));

/// Everything that was measured so far, in the text format of Prometheus.
#[must_use]
pub fn exposition() -> String {
    prometheus::TextEncoder::new().encode_to_string(&prometheus::gather()).unwrap_or_default()
}

/// Begins to measure: instruments that are made from now on count.
pub(crate) fn start(resource: Resource) -> Result<SdkMeterProvider, OTelSdkError> {
    let registry = prometheus::default_registry().clone();
    let reader = opentelemetry_prometheus::exporter().with_registry(registry).build()?;
    let provider = SdkMeterProvider::builder().with_resource(resource).with_reader(reader).build();
    opentelemetry::global::set_meter_provider(provider.clone());
    Ok(provider)
}

pub(crate) fn served(method: &http::Method, route: &str, status: u16, took: Duration) {
    HTTP_SERVER.record(took.as_secs_f64(), &attributes(method, "http.route", route, Some(status)));
}

pub(crate) fn called(
    method: &http::Method,
    template: &'static str,
    status: Option<u16>,
    took: Duration,
) {
    HTTP_CLIENT.record(took.as_secs_f64(), &attributes(method, "url.template", template, status));
}

pub(crate) fn answered(method: &str, code: i32, took: Duration) {
    let attributes = [
        KeyValue::new("rpc.method", method.to_owned()),
        KeyValue::new("rpc.grpc.status_code", i64::from(code)),
    ];
    RPC_SERVER.record(took.as_secs_f64(), &attributes);
}

fn attributes(
    method: &http::Method,
    route_name: &'static str,
    route: &str,
    status: Option<u16>,
) -> [KeyValue; 3] {
    let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
    let method = known.iter().find(|known| **known == method.as_str()).unwrap_or(&"_OTHER");
    [
        KeyValue::new("http.request.method", *method),
        KeyValue::new(route_name, route.to_owned()),
        match status {
            Some(status) => KeyValue::new("http.response.status_code", i64::from(status)),
            None => KeyValue::new("error.type", "unreachable"),
        },
    ]
}

fn durations(name: &'static str) -> Histogram<f64> {
    let meter = opentelemetry::global::meter("latchkey");
    meter.f64_histogram(name).with_unit("s").with_boundaries(BOUNDARIES.to_vec()).build()
}
