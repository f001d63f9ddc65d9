//! May this token be given? Hydra asks at every call of its token endpoint (`oauth2.token_hook`).

use super::Hooks;
use crate::{
    App,
    claims::claims,
    config::WhenDown,
    identity::Unavailable,
    policy::{Policy, Unreadable},
};
use axum::{
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use latchkey_proto::identity::v1::User;
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
    match allowed(&hooks.app, id, subject, &request.client_id).await {
        Ok(user) if only(REFRESH) => {
            let mut id_token = claims(&user, &request.granted_scopes);
            // Hydra drops what it does not get back.
            id_token.insert("sid".to_owned(), sid);
            let session = json!({ "id_token": id_token, "access_token": session.extra });
            let fresh = json!({ "session": session }).to_string();
            ([(header::CONTENT_TYPE, "application/json")], fresh).into_response()
        }
        // At the sign-in Hydra does not tell what was granted, and the claims are fresh.
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(No::Token(why)) => {
            tracing::info!(client.id = request.client_id, why, "no token");
            StatusCode::FORBIDDEN.into_response()
        }
        Err(No::Answer(error)) => {
            tracing::warn!(error, decision = ?hooks.when_down, "nobody says who gets tokens");
            match hooks.when_down {
                WhenDown::Refuse => StatusCode::SERVICE_UNAVAILABLE.into_response(),
                WhenDown::Allow => StatusCode::NO_CONTENT.into_response(),
            }
        }
    }
}

/// Why nobody is allowed a token.
enum No {
    Token(&'static str),
    /// Whoever decides is down.
    Answer(String),
}

impl From<Unavailable> for No {
    fn from(error: Unavailable) -> Self {
        Self::Answer(error.to_string())
    }
}

impl From<hydra_admin::Error> for No {
    fn from(error: hydra_admin::Error) -> Self {
        Self::Answer(error.to_string())
    }
}

impl From<Unreadable> for No {
    fn from(_: Unreadable) -> Self {
        Self::Token("the app's policy cannot be read")
    }
}

/// The person, if identity lets them go on, and the app does that asks for the token.
async fn allowed(app: &App, session_id: &str, subject: &str, client_id: &str) -> Result<User, No> {
    let resumed = app.identity.resume(session_id, subject).await?;
    let (session, user) = resumed.ok_or(No::Token("the session has ended"))?;
    let policy = Policy::of(&app.hydra.client(client_id).await?)?;
    if !policy.is_met_by(&session.acr) {
        return Err(No::Token("the app asks for a stronger sign-in"));
    }
    if !policy.admits(&user.groups) {
        return Err(No::Token("the person is in none of the app's groups"));
    }
    let signed_in = session.auth_time.map_or(0, |time| time.seconds);
    if !policy.lasts(signed_in, app.remembering.now()) {
        return Err(No::Token("the app allows no longer session"));
    }
    Ok(user)
}

fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
