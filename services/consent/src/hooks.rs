//! What Hydra asks and tells by itself: on the internal listener, and with a key.

mod session;
mod token;

use crate::{App, config::WhenDown};
use aws_lc_rs::constant_time;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::{delete, post},
};
use secrecy::{ExposeSecret as _, SecretString};

/// Hydra sends the session of a token: a few kilobytes.
const LARGEST_CALL: usize = 256 * 1024;

/// What the hooks work with.
#[derive(Clone)]
struct Hooks {
    app: App,
    when_down: WhenDown,
}

/// The hooks, for whoever shows the key as a bearer token.
pub(crate) fn router(app: App, key: &SecretString, when_down: WhenDown) -> Router {
    let expected = SecretString::from(format!("Bearer {}", key.expose_secret()));
    Router::new()
        .route("/hooks/token", post(token::answer))
        // Below the address that Hydra knows as its identity provider, in the words of Ory Kratos.
        .route("/hooks/admin/sessions/{id}", delete(session::end))
        .layer(DefaultBodyLimit::max(LARGEST_CALL))
        .layer(from_fn_with_state(expected, only_hydra))
        .layer(from_fn(telemetry::http_server::continue_trace))
        .with_state(Hooks { app, when_down })
}

async fn only_hydra(
    State(expected): State<SecretString>,
    request: Request,
    next: Next,
) -> Response {
    let sent = request.headers().get(header::AUTHORIZATION);
    let sent = sent.map(HeaderValue::as_bytes).unwrap_or_default();
    let expected = expected.expose_secret().as_bytes();
    if constant_time::verify_slices_are_equal(expected, sent).is_err() {
        tracing::warn!("a hook was called without the key");
        return StatusCode::UNAUTHORIZED.into_response();
    }
    next.run(request).await
}
