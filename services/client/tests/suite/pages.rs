//! What holds for every page.

use crate::{browser::Visit, issuer::Ways, suite::Suite};
use database::scratch::Engine;
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::time::Duration;

database::both_databases!(
    who_is_not_signed_in_is_invited,
    every_response_carries_the_security_headers,
    over_https_browsers_are_told_to_stay_there,
    assets_may_be_kept,
    a_head_request_starts_nothing,
    a_database_that_is_away_gives_a_page_with_a_way_to_retry,
    it_is_ready_while_its_issuer_answers,
);

async fn who_is_not_signed_in_is_invited(engine: Engine) {
    let suite = Suite::start(engine).await;
    for cookie in ["", "x", &"A".repeat(43), &"A".repeat(5000)] {
        let mut browser = suite.browser();
        browser.cookies.insert("latchkey_session".to_owned(), cookie.to_owned());
        let home = browser.get("/").await;
        assert_eq!((home.status, home.heading()), (StatusCode::OK, "Welcome to MyApp"));
        assert!(home.body.contains("id=\"sign-in\" href=\"/sign-in\""), "{}", home.body);
    }
    suite.stop().await;
}

fn assert_secure(visit: &Visit, what: &str) {
    let policy = visit.header("content-security-policy");
    for part in
        ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]
    {
        assert!(policy.contains(part), "{what}: {part}");
    }
    for (name, value) in [
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(visit.header(name), value, "{what}: {name}");
    }
}

async fn every_response_carries_the_security_headers(engine: Engine) {
    let suite = Suite::start(engine).await;
    let mut browser = suite.browser();
    let long = format!("form_token={}", "x".repeat(17 * 1024));
    let no_form = |request: reqwest::RequestBuilder| request;
    for (method, path, status) in [
        (Method::GET, "/", StatusCode::OK),
        (Method::GET, "/signed-out", StatusCode::OK),
        (Method::GET, "/sign-in", StatusCode::SEE_OTHER),
        (Method::GET, "/callbacks", StatusCode::BAD_REQUEST),
        (Method::GET, "/nowhere", StatusCode::NOT_FOUND),
        (Method::PUT, "/", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/sign-out", StatusCode::METHOD_NOT_ALLOWED),
        (Method::POST, "/sign-out", StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        let visit = browser.send(method.clone(), path, no_form).await;
        assert_eq!(visit.status, status, "{method} {path}");
        assert_secure(&visit, &format!("{method} {path}"));
        assert_eq!(visit.header("strict-transport-security"), "");
        if !status.is_success() && status != StatusCode::SEE_OTHER {
            assert!(visit.body.contains("<h1>") && visit.body.contains("id=\"way-on\""), "{path}");
        }
    }
    let form = "application/x-www-form-urlencoded";
    let too_much = browser
        .send(Method::POST, "/sign-out", |it| it.header("content-type", form).body(long))
        .await;
    assert_eq!(too_much.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_secure(&too_much, "a long form");
    suite.stop().await;
}

async fn over_https_browsers_are_told_to_stay_there(engine: Engine) {
    let options = ["--redirect-url", "https://app.example/callbacks"];
    let suite = Suite::start_with(engine, &options).await;
    let visit = suite.browser().get("/sign-in").await;
    assert!(visit.header("strict-transport-security").starts_with("max-age=63072000"));
    let cookie = visit.header("set-cookie");
    assert!(cookie.starts_with("__Host-latchkey_sign_in="), "{cookie}");
    for attribute in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    suite.stop().await;
}

async fn assets_may_be_kept(engine: Engine) {
    let suite = Suite::start(engine).await;
    for (path, media_type) in
        [("/assets/style.css", "text/css"), ("/assets/icon.svg", "image/svg+xml")]
    {
        let asset = suite.browser().get(path).await;
        assert_eq!(asset.header("content-type"), media_type);
        assert_eq!(asset.header("cache-control"), "public, max-age=3600");
        assert_eq!(asset.header("x-content-type-options"), "nosniff");
    }
    suite.stop().await;
}

async fn a_head_request_starts_nothing(engine: Engine) {
    let suite = Suite::start(engine).await;
    let mut browser = suite.browser();
    for path in ["/sign-in", "/callbacks?code=a&state=b"] {
        let visit = browser.send(Method::HEAD, path, |request| request).await;
        assert_eq!(visit.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(visit.header("allow"), "GET");
    }
    assert!(browser.cookies.is_empty());
    suite.stop().await;
}

async fn a_database_that_is_away_gives_a_page_with_a_way_to_retry(engine: Engine) {
    let suite = Suite::start(engine).await;
    let mut browser = suite.browser();
    browser.get("/sign-in").await;
    browser.cookies.insert("latchkey_session".to_owned(), "A".repeat(43));
    suite.break_database().await;
    let callback = format!("/callbacks?code=x&state={}", "A".repeat(43));
    for path in ["/", "/sign-in", &callback] {
        let visit = browser.get(path).await;
        assert_eq!(visit.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(visit.heading(), "This app cannot be used at the moment");
        assert_eq!(visit.header("retry-after"), "5");
        assert!(!visit.body.contains("sign_ins") && !visit.body.contains("sessions"));
    }
    suite.stop().await;
}

async fn it_is_ready_while_its_issuer_answers(engine: Engine) {
    let suite = Suite::start(engine).await;
    let mut probe = crate::browser::Browser::new(suite.replicas[0].address("internal").unwrap());
    let ready = probe.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK, "{}", ready.body);
    // What the issuer changes is seen, too.
    let elsewhere = json!({ "authorization_endpoint": "https://elsewhere.test/auth" });
    suite.issuer.behaves(Ways { discovery: elsewhere, ..Ways::default() });
    assert_eq!(probe.get("/readyz").await.status, StatusCode::OK);
    let to = suite.browser().get("/sign-in").await.location();
    assert_eq!(to.host_str(), Some("elsewhere.test"));
    suite.issuer.running.stop(Duration::from_secs(5)).await;
    let ready = probe.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE, "{}", ready.body);
    assert!(!ready.body.contains("\"issuer\":\"ok\""), "{}", ready.body);
    suite.stop().await;

    let lonely =
        Suite::start_with(engine, &["--issuer-backchannel-url", "http://127.0.0.1:1"]).await;
    let mut probe = crate::browser::Browser::new(lonely.replicas[0].address("internal").unwrap());
    let ready = probe.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(ready.body.contains("\"database\":\"ok\""), "{}", ready.body);
    assert_eq!(probe.get("/livez").await.status, StatusCode::OK);
    lonely.stop().await;
}
