//! The demonstration's app: it registers itself, so that one command is enough to try a sign-in.

use super::{
    app::{App, Kind},
    apps::{AppError, Apps},
};
use crate::{
    provider::{Registration, SigningKey},
    relying_party::paths::{BACK_CHANNEL_LOGOUT, SIGNED_OUT},
};
use std::time::Duration;

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Registers the app in the background, again and again until Hydra takes it: Hydra may start later
/// than this service.
pub(crate) fn register(apps: Apps, registration: &Registration) {
    let (app, secret) = match app(&apps, registration) {
        Ok(app) => (app, registration.credentials.secret().cloned()),
        Err(error) => {
            tracing::error!(?error, "the demonstration's app cannot be registered");
            return;
        }
    };
    let stop = apps.running.stopping();
    apps.running.clone().spawn(async move {
        let mut pause = FIRST_PAUSE;
        while let Err(error) = apps.put(app.clone(), secret.clone()).await {
            tracing::warn!(%error, "the demonstration's app is not registered yet");
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = LONGEST_PAUSE.min(pause * 2),
                () = stop.cancelled() => return,
            }
        }
        tracing::info!(client.id = app.client.client_id, "the demonstration's app is registered");
    });
}

fn app(apps: &Apps, registration: &Registration) -> Result<App, AppError> {
    let at = |path: &str| {
        let mut url = registration.redirect_url.clone();
        url.set_path(path);
        url.to_string()
    };
    let mut app = App::default();
    app.ours.kind = Some(Kind::Web);
    app.client.client_id.clone_from(&registration.client_id);
    "MyApp".clone_into(&mut app.client.client_name);
    app.client.scope.clone_from(&registration.scope);
    app.client.redirect_uris = vec![registration.redirect_url.to_string()];
    app.client.post_logout_redirect_uris = vec![at(SIGNED_OUT)];
    app.client.backchannel_logout_uri = at(BACK_CHANNEL_LOGOUT);
    registration.credentials.method().clone_into(&mut app.client.token_endpoint_auth_method);
    app.client.jwks = registration.credentials.key().map(SigningKey::public);
    app.client.skip_logout_consent = true;
    let mut app = apps.checked(app)?;
    // As everybody who follows the article knows it. Without the implicit grant it opens nothing.
    app.client.response_types.push("id_token".to_owned());
    Ok(app)
}
