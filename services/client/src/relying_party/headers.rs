//! What browsers may do with our pages, and the page that an error is shown on.

use super::{RelyingParty, problem::Problem};
use crate::view::{Link, Notice};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use std::sync::Arc;

/// Nothing but this app's own style sheet and pictures; forms to this app; in nobody's frame.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

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
