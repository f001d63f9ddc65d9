//! The guard that remembers nothing, beside the bare question to Hydra.

use crate::{ROUNDS, median, rate, row};
use database::scratch::Engine;
use hydra_admin::{Client, HydraAdmin};
use latchkey_integration_tests::Addresses;
use latchkey_token_guard::{Holders, Settings, TokenGuard};
use serde_json::Value;
use std::time::Duration;

pub(crate) async fn measure(engine: Engine, at: &Addresses) {
    let token = token(at).await;
    let url = at.hydra_admin.join("admin/oauth2/introspect").unwrap();
    let settings =
        Settings { granted_for: Duration::ZERO, holders: Holders::Clients, ..Settings::default() };
    let guard = TokenGuard::introspecting(url.clone(), &settings).unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();

    let (mut ours, mut bare, mut ratios) = (vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let (url, http, form) = (url.clone(), http.clone(), token.clone());
        bare.push(
            rate(move |_| {
                let request = http.post(url.clone()).form(&[("token", &form)]);
                async move {
                    let answer = request.send().await.unwrap().bytes().await.unwrap();
                    assert!(answer.starts_with(b"{\"active\":true"));
                }
            })
            .await,
        );
        let (guard, token) = (guard.clone(), token.clone());
        ours.push(
            rate(move |_| {
                let (guard, token) = (guard.clone(), token.clone());
                async move { drop(guard.check(&token).await.unwrap()) }
            })
            .await,
        );
        ratios.push(ours[ours.len() - 1] / bare[bare.len() - 1]);
    }
    row(engine, "tokens checked without memory /s", median(ours), None);
    row(engine, "introspections by a bare client /s", median(bare), None);
    row(engine, "guard without memory / bare introspection", median(ratios), Some(('>', 0.95)));
}

/// An access token of a client's own.
async fn token(at: &Addresses) -> String {
    let hydra =
        HydraAdmin::new(at.hydra_admin.clone(), at.hydra.clone(), Duration::from_secs(30)).unwrap();
    let client = Client {
        client_id: "measured".to_owned(),
        client_secret: Some("a-secret-of-the-benchmark".to_owned()),
        grant_types: vec!["client_credentials".to_owned()],
        token_endpoint_auth_method: "client_secret_post".to_owned(),
        ..Client::default()
    };
    hydra.create_client(&client).await.unwrap();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "measured"),
        ("client_secret", "a-secret-of-the-benchmark"),
    ];
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.post(at.hydra.join("oauth2/token").unwrap()).form(&form).send().await;
    let answer: Value = answer.unwrap().json().await.unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}
