//! Every path of the app, and what lies around all of them.

use super::{
    RelyingParty, callback, headers, home,
    paths::{
        BACK_CHANNEL_LOGOUT, CALLBACKS, FRONT_CHANNEL_LOGOUT, KEYS, SIGN_IN, SIGN_OUT, SIGNED_OUT,
        TOKENS,
    },
    sign_in, sign_out, tokens, told,
};
use axum::{
    Router,
    extract::State,
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
    let demo =
        if app.demo { post(tokens::reveal) } else { MethodRouter::new().fallback(not_found) };
    Router::new()
        .route("/", get(home::show))
        .route(TOKENS, demo)
        .route(SIGN_IN, get(sign_in::begin).head(not_for_head))
        .route(CALLBACKS, get(callback::complete).head(not_for_head))
        .route(SIGN_OUT, post(sign_out::submit))
        .route(SIGNED_OUT, get(sign_out::landing))
        .route(BACK_CHANNEL_LOGOUT, post(told::back_channel))
        .route(FRONT_CHANNEL_LOGOUT, get(told::front_channel).head(not_for_head))
        .route(KEYS, get(keys))
        .route("/assets/style.css", asset("text/css", include_str!("../../static/style.css")))
        .route("/assets/icon.svg", asset("image/svg+xml", include_str!("../../static/icon.svg")))
        .fallback(not_found)
        .layer(around)
        .with_state(app)
}

async fn not_found() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// The keys that Hydra has to know this app by (RFC 7517). An app with a secret has none.
async fn keys(State(app): State<Arc<RelyingParty>>) -> Response {
    let Some(keys) = app.provider.own_keys() else { return StatusCode::NOT_FOUND.into_response() };
    let media_type = [(header::CONTENT_TYPE, "application/jwk-set+json")];
    (media_type, keys.to_string()).into_response()
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
