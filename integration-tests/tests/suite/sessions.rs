//! What ID tokens say of how a person was authenticated, and who may go on without being asked.

use crate::tokens::App;
use database::{both_databases, scratch::Engine};
use latchkey_integration_tests::{Addresses, Suite, TWO, Visitor, visitor::Choice};
use serde_json::{Value, json};
use std::time::Duration;

both_databases! {
    an_id_token_says_how_and_when_the_person_was_authenticated,
}

pub(crate) const REMEMBER: Choice<'_> = Choice { untick: &[], remember: true, refuse: false };

pub(crate) async fn app(at: &Addresses, id: &str) -> App {
    App::register(at, id, &["authorization_code", "refresh_token"]).await
}

/// What an ID token says. Its signature is the client's to check, and has tests of its own there.
pub(crate) fn claims(tokens: &Value) -> Value {
    let token = tokens["id_token"].as_str().unwrap_or_else(|| panic!("{tokens}"));
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64url(payload)).unwrap()
}

fn base64url(text: &str) -> Vec<u8> {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

async fn an_id_token_says_how_and_when_the_person_was_authenticated(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (app, visitor) = (app(at, "how-and-when").await, Visitor::new());
    let first = app.sign_in(&visitor, TWO, REMEMBER, &[]).await;
    let first = claims(&app.exchange(&first).await);
    assert_eq!(first["acr"], "aal1");
    assert_eq!(first["amr"], json!(["pwd"]));

    // Hydra skips the login, and has forgotten how it was done.
    let skipped = visitor.stopping_at("/seen").open(app.start(&[])).await;
    assert_eq!(skipped.url.path(), "/seen", "{}", skipped.text());
    let skipped = claims(&app.exchange(&skipped).await);
    for claim in ["acr", "amr", "auth_time", "sid", "sub"] {
        assert_eq!(skipped[claim], first[claim], "{claim}");
    }

    // Too long ago for the app: the person shows the password once more.
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let fresh = app.sign_in(&visitor, TWO, REMEMBER, &[("max_age", "1")]).await;
    let fresh = claims(&app.exchange(&fresh).await);
    assert!(fresh["auth_time"].as_i64() > first["auth_time"].as_i64(), "{fresh}");
    assert_eq!((&fresh["acr"], &fresh["sub"]), (&first["acr"], &first["sub"]));
}
