//! The demonstration's app: it registers itself, so that one command is enough to try a sign-in.

use crate::{
    provider::Registration,
    relying_party::paths::{BACK_CHANNEL_LOGOUT, SIGNED_OUT},
};
use chassis::process::Running;
use hydra_admin::{Client, HydraAdmin};
use secrecy::ExposeSecret as _;
use std::time::Duration;

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Registers the app in the background, again and again until Hydra takes it: Hydra may start later
/// than this service.
pub(crate) fn register(running: &Running, hydra: HydraAdmin, registration: &Registration) {
    let (client, stop) = (client(registration), running.stopping());
    running.spawn(async move {
        let mut pause = FIRST_PAUSE;
        while let Err(error) = hydra.put_client(&client).await {
            tracing::warn!(%error, "the demonstration's app is not registered yet");
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = LONGEST_PAUSE.min(pause * 2),
                () = stop.cancelled() => return,
            }
        }
        tracing::info!(client.id = client.client_id, "the demonstration's app is registered");
    });
}

fn client(registration: &Registration) -> Client {
    let own = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let at = |path: &str| {
        let mut url = registration.redirect_url.clone();
        url.set_path(path);
        url.to_string()
    };
    Client {
        client_id: registration.client_id.clone(),
        client_name: "MyApp".to_owned(),
        client_secret: Some(registration.client_secret.expose_secret().to_owned()),
        scope: registration.scope.clone(),
        redirect_uris: vec![registration.redirect_url.to_string()],
        post_logout_redirect_uris: vec![at(SIGNED_OUT)],
        backchannel_logout_uri: at(BACK_CHANNEL_LOGOUT),
        grant_types: own(&["authorization_code", "refresh_token"]),
        response_types: own(&["code", "id_token"]),
        token_endpoint_auth_method: if registration.basic {
            "client_secret_basic".to_owned()
        } else {
            "client_secret_post".to_owned()
        },
        skip_logout_consent: true,
        ..Client::default()
    }
}
