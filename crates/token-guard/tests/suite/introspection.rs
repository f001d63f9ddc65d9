//! Introspection: what is asked, what is remembered, and what happens when nobody answers.

use crate::server::{Server, active, now};
use axum::http::StatusCode;
use futures_util::future::join_all;
use latchkey_token_guard::{Refusal, Settings, TokenGuard};
use serde_json::json;
use std::time::Duration;

const HOUR: Duration = Duration::from_hours(1);

/// Remembers for longer than any test runs.
fn guard(server: &Server) -> TokenGuard {
    let settings = Settings { granted_for: HOUR, refused_for: HOUR, ..Settings::default() };
    TokenGuard::introspecting(server.url("/introspect"), &settings).unwrap()
}

#[tokio::test]
async fn requests_with_one_token_ask_one_question() {
    let server = Server::start().await;
    server.told().delay = Duration::from_millis(100);
    let guard = guard(&server);
    for _ in 0..2 {
        for outcome in join_all((0..100).map(|_| guard.check("token"))).await {
            assert_eq!(outcome.unwrap().subject(), "1");
        }
    }
    assert_eq!(server.told().asked, 1);
    guard.check("another").await.unwrap();
    assert_eq!(server.told().asked, 2, "each token is its own");
}

#[tokio::test]
async fn a_caller_that_goes_away_takes_nobody_along() {
    let server = Server::start().await;
    server.told().delay = Duration::from_millis(200);
    let guard = guard(&server);
    let mut first = Box::pin(guard.check("token"));
    let gone = tokio::time::timeout(Duration::from_millis(50), &mut first).await;
    assert!(gone.is_err());
    drop(first);
    assert!(guard.check("token").await.is_ok());
}

#[tokio::test]
async fn a_token_is_not_served_past_its_end() {
    let server = Server::start().await;
    let end = now() + 2;
    server.told().answer = active(json!({ "exp": end }));
    let guard = guard(&server);
    while guard.check("token").await.is_ok() {
        assert!(now() < end, "it has ended");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(now() >= end);
}

#[tokio::test]
async fn a_bad_token_is_asked_about_once_and_no_other_is_taken_for_it() {
    let server = Server::start().await;
    server.told().answer = json!({ "active": false });
    let guard = guard(&server);
    for _ in 0..3 {
        assert_eq!(guard.check("token").await, Err(Refusal::Inactive));
    }
    assert_eq!(server.told().asked, 1);
    server.told().answer = active(json!({}));
    assert!(guard.check("token2").await.is_ok());
}

#[tokio::test]
async fn text_that_is_no_token_is_not_asked_about() {
    let server = Server::start().await;
    let guard = guard(&server);
    for bad in ["", "a b", "a\u{e9}", &"a".repeat(8193)] {
        assert_eq!(guard.check(bad).await, Err(Refusal::Malformed));
    }
    assert_eq!(server.told().asked, 0);
}

#[tokio::test]
async fn a_server_that_fails_lets_nobody_in_and_is_asked_again() {
    let server = Server::start().await;
    let guard = guard(&server);
    for (status, answer) in [
        (StatusCode::SERVICE_UNAVAILABLE, active(json!({}))),
        (StatusCode::UNAUTHORIZED, active(json!({}))),
        (StatusCode::FOUND, active(json!({}))),
        (StatusCode::OK, json!({ "active": "yes" })),
        (StatusCode::OK, json!({ "active": true, "padding": "a".repeat(100_000) })),
    ] {
        {
            let mut told = server.told();
            (told.status, told.answer) = (status, answer);
        }
        let refusal = guard.check("token").await.unwrap_err();
        assert!(matches!(refusal, Refusal::Unavailable(_)), "{refusal:?}");
    }
    server.told().answer = active(json!({}));
    assert!(guard.check("token").await.is_ok());
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up() {
    let server = Server::start().await;
    server.told().delay = HOUR;
    let settings = Settings { timeout: Duration::from_millis(200), ..Settings::default() };
    let guard = TokenGuard::introspecting(server.url("/introspect"), &settings).unwrap();
    let refusal = guard.check("token").await.unwrap_err();
    assert_eq!(refusal, Refusal::Unavailable("no answer in time".to_owned()));
}

#[tokio::test]
async fn a_server_that_is_not_there_tells_no_secret() {
    let mut url = Server::start().await.url("/introspect");
    url.set_username("user").unwrap();
    url.set_password(Some("hunter2")).unwrap();
    let guard = TokenGuard::introspecting(url, &Settings::default()).unwrap();
    let refusal = guard.check("secret-token").await.unwrap_err();
    assert!(matches!(refusal, Refusal::Unavailable(_)), "{refusal:?}");
    let printed = format!("{guard:?} {refusal:?} {refusal}");
    assert!(!printed.contains("secret-token") && !printed.contains("hunter2"), "{printed}");
}
