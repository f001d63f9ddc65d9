//! Who gets tokens: Hydra asks consent, and consent asks identity, whenever a token is to be given.

use crate::{
    sessions::{app, claims},
    tokens::App,
};
use chassis::grpc::Channel;
use database::{both_databases, scratch::Engine};
use latchkey::{certificates::Holder, stack::Component};
use latchkey_integration_tests::{
    Addresses, ONE, Person, Suite, Visitor, suite::Options, visitor::Choice,
};
use latchkey_proto::identity::v1::{
    CreateUserRequest, DeleteUserRequest, DisableUserRequest, EndSessionRequest, UpdateUserRequest,
    User, session_service_client::SessionServiceClient, user_service_client::UserServiceClient,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

both_databases! {
    a_changed_email_address_shows_at_the_next_refresh,
    who_was_disabled_gets_no_more_tokens,
    who_was_deleted_gets_no_more_tokens,
    a_session_that_has_ended_gets_no_more_tokens,
    who_was_disabled_on_the_way_gets_no_token,
    a_hook_answers_nobody_without_the_key,
}

pub(crate) const PASSWORD: &str = "a password for one test";

pub(crate) async fn users(at: &Addresses) -> UserServiceClient<Channel> {
    UserServiceClient::new(at.channel(&at.identity, Some(Holder::Operator)).await)
}

/// Somebody of the test's own.
pub(crate) async fn add(at: &Addresses, email: &'static str) -> (Person, String) {
    let request = CreateUserRequest {
        email: email.to_owned(),
        display_name: "Somebody".to_owned(),
        password: PASSWORD.to_owned(),
        ..Default::default()
    };
    let user = users(at).await.create_user(request).await.unwrap().into_inner().user.unwrap();
    (Person { subject: "", email, password: PASSWORD }, user.subject)
}

pub(crate) async fn disable(at: &Addresses, subject: &str) {
    let request = DisableUserRequest { subject: subject.to_owned(), etag: String::new() };
    users(at).await.disable_user(request).await.unwrap();
}

/// Ends it in identity's record alone.
pub(crate) async fn end_session(at: &Addresses, id: &str) {
    let channel = at.channel(&at.identity, Some(Holder::Operator)).await;
    let request = EndSessionRequest { session_id: id.to_owned() };
    SessionServiceClient::new(channel).end_session(request).await.unwrap();
}

async fn tokens(app: &App, person: Person) -> Value {
    let seen = app.sign_in(&Visitor::new(), person, Choice::default(), &[]).await;
    app.exchange(&seen).await
}

async fn a_changed_email_address_shows_at_the_next_refresh(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, subject) = add(at, "before@example.com").await;
    let app = app(at, "changes").await;
    let first = tokens(&app, person).await;
    assert_eq!(claims(&first)["email"], "before@example.com");

    let user = User { subject, email: "after@example.com".to_owned(), ..Default::default() };
    let update_mask = Some(prost_types::FieldMask { paths: vec!["email".to_owned()] });
    let request = UpdateUserRequest { user: Some(user), update_mask };
    users(at).await.update_user(request).await.unwrap();

    let mut tokens = first.clone();
    for _ in 0..2 {
        tokens = app.refresh(&tokens).await;
        let said = claims(&tokens);
        assert_eq!(said["email"], "after@example.com", "{said}");
        for claim in ["sub", "sid", "acr", "amr", "auth_time"] {
            assert_eq!(said[claim], claims(&first)[claim], "{claim}");
        }
    }
}

async fn who_was_disabled_gets_no_more_tokens(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, subject) = add(at, "disabled@example.com").await;
    let app = app(at, "of-the-disabled").await;
    let first = tokens(&app, person).await;
    let second = app.refresh(&first).await;
    disable(at, &subject).await;
    let refused = app.refresh(&second).await;
    assert!(refused["access_token"].is_null() && refused["error"].is_string(), "{refused}");
}

async fn who_was_deleted_gets_no_more_tokens(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, subject) = add(at, "deleted@example.com").await;
    let app = app(at, "of-the-deleted").await;
    let first = tokens(&app, person).await;
    let request = DeleteUserRequest { subject, etag: String::new() };
    users(at).await.delete_user(request).await.unwrap();
    let refused = app.refresh(&first).await;
    assert!(refused["access_token"].is_null() && refused["error"].is_string(), "{refused}");
}

async fn a_session_that_has_ended_gets_no_more_tokens(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, _) = add(at, "ended@example.com").await;
    let app = app(at, "of-the-ended").await;
    let (here, there) = (tokens(&app, person).await, tokens(&app, person).await);
    end_session(at, claims(&here)["sid"].as_str().unwrap()).await;
    assert_eq!(app.refresh(&here).await["error"], "access_denied");
    let there = app.refresh(&there).await;
    assert!(there["access_token"].is_string(), "another session goes on: {there}");
}

async fn who_was_disabled_on_the_way_gets_no_token(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, subject) = add(at, "on.the.way@example.com").await;
    let app = app(at, "on-the-way").await;
    let seen = app.sign_in(&Visitor::new(), person, Choice::default(), &[]).await;
    disable(at, &subject).await;
    let refused = app.exchange(&seen).await;
    assert!(refused["access_token"].is_null() && refused["error"].is_string(), "{refused}");
}

#[expect(clippy::disallowed_methods, reason = "a stranger, not a service")]
async fn a_hook_answers_nobody_without_the_key(engine: Engine) {
    let at = Suite::shared(engine).await;
    let http = reqwest::Client::builder().build().unwrap();
    let token = at.internal[1].join("hooks/token").unwrap();
    let session = at.internal[1].join("hooks/admin/sessions/sid").unwrap();
    for key in ["", "Bearer ", "Bearer wrong"] {
        let calls = [http.post(token.clone()).json(&json!({})), http.delete(session.clone())];
        for call in calls {
            let answer = call.header("authorization", key).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{key}");
        }
    }
    let public = http.post(at.consent.join("hooks/token").unwrap()).send().await.unwrap();
    assert_eq!(public.status(), StatusCode::NOT_FOUND, "not where browsers come");
}

/// Nobody can say whether the person may still have tokens: there are none, and none is lost. An
/// app's own token is no person's.
#[tokio::test]
async fn without_identity_nobody_is_given_a_token_by_default() {
    let suite = Suite::start(Engine::Sqlite).await;
    let at = suite.addresses();
    let app = app(at, "patient").await;
    let machine = App::for_scope(at, "machine", &["client_credentials"], "users.read").await;
    let first = tokens(&app, ONE).await;

    suite.kill(Component::Identity).await;
    let refused = app.refresh(&first).await;
    assert_eq!(refused["error"], "server_error", "{refused}");
    let own = machine.token(&[("grant_type", "client_credentials")]).await;
    assert!(own["access_token"].is_string(), "{own}");

    suite.bring_back(Component::Identity).await;
    let second = app.refresh(&first).await;
    assert!(second["access_token"].is_string(), "nothing was used up: {second}");
    suite.kill(Component::Consent).await;
    let refused = app.refresh(&second).await;
    assert_eq!(refused["error"], "server_error", "{refused}");
}

#[tokio::test]
async fn without_identity_tokens_are_given_where_the_operator_says_so() {
    let allow = Options::default().argument(Component::Consent, "--token-hook-when-down=allow");
    let suite = Suite::start_with(Engine::Sqlite, allow).await;
    let app = app(suite.addresses(), "impatient").await;
    let first = tokens(&app, ONE).await;
    suite.kill(Component::Identity).await;
    let second = app.refresh(&first).await;
    assert_eq!(claims(&second)["email"], ONE.email, "as at the sign-in: {second}");
}
