//! What Hydra could not do, and could not tell the app either (`urls.error`).

use crate::{App, browser::Browser, refusal::Refusal, view::Message};
use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

/// The error in our own words: its description comes from the address line, where anybody can
/// write, so only the code is read.
pub(crate) async fn show(
    State(app): State<App>,
    browser: Browser,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = query.unwrap_or_default();
    let code = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "error");
    let (status, words) = match code.as_ref().map(|(_, code)| code.as_ref()) {
        Some("access_denied") => (StatusCode::FORBIDDEN, "error-access-denied"),
        Some("invalid_client" | "unauthorized_client") => (StatusCode::BAD_REQUEST, "error-client"),
        Some("unsupported_response_type" | "invalid_scope" | "request_not_supported") => {
            (StatusCode::BAD_REQUEST, "error-unsupported")
        }
        Some("login_required" | "consent_required" | "interaction_required") => {
            (StatusCode::BAD_REQUEST, "error-login-required")
        }
        Some("server_error" | "temporarily_unavailable") => {
            (StatusCode::BAD_GATEWAY, "error-server")
        }
        _ => (StatusCode::BAD_REQUEST, "error-request"),
    };
    let reader = app.view.reader(&browser.preference, &[]);
    let page = Message { words, way_on: None, again: None, trace_id: telemetry::trace_id() };
    Ok((status, app.view.render(&reader, &page)?).into_response())
}
