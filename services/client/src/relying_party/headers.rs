//! What every response carries, and the page that an error is shown on.

use super::{RelyingParty, problem::Problem};
use crate::view::{Link, Notice};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use std::sync::Arc;

/// Nothing but this app's own style sheet and pictures; forms to this app; in nobody's frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Security headers on every response; nothing is stored unless it says so itself.
pub(super) async fn secure(
    State(app): State<Arc<RelyingParty>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if app.origin.scheme() == "https" {
        let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, two_years);
    }
    response
}

/// Draws the page of every error, wherever it comes from: a handler, a layer, or the router.
pub(super) async fn explain(
    State(app): State<Arc<RelyingParty>>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let problem = response.extensions().get().cloned().unwrap_or(Problem::Status(status));
    if status.is_server_error() {
        tracing::warn!(%problem, "an error page is shown");
    } else {
        tracing::info!(%problem, "an error page is shown");
    }
    let words = problem.words();
    let notice = Notice {
        title: words.title,
        text: words.text,
        way_on: Link { href: words.way_on.0, label: words.way_on.1 },
        trace_id: telemetry::trace_id(),
    };
    (status, kept(response.headers(), status), app.view.notice(&notice)).into_response()
}

/// Of the first answer's headers, those that mean something beside another body.
fn kept(headers: &HeaderMap, status: StatusCode) -> HeaderMap {
    let mut kept: HeaderMap = [header::ALLOW, header::SET_COOKIE]
        .into_iter()
        .filter_map(|name| Some((name.clone(), headers.get(name)?.clone())))
        .collect();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        kept.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    kept
}
