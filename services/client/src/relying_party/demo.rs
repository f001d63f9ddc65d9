//! The demonstration's app: it registers itself, so that one command is enough to try a sign-in.

use super::paths::{BACK_CHANNEL_LOGOUT, SIGNED_OUT};
use crate::{
    opaque::OpaqueId,
    provider::{Provider, ProviderError, Registration},
    registry::{
        app::{App, Kind},
        apps::{AppError, Apps},
    },
};
use secrecy::SecretString;
use std::{sync::Arc, time::Duration};
use url::Url;

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Registers the app in the background, again and again until Hydra takes it: Hydra may start later
/// than this service.
pub(crate) fn register(
    apps: Apps,
    provider: Arc<Provider>,
    registration: &Registration,
    reached_at: Option<&Url>,
) {
    let (app, secret) = match app(&apps, registration, reached_at) {
        Ok(app) => (app, registration.credentials.secret().cloned()),
        Err(error) => {
            tracing::error!(?error, "the demonstration's app cannot be registered");
            return;
        }
    };
    let stop = apps.running.stopping();
    apps.running.clone().spawn(async move {
        let mut pause = FIRST_PAUSE;
        while let Err(error) = put(&apps, &provider, &app, secret.as_ref()).await {
            tracing::warn!(%error, "the demonstration's app is not registered yet");
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = LONGEST_PAUSE.min(pause * 2),
                () = stop.cancelled() => return,
            }
        }
        tracing::info!(client.id = app.client.client_id, "the demonstration's app is registered");
    });
}

/// What is there already is not written once more: the trail tells of changes.
async fn put(
    apps: &Apps,
    provider: &Provider,
    app: &App,
    secret: Option<&SecretString>,
) -> anyhow::Result<()> {
    let there = match apps.find(&app.client.client_id).await {
        Err(AppError::NotFound) => None,
        there => Some(there?),
    };
    if there.is_some_and(|there| there.is_described_by(app)) && is_believed(apps, provider).await? {
        return Ok(());
    }
    Ok(apps.put(app.clone(), secret.cloned()).await?)
}

/// Whether Hydra takes our secret or key, which it does not show: it is asked to end a token that
/// nobody has.
async fn is_believed(apps: &Apps, provider: &Provider) -> Result<bool, ProviderError> {
    let nobodys = OpaqueId::random().expose().to_owned();
    match provider.revoke(nobodys, apps.clock.now()).await {
        Err(ProviderError::Refused(_)) => Ok(false),
        answer => answer.map(|()| true),
    }
}

fn app(
    apps: &Apps,
    registration: &Registration,
    reached_at: Option<&Url>,
) -> Result<App, AppError> {
    let on = |url: &Url, path: &str| {
        let mut url = url.clone();
        url.set_path(path);
        url.to_string()
    };
    let at = |path: &str| on(&registration.redirect_url, path);
    let mut app = App::default();
    app.ours.kind = Some(Kind::Web);
    app.client.client_id.clone_from(&registration.client_id);
    app.client.client_name.clone_from(&registration.client_name);
    app.client.scope.clone_from(&registration.scope);
    app.client.redirect_uris = vec![registration.redirect_url.to_string()];
    app.client.post_logout_redirect_uris = vec![at(SIGNED_OUT)];
    app.client.backchannel_logout_uri = at(BACK_CHANNEL_LOGOUT);
    registration.credentials.method().clone_into(&mut app.client.token_endpoint_auth_method);
    app.client.jwks = registration.credentials.keys().map(|keys| keys.public());
    app.client.skip_logout_consent = true;
    let mut app = apps.checked(app)?;
    // On a network of its own Hydra may speak plain http with it, which the registry's rules know only
    // from loopback.
    if let Some(url) = reached_at {
        app.client.backchannel_logout_uri = on(url, BACK_CHANNEL_LOGOUT);
    }
    // As everybody who follows the article knows it. Without the implicit grant it opens nothing.
    app.client.response_types.push("id_token".to_owned());
    Ok(app)
}
