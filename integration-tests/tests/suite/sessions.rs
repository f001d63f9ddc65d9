//! What ID tokens say of how a person was authenticated, and who may go on without being asked.

use crate::{token_hook::add, tokens::App};
use database::{both_databases, scratch::Engine};
use latchkey::certificates::Holder;
use latchkey_integration_tests::{Addresses, Page, Suite, TWO, Visitor, visitor::Choice};
use latchkey_proto::identity::v1::{
    ListSessionsRequest, Session, session_service_client::SessionServiceClient,
};
use serde_json::{Value, json};
use std::time::Duration;

both_databases! {
    an_id_token_says_how_and_when_the_person_was_authenticated,
    a_logout_at_one_app_ends_the_session_for_all,
    more_than_a_password_is_never_claimed,
}

pub(crate) const REMEMBER: Choice<'_> = Choice { untick: &[], remember: true, refuse: false };

pub(crate) async fn app(at: &Addresses, id: &str) -> App {
    let grants = ["authorization_code", "refresh_token"];
    App::for_scope(at, id, &grants, "openid offline email users.read").await
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

pub(crate) async fn sessions(at: &Addresses, subject: &str) -> Vec<Session> {
    let channel = at.channel(&at.identity, Some(Holder::Operator)).await;
    let mut client = SessionServiceClient::new(channel);
    let request = ListSessionsRequest { subject: subject.to_owned(), ..Default::default() };
    client.list_sessions(request).await.unwrap().into_inner().sessions
}

/// Hydra tells us of it (`urls.identity_provider`), whichever app began it.
async fn a_logout_at_one_app_ends_the_session_for_all(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, subject) = add(at, "two.apps@example.com").await;
    let (app, visitor) = (app(at, "the-other-app").await, Visitor::new());
    let home = visitor.sign_in(at, person, REMEMBER).await;
    let seen = app.sign_in(&visitor, person, REMEMBER, &[]).await;
    let tokens = app.exchange(&seen).await;
    let kept = sessions(at, &subject).await;
    assert_eq!(kept.len(), 1, "one browser, one session: {kept:?}");
    assert_eq!(claims(&tokens)["sid"], kept[0].session_id);
    let tokens = app.refresh(&tokens).await;

    let form = home.form();
    let out = visitor.submit(&form, form.buttons.first().unwrap()).await;
    assert_eq!(out.url.path(), "/signed-out", "{}", out.text());
    assert_eq!(sessions(at, &subject).await, []);
    assert_eq!(app.refresh(&tokens).await["error"], "access_denied");
}

/// What an app wishes for is told as it is; what it insists on is refused, at the login and where
/// Hydra skips it.
async fn more_than_a_password_is_never_claimed(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (app, visitor) = (app(at, "wants-more").await, Visitor::new());
    let insist = r#"{"id_token": {"acr": {"essential": true, "values": ["aal2"]}}}"#;
    let refused = |seen: &Page| {
        let error = seen.url.query_pairs().find(|(name, _)| name == "error");
        assert_eq!(error.unwrap().1, "unmet_authentication_requirements", "{}", seen.url);
    };
    refused(&app.sign_in(&visitor, TWO, REMEMBER, &[("claims", insist)]).await);

    let wish = app.sign_in(&visitor, TWO, REMEMBER, &[("acr_values", "aal2")]).await;
    let said = claims(&app.exchange(&wish).await);
    assert_eq!((&said["acr"], &said["amr"]), (&json!("aal1"), &json!(["pwd"])));
    let skipped = visitor.stopping_at("/seen").open(app.start(&[("claims", insist)])).await;
    refused(&skipped);
}
