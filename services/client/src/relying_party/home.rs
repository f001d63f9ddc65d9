//! `/`: who is signed in, with what, and what the protected resource says.

use super::{RelyingParty, problem::Problem};
use crate::{
    profile::Outcome,
    session::{refresh::Refreshed, store::Session},
    view::{Granted, Home, Resource},
};
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};
use std::sync::Arc;

/// Everybody may see it; what it shows depends on who is signed in.
pub(super) async fn show(
    State(app): State<Arc<RelyingParty>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(session) = app.session(&headers).await? else {
        return Ok(app.view.welcome().into_response());
    };
    match app.refresher.refreshed(session).await? {
        Refreshed::Fresh(session) => {
            let profile = app.profiles.get(&session.grant.tokens.access).await;
            Ok(app.view.home(&page(&app, &session, profile)).into_response())
        }
        Refreshed::Stale(session) => {
            Ok(app.view.home(&page(&app, &session, Outcome::Unavailable)).into_response())
        }
        Refreshed::Ended => {
            Ok(([(header::SET_COOKIE, app.cookies.clear_session())], app.view.ended())
                .into_response())
        }
    }
}

impl RelyingParty {
    /// The session that the browser's cookie names, if it still lasts.
    async fn session(&self, headers: &HeaderMap) -> Result<Option<Session>, Problem> {
        let Some(id) = self.cookies.session(headers) else { return Ok(None) };
        let now = self.clock.now();
        let session = self.sessions.find(&id, now).await?;
        if let Some(session) = &session {
            self.sessions.touch(session, now).await?;
        }
        Ok(session)
    }
}

fn page(app: &RelyingParty, session: &Session, profile: Outcome) -> Home {
    let granted = session.grant.scopes.iter().map(|name| Granted {
        name: name.clone(),
        title: app.catalogue.describe(name, &[]).map(|scope| scope.title.to_owned()),
    });
    Home {
        subject: session.grant.subject.clone(),
        name: name(session, &profile),
        scopes: granted.collect(),
        resource: Resource::from(profile),
        form_token: app.seal.form_token(&session.id),
    }
}

/// From the profile, or else from the ID token.
fn name(session: &Session, profile: &Outcome) -> Option<String> {
    match profile {
        Outcome::Profile(profile) => Some(profile.display_name.clone()),
        Outcome::NotGranted | Outcome::Refused | Outcome::Unavailable => {
            session.grant.tokens.name.clone()
        }
    }
}
