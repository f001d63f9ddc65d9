//! May this token be given? Hydra asks at every call of its token endpoint (`oauth2.token_hook`).

use super::Hooks;
use crate::{claims::claims, config::WhenDown};
use axum::{
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// The grant of a client for itself (RFC 6749, section 4.4): no person has a say in it.
const CLIENT_CREDENTIALS: &str = "client_credentials";
const REFRESH: &str = "refresh_token";

/// What Hydra asks about. Go writes an empty list as null.
#[derive(Deserialize)]
struct Question {
    session: Session,
    request: Asked,
}

#[derive(Deserialize)]
struct Session {
    id_token: IdToken,
    #[serde(default, deserialize_with = "nullable")]
    extra: Map<String, Value>,
}

#[derive(Deserialize)]
struct IdToken {
    /// Who, whatever `sub` says to an app with pairwise subjects.
    #[serde(default)]
    subject: String,
    #[serde(default)]
    id_token_claims: IdTokenClaims,
}

#[derive(Default, Deserialize)]
struct IdTokenClaims {
    #[serde(default, deserialize_with = "nullable")]
    ext: Map<String, Value>,
}

#[derive(Deserialize)]
struct Asked {
    client_id: String,
    #[serde(default, deserialize_with = "nullable")]
    grant_types: Vec<String>,
    #[serde(default, deserialize_with = "nullable")]
    granted_scopes: Vec<String>,
}

/// 204 gives the token as it is, 200 with other claims, 403 not at all. Anything else is an error:
/// Hydra asks twice more, gives no token, and the app may try again.
pub(super) async fn answer(State(hooks): State<Hooks>, body: Bytes) -> Response {
    let Ok(Question { session, request }) = serde_json::from_slice(&body) else {
        tracing::error!("Hydra's question cannot be read: is this another version?");
        return StatusCode::BAD_REQUEST.into_response();
    };
    let only = |grant: &str| request.grant_types == [grant];
    if only(CLIENT_CREDENTIALS) {
        return StatusCode::NO_CONTENT.into_response();
    }
    let sid = session.id_token.id_token_claims.ext.get("sid").cloned().unwrap_or_default();
    let (id, subject) = (sid.as_str().unwrap_or_default(), &session.id_token.subject);
    match hooks.app.identity.resume(id, subject).await {
        Ok(Some((_, user))) if only(REFRESH) => {
            let mut id_token = claims(&user, &request.granted_scopes);
            // Hydra drops what it does not get back.
            id_token.insert("sid".to_owned(), sid);
            let session = json!({ "id_token": id_token, "access_token": session.extra });
            let fresh = json!({ "session": session }).to_string();
            ([(header::CONTENT_TYPE, "application/json")], fresh).into_response()
        }
        // At the sign-in Hydra does not tell what was granted, and the claims are fresh.
        Ok(Some(_)) => StatusCode::NO_CONTENT.into_response(),
        Ok(None) => {
            tracing::info!(client.id = request.client_id, "no token: the session has ended");
            StatusCode::FORBIDDEN.into_response()
        }
        Err(error) => {
            tracing::warn!(%error, decision = ?hooks.when_down, "identity was not asked");
            match hooks.when_down {
                WhenDown::Refuse => StatusCode::SERVICE_UNAVAILABLE.into_response(),
                WhenDown::Allow => StatusCode::NO_CONTENT.into_response(),
            }
        }
    }
}

fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
