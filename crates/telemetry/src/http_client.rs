//! The one way out over HTTP: a span, the trace context in the request, no URL in an error.

use opentelemetry_http::HeaderInjector;
use reqwest::{Method, RequestBuilder, Response};
use std::time::{Duration, Instant};
use tracing::{Instrument as _, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Before one more try of a request: whoever was asked may just be starting anew.
pub const PAUSE: Duration = Duration::from_millis(200);

/// An HTTP client for calls between services: no redirect is followed, no proxy is taken from the
/// environment, and a call ends after `timeout` (server-side request forgery, OWASP ASVS 15.3.2).
///
/// Fails where the system has no certificate store, and says so.
pub fn client(timeout: Duration) -> reqwest::Result<reqwest::Client> {
    builder(timeout).build()
}

/// Like [`client`], with a connection of its own for each call: for what cannot be sent twice, and so
/// must not meet a connection that the other end is just closing.
pub fn unpooled(timeout: Duration) -> reqwest::Result<reqwest::Client> {
    builder(timeout).pool_max_idle_per_host(0).build()
}

fn builder(timeout: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(timeout.min(Duration::from_secs(2)))
        .timeout(timeout)
}

/// Sends a request inside a client span named `METHOD route`. `route` is the path with its
/// parameters as placeholders (`url.template`): the real URL can hold challenges and is kept out of
/// the span and out of errors.
pub async fn send(request: RequestBuilder, route: &'static str) -> reqwest::Result<Response> {
    let (client, request) = request.build_split();
    let mut request = request.map_err(reqwest::Error::without_url)?;
    let span = tracing::info_span!(
        "http.client",
        otel.name = format!("{} {route}", request.method()),
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = %request.method(),
        url.template = route,
        server.address = request.url().host_str(),
        server.port = request.url().port_or_known_default(),
        http.response.status_code = Empty,
    );
    opentelemetry::global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&span.context(), &mut HeaderInjector(request.headers_mut()));
    });
    async move {
        let (method, began) = (request.method().clone(), Instant::now());
        let outcome = client.execute(request).await.map_err(reqwest::Error::without_url);
        let status = outcome.as_ref().ok().map(|response| response.status().as_u16());
        crate::metrics::called(&method, route, status, began.elapsed());
        let span = tracing::Span::current();
        match &outcome {
            Ok(response) => {
                span.record("http.response.status_code", response.status().as_u16());
                if response.status().is_server_error() {
                    span.record("otel.status_code", "ERROR");
                }
            }
            Err(_) => {
                span.record("otel.status_code", "ERROR");
            }
        }
        outcome
    }
    .instrument(span)
    .await
}

/// Like [`send`], and again after a pause where the error is worth another try, at most `tries` times
/// together. What can be said twice, and after which error, is the caller's to know.
pub async fn send_again(
    request: RequestBuilder,
    route: &'static str,
    tries: usize,
    is_worth_another: impl Fn(&reqwest::Error, &Method) -> bool,
) -> reqwest::Result<Response> {
    let (client, request) = request.build_split();
    let mut request = request.map_err(reqwest::Error::without_url)?;
    for _ in 1..tries {
        // A body that is a stream is there once.
        let Some(again) = request.try_clone() else { break };
        match send(RequestBuilder::from_parts(client.clone(), request), route).await {
            Err(error) if is_worth_another(&error, again.method()) => {
                tokio::time::sleep(PAUSE).await;
                request = again;
            }
            answer => return answer,
        }
    }
    send(RequestBuilder::from_parts(client, request), route).await
}
