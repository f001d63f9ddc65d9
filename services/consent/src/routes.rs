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
    http::{HeaderMap, HeaderValue, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::get,
};
use chassis::browser;
use std::time::Duration;
use tower_http::{catch_panic::CatchPanicLayer, csrf::CsrfLayer};

/// A form holds a challenge and the address of the sign-in's start: a few kilobytes each.
const LARGEST_FORM: usize = 64 * 1024;
/// Longer than people wait for a page, also where each of its calls takes long.
const LONGEST_REQUEST: Duration = Duration::from_secs(20);

/// The route table, behind what protects it.
pub(crate) fn router(app: App, https: bool, preview: bool) -> Router {
    let pages = Router::new()
        .route("/authentication/login", get(login::show).head(not_for_head).post(login::submit))
        .route(
            "/authentication/consent",
            get(consent::show).head(not_for_head).post(consent::submit),
        )
        .route("/authentication/logout", get(logout::show).head(not_for_head).post(logout::submit))
        .route("/authentication/signed-out", get(logout::landing))
        .route(apps::APPS, get(apps::show).post(apps::submit))
        .route(account::CALLBACK, get(apps::callback).head(not_for_head))
        .route("/authentication/error", get(error::show))
        .route("/authentication/static/{*file}", get(asset));
    let pages = if preview {
        pages
            .route("/authentication/preview", get(preview::list))
            .route("/authentication/preview/{name}", get(preview::show))
            .route("/authentication/preview/{look}/{name}", get(preview::show_in))
    } else {
        pages
    };
    protect(pages, app, https)
}

/// What each request passes on its way in and out. Layers are listed from the innermost to the outermost.
fn protect(pages: Router<App>, app: App, https: bool) -> Router {
    let policy = browser::Policy { content: POLICY, https };
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

/// Where Hydra knows the answer already, a page gives it: a link checker must not.
async fn not_for_head() -> Response {
    ([(header::ALLOW, HeaderValue::from_static("GET"))], Refusal::Method).into_response()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Consent};
    use axum::{
        body::{Body, to_bytes},
        http::StatusCode,
    };
    use chassis::process::Running;
    use clap::Parser as _;
    use tower::ServiceExt as _;

    /// A defect of ours ends one request, with a page of ours, and not the service.
    #[tokio::test]
    async fn a_page_that_panics_is_told_in_words_and_the_next_one_works() {
        let config =
            Config::parse_from(["consent", "--cookie-key=0123456789abcdef0123456789abcdef"]);
        let app = Consent::build(&config, &Running::new()).await.unwrap();
        let pages = Router::new()
            .route("/panics", get(async || -> &str { panic!("a secret of the code") }))
            .route("/works", get(async || "it works"));
        let router = protect(pages, app, true);
        for _ in 0..2 {
            let request = Request::get("/panics").body(Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
            let header = |name| answer.headers()[name].to_str().unwrap();
            assert_eq!(header(header::CONTENT_SECURITY_POLICY), POLICY);
            assert_eq!(header(header::CACHE_CONTROL), "no-store");
            let html = to_bytes(answer.into_body(), 64 * 1024).await.unwrap();
            let html = String::from_utf8(html.to_vec()).unwrap();
            assert!(html.contains("Something went wrong on our side"), "{html}");
            assert!(!html.contains("secret"), "{html}");

            let request = Request::get("/works").body(Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
        }
    }
}
