//! `/sign-out`: ends the session here, its tokens, and then the one at Hydra (OpenID Connect
//! RP-Initiated Logout). `/signed-out`: where Hydra sends the browser afterwards.

use super::{RelyingParty, paths::SIGNED_OUT, problem::Problem};
use crate::{opaque::OpaqueId, provider::ProviderError, session::store::Session};
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{AppendHeaders, IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use std::sync::Arc;
use url::Url;

const REFRESH: HeaderName = HeaderName::from_static("refresh");

/// The form on the home page.
#[derive(Deserialize)]
pub(super) struct SignOut {
    #[serde(default)]
    form_token: String,
}

/// Whatever Hydra does, the session here has ended when this answers.
pub(super) async fn submit(
    State(app): State<Arc<RelyingParty>>,
    headers: HeaderMap,
    Form(form): Form<SignOut>,
) -> Result<Response, Problem> {
    let Some(id) = app.cookies.session(&headers) else {
        return Ok(Redirect::to(SIGNED_OUT).into_response());
    };
    if !app.seal.is_form_token(&id, &form.form_token) {
        return Err(Problem::ForeignForm);
    }
    let session = app.sessions.find(&id, app.clock.now()).await?;
    app.sessions.leave(&id, app.clock.now()).await?;
    let cookie = AppendHeaders([(header::SET_COOKIE, app.cookies.clear_session())]);
    match session {
        Some(session) => Ok((cookie, app.leave(session).await).into_response()),
        None => Ok((cookie, Redirect::to(SIGNED_OUT)).into_response()),
    }
}

/// Says that it is done.
pub(super) async fn landing(State(app): State<Arc<RelyingParty>>) -> Response {
    app.view.signed_out().into_response()
}

impl RelyingParty {
    async fn leave(&self, session: Session) -> Response {
        let tokens = session.grant.tokens;
        let revoked = self.revocations.revoke(&session.id.sha256(), tokens.refresh).await;
        let metadata = self.provider.metadata().await.ok();
        let to = metadata.map(|known| self.end_session(&known.end_session_endpoint, &tokens.id));
        match (revoked, to) {
            (Err(ProviderError::Unreachable(_)), to) => self.here_only(to.as_ref()),
            (_, None) => self.here_only(None),
            (_, Some(to)) => self.on_to(&to),
        }
    }

    fn here_only(&self, there: Option<&Url>) -> Response {
        self.view.signed_out_here_only(there.map(Url::as_str)).into_response()
    }

    /// Chrome applies `form-action` to the redirects after a form, and a redirect to Hydra would be
    /// stopped: this page goes on by itself, without a script, and has a link besides.
    fn on_to(&self, to: &Url) -> Response {
        let page = self.view.leaving(to.as_str());
        match HeaderValue::from_str(&format!("0; url={to}")) {
            Ok(refresh) => (AppendHeaders([(REFRESH, refresh)]), page).into_response(),
            Err(_) => page.into_response(),
        }
    }

    fn end_session(&self, endpoint: &Url, id_token: &str) -> Url {
        let mut back = self.origin.clone();
        back.set_path(SIGNED_OUT);
        let mut to = endpoint.clone();
        to.query_pairs_mut()
            .append_pair("id_token_hint", id_token)
            .append_pair("post_logout_redirect_uri", back.as_str())
            // Comes back to a page that is the same for everybody, so nothing is kept to compare.
            .append_pair("state", OpaqueId::random().expose());
        to
    }
}
