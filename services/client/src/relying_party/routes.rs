//! Every path of the app, and what lies around all of them.

use super::{
    RelyingParty, callback, headers, home,
    paths::{BACK_CHANNEL_LOGOUT, CALLBACKS, FRONT_CHANNEL_LOGOUT, SIGN_IN, SIGN_OUT, SIGNED_OUT},
    sign_in, sign_out, told,
};
use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use chassis::browser;
use std::{sync::Arc, time::Duration};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer, csrf::CsrfLayer, limit::RequestBodyLimitLayer,
    timeout::TimeoutLayer,
};

/// The largest form of ours has some hundred bytes.
const LARGEST_BODY: usize = 16 * 1024;
/// Longer than any wait inside a page.
const LONGEST_REQUEST: Duration = Duration::from_secs(15);

/// The app. The outermost layer comes first.
pub(crate) fn router(app: Arc<RelyingParty>) -> Router {
    let https = app.origin.scheme() == "https";
    let policy = browser::Policy { content: headers::POLICY, https };
    let around = ServiceBuilder::new()
        .layer(from_fn(telemetry::http_server::trace))
        .layer(from_fn_with_state(policy, browser::headers))
        .layer(from_fn_with_state(app.clone(), headers::explain))
        .layer(CatchPanicLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_REQUEST))
        .layer(CsrfLayer::new())
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY));
    Router::new()
        .route("/", get(home::show))
        .route(SIGN_IN, get(sign_in::begin).head(not_for_head))
        .route(CALLBACKS, get(callback::complete).head(not_for_head))
        .route(SIGN_OUT, post(sign_out::submit))
        .route(SIGNED_OUT, get(sign_out::landing))
        .route(BACK_CHANNEL_LOGOUT, post(told::back_channel))
        .route(FRONT_CHANNEL_LOGOUT, get(told::front_channel).head(not_for_head))
        .route("/assets/style.css", asset("text/css", include_str!("../../static/style.css")))
        .route("/assets/icon.svg", asset("image/svg+xml", include_str!("../../static/icon.svg")))
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(around)
        .with_state(app)
}

/// A link checker must not start or spend a sign-in.
async fn not_for_head() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, HeaderValue::from_static("GET"))])
        .into_response()
}

fn asset<S: Clone + Send + Sync + 'static>(
    media_type: &'static str,
    content: &'static str,
) -> MethodRouter<S> {
    let headers =
        [(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "public, max-age=3600")];
    get(async move || (headers, content))
}
