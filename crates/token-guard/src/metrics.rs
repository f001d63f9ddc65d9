//! What is counted, in the names and attributes of OpenTelemetry's semantic conventions where they
//! have one. No attribute can be chosen by a stranger.

use crate::{Grant, Refusal};
use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Histogram},
};
use std::{sync::LazyLock, time::Duration};
use url::Url;

const METER: &str = "token-guard";

/// Tokens that were checked, by what came of it and whether it was remembered.
static CHECKS: LazyLock<Counter<u64>> =
    LazyLock::new(|| global::meter(METER).u64_counter("token_guard.checks").build());

/// Calls to the authorization server.
static CALLS: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    global::meter(METER).f64_histogram("http.client.request.duration").with_unit("s").build()
});

/// A token was checked. `remembered`: nobody was asked.
pub(crate) fn checked(outcome: &Result<Grant, Refusal>, remembered: bool) {
    let outcome = match outcome {
        Ok(_) => "granted",
        Err(Refusal::Unavailable(_)) => "unavailable",
        Err(_) => "refused",
    };
    let attributes = [
        KeyValue::new("token_guard.outcome", outcome),
        KeyValue::new("token_guard.remembered", remembered),
    ];
    CHECKS.add(1, &attributes);
}

/// The authorization server was asked.
pub(crate) fn called(method: &'static str, url: &Url, status: Option<u16>, took: Duration) {
    let attributes = [
        KeyValue::new("http.request.method", method),
        KeyValue::new("server.address", url.host_str().unwrap_or_default().to_owned()),
        KeyValue::new("server.port", i64::from(url.port_or_known_default().unwrap_or_default())),
        KeyValue::new("url.template", url.path().to_owned()),
        match status {
            Some(status) => KeyValue::new("http.response.status_code", i64::from(status)),
            None => KeyValue::new("error.type", "unreachable"),
        },
    ];
    CALLS.record(took.as_secs_f64(), &attributes);
}
