//! Tokens that the guard checks itself.

use crate::server::{Key, Server, merged, message, now};
use axum::http::StatusCode;
use futures_util::future::join_all;
use latchkey_token_guard::{Refusal, Settings, TokenGuard};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const ISSUER: &str = "https://id.test/";

/// What Ory Hydra writes into an access token.
fn claims(over: Value) -> Value {
    let base = json!({
        "iss": ISSUER, "sub": "1", "client_id": "shop", "aud": ["orders"], "jti": "a",
        "scp": ["openid", "orders.read"], "ext": {}, "iat": now(), "nbf": now(), "exp": now() + 3600,
    });
    merged(base, over)
}

/// A guard for the audience `orders`, and a server that publishes `key`.
async fn started(key: &Key) -> (TokenGuard, Server) {
    let server = Server::start().await;
    server.told().keys = vec![key.jwk()];
    let settings = Settings { audience: Some("orders".to_owned()), ..Settings::default() };
    let guard = TokenGuard::verifying(ISSUER, server.url("/jwks.json"), &settings).unwrap();
    (guard, server)
}

#[tokio::test]
async fn a_signed_token_is_good_without_a_question() {
    let key = Key::new("one");
    let (guard, server) = started(&key).await;
    let tokens: Vec<_> =
        (0..20).map(|id| key.sign(json!({}), &claims(json!({"jti": id})))).collect();
    for grant in join_all(tokens.iter().map(|token| guard.check(token))).await {
        let grant = grant.unwrap();
        assert_eq!((grant.subject(), grant.client_id()), ("1", "shop"));
        assert!(grant.requires("orders.read").is_ok() && grant.requires("orders").is_err());
    }
    assert_eq!(server.told().asked, 1, "the keys alone");
    // RFC 9068: `scope` is text, and the header names the kind.
    let standard = claims(json!({"scp": null, "scope": "orders.read"}));
    let standard = key.sign(json!({"typ": "at+jwt"}), &standard);
    assert!(guard.check(&standard).await.unwrap().requires("orders.read").is_ok());
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let (key, other) = (Key::new("one"), Key::new("one"));
    let (guard, _server) = started(&key).await;
    let signed = |header: Value, over: Value| key.sign(header, &claims(over));
    let good = signed(json!({}), json!({}));
    let (message_of_good, _) = good.rsplit_once('.').unwrap();
    let unsigned = message(&json!({"alg": "none", "typ": "JWT"}), &claims(json!({})));
    let id_token = json!({"client_id": null, "scp": null, "nonce": "n", "at_hash": "h"});
    for (token, refusal) in [
        ("opaque".to_owned(), Refusal::Inactive),
        (format!("{unsigned}."), Refusal::Inactive),
        (unsigned, Refusal::Inactive),
        (format!("{message_of_good}."), Refusal::Inactive),
        (format!("{message_of_good}.AAAA"), Refusal::Inactive),
        (key.confuse(&claims(json!({}))), Refusal::Inactive),
        (other.sign(json!({}), &claims(json!({}))), Refusal::Inactive),
        (signed(json!({"kid": "two"}), json!({})), Refusal::Inactive),
        (signed(json!({"alg": "RS256"}), json!({})), Refusal::Inactive),
        (signed(json!({"alg": "ES384"}), json!({})), Refusal::Inactive),
        (signed(json!({"crit": ["exp"]}), json!({})), Refusal::Inactive),
        (signed(json!({"typ": "logout+jwt"}), json!({})), Refusal::NotAnAccessToken),
        (signed(json!({}), id_token), Refusal::NotAnAccessToken),
        (signed(json!({}), json!({"events": {}})), Refusal::NotAnAccessToken),
        (signed(json!({}), json!({"exp": now() - 1})), Refusal::Inactive),
        (signed(json!({}), json!({"exp": null})), Refusal::Inactive),
        (signed(json!({}), json!({"nbf": now() + 3600})), Refusal::Inactive),
        (signed(json!({}), json!({"iss": "https://evil.test/"})), Refusal::WrongIssuer),
        (signed(json!({}), json!({"aud": ["stock"]})), Refusal::WrongAudience),
        (signed(json!({}), json!({"sub": "shop"})), Refusal::NotAPerson),
    ] {
        assert_eq!(guard.check(&token).await, Err(refusal), "{token}");
    }
    assert!(guard.check(&good).await.is_ok());
}

#[tokio::test]
async fn a_new_key_is_found_and_made_up_ones_are_asked_for_seldom() {
    let (old, new) = (Key::new("one"), Key::new("two"));
    let (guard, server) = started(&old).await;
    guard.check(&old.sign(json!({}), &claims(json!({})))).await.unwrap();
    server.told().keys = vec![new.jwk(), old.jwk()];
    let token = new.sign(json!({}), &claims(json!({})));
    until(async || guard.check(&token).await.is_ok()).await;
    let (began, asked) = (Instant::now(), server.told().asked);
    for number in 0..200 {
        let made_up = new.sign(json!({"kid": number.to_string()}), &claims(json!({})));
        assert_eq!(guard.check(&made_up).await, Err(Refusal::Inactive));
    }
    let most = began.elapsed().as_secs() + 1;
    assert!((server.told().asked - asked) as u64 <= most);
    assert!(guard.check(&old.sign(json!({}), &claims(json!({})))).await.is_ok());
}

#[tokio::test]
async fn known_keys_outlive_the_server_and_unknown_ones_let_nobody_in() {
    let (known, unknown) = (Key::new("one"), Key::new("two"));
    let (guard, server) = started(&known).await;
    server.told().status = StatusCode::SERVICE_UNAVAILABLE;
    let of = |key: &Key, jti: u32| key.sign(json!({}), &claims(json!({"jti": jti})));
    let refusal = guard.check(&of(&known, 1)).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Unavailable(_)), "{refusal:?}");

    server.told().status = StatusCode::OK;
    until(async || guard.check(&of(&known, 2)).await.is_ok()).await;
    drop(server);
    assert!(guard.check(&of(&known, 3)).await.is_ok());
    // Refused at first: the keys were asked for a moment ago.
    let unknown = of(&unknown, 4);
    until(async || matches!(guard.check(&unknown).await, Err(Refusal::Unavailable(_)))).await;
}

/// Waits for something that takes about a second.
async fn until(done: impl AsyncFn() -> bool) {
    let limit = Instant::now() + Duration::from_mins(1);
    while !done().await {
        assert!(Instant::now() < limit, "it never comes");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
