//! Every address of the consent app, and what each request passes on its way in and out.

use crate::{
    App, account,
    pages::{POLICY, apps, consent, error, login, logout, preview},
    reader,
    refusal::{self, Refusal},
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, RawQuery, Request, State},
    http::HeaderMap,
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
pub(crate) fn router(app: App, https: bool, preview: bool) -> Router {
    let policy = browser::Policy { content: POLICY, https };
    let pages = Router::new()
        .route("/authentication/login", get(login::show).post(login::submit))
        .route("/authentication/consent", get(consent::show).post(consent::submit))
        .route("/authentication/logout", get(logout::show).post(logout::submit))
        .route("/authentication/signed-out", get(logout::landing))
        .route(apps::APPS, get(apps::show).post(apps::submit))
        .route(account::CALLBACK, get(apps::callback))
        .route("/authentication/error", get(error::show))
        .route("/authentication/static/{file}", get(asset));
    let pages = if preview {
        pages
            .route("/authentication/preview", get(preview::list))
            .route("/authentication/preview/{name}", get(preview::show))
    } else {
        pages
    };
    pages
        .method_not_allowed_fallback(async || Refusal::Method)
        .fallback(async || Refusal::NoPage)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(from_fn(in_time))
        .layer(from_fn_with_state(app.clone(), reader::switch))
        .layer(CsrfLayer::new().with_rejection_response(|_| Refusal::ForeignForm.into_response()))
        .layer(CatchPanicLayer::custom(|_| Refusal::Broken("a panic".to_owned()).into_response()))
        .layer(from_fn_with_state(app.clone(), refusal::render))
        .layer(from_fn_with_state(policy, browser::headers))
        .layer(from_fn(telemetry::http_server::trace))
        .with_state(app)
}

async fn asset(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let asset = app.view.asset(&name).ok_or(Refusal::NoPage)?;
    Ok(asset.answer(query.as_deref(), &headers))
}

async fn in_time(request: Request, next: Next) -> Response {
    let late = || Refusal::Down { what: "the time for a page".to_owned(), retry: None };
    let answer = tokio::time::timeout(LONGEST_REQUEST, next.run(request)).await;
    answer.unwrap_or_else(|_| late().into_response())
}
