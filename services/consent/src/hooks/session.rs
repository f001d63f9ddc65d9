//! A login has ended at Hydra (`urls.identity_provider.url`): identity's record of it ends too.

use super::Hooks;
use axum::{
    extract::{Path, State},
    http::StatusCode,
};

pub(super) async fn end(State(hooks): State<Hooks>, Path(id): Path<String>) -> StatusCode {
    match hooks.app.identity.end_session(&id).await {
        Ok(true) => StatusCode::NO_CONTENT,
        Ok(false) => StatusCode::NOT_FOUND,
        Err(error) => {
            tracing::warn!(%error, "a session that has ended at Hydra is not ended yet");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
