//! The provider tells that somebody has signed out: from server to server, or by a frame in the
//! person's browser.

use super::{RelyingParty, problem::Problem};
use crate::provider::ProviderError;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
};
use serde::Deserialize;
use std::sync::Arc;

/// The form of a back-channel logout.
#[derive(Deserialize)]
pub(super) struct BackChannel {
    logout_token: String,
}

/// The query of a front-channel logout.
#[derive(Deserialize)]
pub(super) struct FrontChannel {
    iss: String,
    sid: String,
}

/// OpenID Connect Back-Channel Logout, section 2.5.
pub(super) async fn back_channel(
    State(app): State<Arc<RelyingParty>>,
    Form(form): Form<BackChannel>,
) -> Result<StatusCode, Problem> {
    let logout = match app.provider.logout(&form.logout_token, app.clock.now()).await {
        Ok(logout) => logout,
        Err(error @ ProviderError::Unreachable(_)) => return Err(error.into()),
        Err(error) => {
            tracing::warn!(%error, "a logout token is refused");
            return Err(Problem::Status(StatusCode::BAD_REQUEST));
        }
    };
    let Some(sessions) = app.sessions.log_out(&logout).await? else {
        tracing::warn!("a logout token comes a second time");
        return Err(Problem::Status(StatusCode::BAD_REQUEST));
    };
    tracing::info!(sessions, "the provider has signed somebody out");
    Ok(StatusCode::OK)
}

/// OpenID Connect Front-Channel Logout, section 3. The frame carries no cookie of ours, so the
/// session is found by the provider's id of it, which nobody can guess. That the frame shows nothing
/// (`frame-ancestors`) does not matter: the request is what counts.
pub(super) async fn front_channel(
    State(app): State<Arc<RelyingParty>>,
    Query(query): Query<FrontChannel>,
) -> Result<StatusCode, Problem> {
    if query.iss != app.provider.metadata().await?.issuer || query.sid.is_empty() {
        return Err(Problem::Status(StatusCode::BAD_REQUEST));
    }
    app.sessions.log_out_browser(&query.sid).await?;
    Ok(StatusCode::OK)
}
