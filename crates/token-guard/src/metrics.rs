//! What is counted, in the names and attributes of OpenTelemetry's semantic conventions where they
//! have one. No attribute can be chosen by a stranger.

use crate::{Grant, Refusal};
use opentelemetry::{
    KeyValue, global,
    metrics::{Histogram, ObservableCounter},
};
use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use url::Url;

const METER: &str = "token-guard";

/// Tokens that were checked, by what came of it and whether it was remembered. They are counted on
/// every request, so that is an addition and nothing else; whoever reads metrics looks them up.
static CHECKS: LazyLock<Checks> = LazyLock::new(|| {
    let meter = global::meter(METER);
    let counter = meter.u64_observable_counter("token_guard.checks").with_callback(|observer| {
        for (outcome, counts) in OUTCOMES.into_iter().zip(&CHECKS.counts) {
            for (remembered, count) in [false, true].into_iter().zip(counts) {
                let attributes = [
                    KeyValue::new("token_guard.outcome", outcome),
                    KeyValue::new("token_guard.remembered", remembered),
                ];
                observer.observe(count.load(Ordering::Relaxed), &attributes);
            }
        }
    });
    Checks { counts: <_>::default(), _counter: counter.build() }
});

struct Checks {
    /// By [`OUTCOMES`], then by whether the verdict was remembered.
    counts: [[AtomicU64; 2]; 3],
    _counter: ObservableCounter<u64>,
}

const OUTCOMES: [&str; 3] = ["granted", "refused", "unavailable"];

/// Calls to the authorization server.
static CALLS: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    global::meter(METER).f64_histogram("http.client.request.duration").with_unit("s").build()
});

/// A token was checked. `remembered`: nobody was asked.
pub(crate) fn checked(outcome: &Result<Grant, Refusal>, remembered: bool) {
    let [granted, refused, unavailable] = &CHECKS.counts;
    let [asked, known] = match outcome {
        Ok(_) => granted,
        Err(Refusal::Unavailable(_)) => unavailable,
        Err(_) => refused,
    };
    if remembered { known } else { asked }.fetch_add(1, Ordering::Relaxed);
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
