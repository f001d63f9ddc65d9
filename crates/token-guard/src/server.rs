//! Calls to the authorization server, each in a client span that knows neither a token nor the
//! address's user and password.

use crate::{Refusal, metrics};
use opentelemetry_http::HeaderInjector;
use reqwest::{Client, Request, Response, StatusCode, redirect};
use std::{error::Error, time::Duration, time::Instant};
use tracing::{Instrument as _, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use url::Url;

/// An answer has a few kilobytes at most; what is longer is none.
const LARGEST_ANSWER: usize = 64 * 1024;

/// A connection pool of its own. No redirect is followed and no proxy is taken from the environment:
/// a token goes to the authorization server and nowhere else.
pub(crate) fn client(timeout: Duration) -> reqwest::Result<Client> {
    let client = Client::builder().redirect(redirect::Policy::none()).no_proxy();
    client.timeout(timeout).build()
}

/// What RFC 7662 has an authorization server say about a token.
pub(crate) async fn introspect(http: &Client, url: &Url, token: &str) -> Result<Vec<u8>, Refusal> {
    let request = http.post(url.clone()).form(&[("token", token)]).build();
    call(http, url, "POST", request.map_err(unreachable)?).await
}

/// A document of the authorization server's.
#[cfg(feature = "jwt")]
pub(crate) async fn document(http: &Client, url: &Url) -> Result<Vec<u8>, Refusal> {
    let request = http.get(url.clone()).build();
    call(http, url, "GET", request.map_err(unreachable)?).await
}

async fn call(
    http: &Client,
    url: &Url,
    method: &'static str,
    request: Request,
) -> Result<Vec<u8>, Refusal> {
    let span = tracing::info_span!(
        "token_guard.call",
        otel.name = format!("{method} {}", url.path()),
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = method,
        url.template = url.path(),
        server.address = url.host_str(),
        server.port = url.port_or_known_default(),
        http.response.status_code = Empty,
    );
    let began = Instant::now();
    let answer = send(http, request).instrument(span.clone()).await;
    let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
    let body = async { read(answer?).await }.instrument(span.clone()).await;
    metrics::called(method, url, status, began.elapsed());
    if let Some(status) = status {
        span.record("http.response.status_code", status);
    }
    if body.is_err() {
        span.record("otel.status_code", "ERROR");
    }
    body
}

async fn send(http: &Client, mut request: Request) -> Result<Response, Refusal> {
    let context = tracing::Span::current().context();
    opentelemetry::global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&context, &mut HeaderInjector(request.headers_mut()));
    });
    let again = request.try_clone();
    match (http.execute(request).await, again) {
        // The server may just have closed the connection. To ask twice changes nothing.
        (Err(error), Some(again)) if error.is_request() && !error.is_timeout() => {
            http.execute(again).await.map_err(unreachable)
        }
        (answer, _) => answer.map_err(unreachable),
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, Refusal> {
    if response.status() != StatusCode::OK {
        return Err(Refusal::Unavailable(format!("it answers {}", response.status())));
    }
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
