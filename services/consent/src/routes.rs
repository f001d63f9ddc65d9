//! Every address of the consent app, and what each request passes on its way in and out.

use crate::{
    App,
    pages::{POLICY, consent, error, login, logout},
    refusal::{self, Refusal},
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::header,
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::get,
};
use chassis::browser;
use std::time::Duration;
use tower_http::{catch_panic::CatchPanicLayer, csrf::CsrfLayer};

/// A form holds a challenge and the address of the sign-in's start: a few kilobytes each.
const LARGEST_FORM: usize = 64 * 1024;
/// Longer than all calls of a page together.
const LONGEST_REQUEST: Duration = Duration::from_secs(20);

/// The route table. Layers are listed from the innermost to the outermost.
pub(crate) fn router(app: App, https: bool) -> Router {
    let policy = browser::Policy { content: POLICY, https };
    Router::new()
        .route("/authentication/login", get(login::show).post(login::submit))
        .route("/authentication/consent", get(consent::show).post(consent::submit))
        .route("/authentication/logout", get(logout::show).post(logout::submit))
        .route("/authentication/error", get(error::show))
        .route("/authentication/style.css", get(style))
        .method_not_allowed_fallback(async || Refusal::Method)
        .fallback(async || Refusal::NoPage)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(from_fn(in_time))
        .layer(CsrfLayer::new().with_rejection_response(|_| Refusal::ForeignForm.into_response()))
        .layer(CatchPanicLayer::custom(|_| Refusal::Broken("a panic".to_owned()).into_response()))
        .layer(from_fn_with_state(app.clone(), refusal::render))
        .layer(from_fn_with_state(policy, browser::headers))
        .layer(from_fn(telemetry::http_server::trace))
        .with_state(app)
}

async fn style() -> impl axum::response::IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, include_str!("../static/style.css"))
}

async fn in_time(request: Request, next: Next) -> Response {
    let late = || Refusal::Down { what: "the time for a page".to_owned(), retry: None };
    let answer = tokio::time::timeout(LONGEST_REQUEST, next.run(request)).await;
    answer.unwrap_or_else(|_| late().into_response())
}
