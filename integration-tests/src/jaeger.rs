//! What Jaeger knows, through its API.

use serde_json::Value;
use std::{collections::BTreeSet, time::Duration};
use url::Url;

/// One span.
#[derive(Debug, Clone)]
pub struct Span {
    /// The trace it belongs to.
    pub trace_id: String,
    /// Its own id.
    pub span_id: String,
    /// The service that made it.
    pub service: String,
    /// What was done.
    pub name: String,
    /// The span of the same trace that it is a part of.
    pub parent: Option<String>,
    /// The spans that it refers to: `(kind, trace id)`.
    pub references: Vec<(String, String)>,
    /// Everything else that it says, as JSON text.
    pub said: String,
    /// Its tags.
    pub tags: Vec<(String, String)>,
}

impl Span {
    /// A tag's value.
    #[must_use]
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// Waits until all services have sent traces, and no new spans have come for a while; returns them
/// all.
pub async fn settled(jaeger: &Url, services: &[&str]) -> Vec<Span> {
    let mut last = 0;
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut spans = Vec::new();
        for service in services {
            spans.extend(spans_of(jaeger, service).await);
        }
        let heard: BTreeSet<_> = spans.iter().map(|span| span.service.clone()).collect();
        if services.iter().all(|service| heard.contains(*service)) && spans.len() == last {
            return spans;
        }
        last = spans.len();
    }
    panic!("traces of {services:?} do not arrive");
}

async fn spans_of(jaeger: &Url, service: &str) -> Vec<Span> {
    let mut url = jaeger.join("api/traces").unwrap();
    url.query_pairs_mut().extend_pairs([
        ("service", service),
        ("limit", "1000"),
        ("lookback", "1h"),
    ]);
    let answer: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    let traces = answer["data"].as_array().cloned().unwrap_or_default();
    traces.iter().flat_map(read_trace).filter(|span| span.service == service).collect()
}

fn read_trace(trace: &Value) -> Vec<Span> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let read = |span: &Value| Span {
        trace_id: text(&span["traceID"]),
        span_id: text(&span["spanID"]),
        service: text(&trace["processes"][text(&span["processID"])]["serviceName"]),
        name: text(&span["operationName"]),
        parent: list(&span["references"])
            .iter()
            .find(|reference| reference["refType"] == "CHILD_OF")
            .map(|reference| text(&reference["spanID"])),
        references: list(&span["references"])
            .iter()
            .map(|reference| (text(&reference["refType"]), text(&reference["traceID"])))
            .collect(),
        tags: list(&span["tags"])
            .iter()
            .map(|tag| (text(&tag["key"]), tag["value"].to_string().trim_matches('"').to_owned()))
            .collect(),
        said: span.to_string(),
    };
    list(&trace["spans"]).iter().map(read).collect()
}
