//! The question to the authorization server and its answer (RFC 7662, section 2).

use crate::Refusal;
use opentelemetry_http::HeaderInjector;
use reqwest::{Client, Request, Response, StatusCode};
use serde::Deserialize;
use std::error::Error;
use tracing::{Instrument as _, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use url::Url;

/// An answer has a few hundred bytes; what is longer is none.
const LARGEST_ANSWER: usize = 64 * 1024;

/// What the authorization server says about a token. `token_use` is Ory Hydra's extension.
#[derive(Default, Deserialize)]
pub(crate) struct Answer {
    pub(crate) active: bool,
    #[serde(default)]
    pub(crate) sub: String,
    #[serde(default)]
    pub(crate) client_id: String,
    #[serde(default)]
    pub(crate) scope: String,
    #[serde(default)]
    pub(crate) token_use: String,
}

/// Asks about one token, in a client span of its own that knows neither the token nor the address's
/// user and password.
pub(crate) async fn ask(http: &Client, url: &Url, token: &str) -> Result<Answer, Refusal> {
    let request = http.post(url.clone()).form(&[("token", token)]).build().map_err(unreachable)?;
    let span = tracing::info_span!(
        "token.introspect",
        otel.name = format!("POST {}", url.path()),
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = "POST",
        url.template = url.path(),
        server.address = url.host_str(),
        server.port = url.port_or_known_default(),
        http.response.status_code = Empty,
    );
    let outcome = exchange(http, request).instrument(span.clone()).await;
    if outcome.is_err() {
        span.record("otel.status_code", "ERROR");
    }
    outcome
}

async fn exchange(http: &Client, mut request: Request) -> Result<Answer, Refusal> {
    let span = tracing::Span::current();
    opentelemetry::global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&span.context(), &mut HeaderInjector(request.headers_mut()));
    });
    let response = http.execute(request).await.map_err(unreachable)?;
    span.record("http.response.status_code", response.status().as_u16());
    match response.status() {
        StatusCode::OK => serde_json::from_slice(&body(response).await?)
            .map_err(|_| Refusal::Unavailable("its answer is no introspection".to_owned())),
        status => Err(Refusal::Unavailable(format!("it answers {status}"))),
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, Refusal> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(Refusal::Unavailable("its answer is too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The innermost cause alone, such as "Connection refused": the outer ones name the address.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn unreachable(error: reqwest::Error) -> Refusal {
    let mut cause: &dyn Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let timed_out = error.is_timeout();
    Refusal::Unavailable(if timed_out { "no answer in time".to_owned() } else { cause.to_string() })
}
