//! What an app asks of its people is kept by the registry, and the login pages hold them to it.

use crate::{
    apps::{registry, update},
    sessions::{REMEMBER, app},
    tokens::App,
};
use database::{both_databases, scratch::Engine};
use hydra_admin::HydraAdmin;
use latchkey_integration_tests::{Addresses, ONE, Page, Suite, TWO, Visitor};
use latchkey_proto::client::v1::{App as Registered, AppKind, AppPolicy};
use prost_types::Duration as Span;
use reqwest::StatusCode;
use serde_json::json;
use std::time::Duration;

both_databases! {
    an_app_that_asks_for_more_than_a_password_lets_nobody_in_by_one,
    an_app_that_asks_for_a_password_is_content_with_one,
    after_the_longest_session_people_sign_in_again,
    a_policy_that_nobody_can_read_lets_nobody_in,
}

/// An app whose policy is set through the registry.
async fn with_policy(at: &Addresses, id: &str, policy: AppPolicy) -> App {
    let app = app(at, id).await;
    let wish = Registered {
        client_id: id.to_owned(),
        kind: AppKind::Web.into(),
        scopes: ["openid", "offline", "email", "users.read"].map(str::to_owned).to_vec(),
        policy: Some(policy),
        ..Registered::default()
    };
    update(&registry(at).await, wish, &["kind", "scopes", "policy"]).await.unwrap();
    app
}

fn least(acr: &str) -> AppPolicy {
    AppPolicy { least_acr: acr.to_owned(), ..AppPolicy::default() }
}

fn longest(seconds: i64) -> AppPolicy {
    let longest_session = Some(Span { seconds, nanos: 0 });
    AppPolicy { longest_session, ..AppPolicy::default() }
}

fn parameter(page: &Page, name: &str) -> Option<String> {
    assert_eq!(page.url.path(), "/seen", "{}", page.text());
    page.url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

async fn an_app_that_asks_for_more_than_a_password_lets_nobody_in_by_one(engine: Engine) {
    let at = Suite::shared(engine).await;
    let app = with_policy(at, "asks-for-two", least("aal2")).await;
    let visitor = Visitor::new().stopping_at("/seen");
    let login = visitor.open(app.start(&[])).await;
    let refused = visitor.answer(&login, ONE, REMEMBER).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    refused.says("asks for a stronger sign-in");

    // Whoever is signed in by a password already is asked, and not let through.
    let visitor = Visitor::new();
    visitor.sign_in(at, TWO, REMEMBER).await;
    let visitor = visitor.stopping_at("/seen");
    let login = visitor.open(app.start(&[])).await;
    login.says("Password");
    let refused = visitor.answer(&login, TWO, REMEMBER).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let silent = visitor.open(app.start(&[("prompt", "none")])).await;
    assert_eq!(parameter(&silent, "error").as_deref(), Some("login_required"));
}

/// Also at the next refresh.
async fn an_app_that_asks_for_a_password_is_content_with_one(engine: Engine) {
    let at = Suite::shared(engine).await;
    let app = with_policy(at, "asks-for-one", least("aal1")).await;
    let seen = app.sign_in(&Visitor::new(), ONE, REMEMBER, &[]).await;
    let tokens = app.refresh(&app.exchange(&seen).await).await;
    assert!(tokens["access_token"].is_string(), "{tokens}");
    let wish = Registered {
        client_id: "asks-for-one".to_owned(),
        policy: Some(least("aal2")),
        ..Registered::default()
    };
    update(&registry(at).await, wish, &["policy"]).await.unwrap();
    let refused = app.refresh(&tokens).await;
    assert_eq!(refused["error"], "access_denied", "{refused}");
}

async fn after_the_longest_session_people_sign_in_again(engine: Engine) {
    let at = Suite::shared(engine).await;
    let app = with_policy(at, "short-sessions", longest(3600)).await;
    let visitor = Visitor::new();
    let seen = app.sign_in(&visitor, ONE, REMEMBER, &[]).await;
    let tokens = app.refresh(&app.exchange(&seen).await).await;
    assert!(tokens["access_token"].is_string(), "{tokens}");
    let visitor = visitor.stopping_at("/seen");
    assert!(parameter(&visitor.open(app.start(&[])).await, "code").is_some(), "goes on");

    // Shorter than the registry takes, so that nobody waits for a minute here.
    change(at, "short-sessions", json!({ "longest_session": 1 })).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let refused = app.refresh(&tokens).await;
    assert_eq!(refused["error"], "access_denied", "{refused}");
    visitor.open(app.start(&[])).await.says("Password");
    let other = self::app(at, "long-sessions").await;
    let seen = other.sign_in(&visitor, ONE, REMEMBER, &[]).await;
    assert!(parameter(&seen, "code").is_some(), "another app is not concerned");
}

async fn a_policy_that_nobody_can_read_lets_nobody_in(engine: Engine) {
    let at = Suite::shared(engine).await;
    let app = with_policy(at, "unreadable", longest(3600)).await;
    change(at, "unreadable", json!({ "longest_session": "soon" })).await;
    let visitor = Visitor::new().stopping_at("/seen");
    let login = visitor.open(app.start(&[])).await;
    let refused = visitor.answer(&login, ONE, REMEMBER).await;
    assert_eq!(refused.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", refused.text());
}

/// Another policy, past the registry.
async fn change(at: &Addresses, id: &str, policy: serde_json::Value) {
    let hydra = HydraAdmin::new(at.hydra_admin.clone(), at.hydra.clone(), Duration::from_secs(30));
    let hydra = hydra.unwrap();
    let mut client = hydra.client(id).await.unwrap();
    client.metadata["latchkey"]["policy"] = policy;
    hydra.replace_client(&client).await.unwrap();
}
