//! Coming back from the issuer.

use crate::{
    browser::{Browser, Visit, parameter},
    issuer::Tokens,
    suite::Suite,
};
use database::scratch::Engine;
use reqwest::StatusCode;
use url::Url;

database::both_databases!(
    a_code_becomes_a_session_and_the_person_lands_where_they_wanted_to_go,
    a_sign_in_that_one_replica_began_another_completes,
    another_browser_cannot_complete_a_sign_in,
    a_callback_without_a_sign_in_is_refused,
    a_callback_works_once,
    whoever_comes_too_late_can_begin_anew,
    an_error_is_told_in_our_own_words,
    an_answer_of_another_issuer_is_refused,
    while_the_issuer_is_away_nothing_is_lost,
    a_refused_code_ends_the_sign_in,
    an_id_token_for_another_sign_in_is_refused,
    a_foreign_return_address_leads_home,
);

/// A browser that stands at the issuer, ready to come back.
async fn begun(suite: &Suite) -> (Browser, Url) {
    let mut browser = suite.browser();
    let to = browser.get("/sign-in?return_to=/orders").await.location();
    let nonce = parameter(&to, "nonce");
    suite.issuer.answers(Tokens::Granted { expires_in: 3600, nonce });
    (browser, to)
}

fn code(to: &Url) -> String {
    format!("/callbacks?code=canary-code&scope=openid&state={}", parameter(to, "state"))
}

fn assert_unknown(visit: &Visit) {
    assert_eq!(visit.status, StatusCode::BAD_REQUEST);
    assert_eq!(visit.heading(), "This sign-in cannot be completed");
    assert!(
        visit.body.contains("Sign in again") && !visit.body.contains("canary"),
        "{}",
        visit.body
    );
}

async fn a_code_becomes_a_session_and_the_person_lands_where_they_wanted_to_go(engine: Engine) {
    let suite = Suite::start(engine).await;
    let (mut browser, to) = begun(&suite).await;
    let planted = "P".repeat(43);
    browser.cookies.insert("latchkey_session".to_owned(), planted.clone());

    let visit = browser.get(&code(&to)).await;
    assert_eq!(visit.location().as_str(), "http://localhost:1234/orders");
    assert!(!visit.header("location").contains("code"));
    assert_ne!(browser.cookies["latchkey_session"], planted, "a planted id is worth nothing");
    let cookie = visit.header("set-cookie");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/"), "{cookie}");

    let call = suite.issuer.token_calls()[0].clone();
    assert_eq!(call["grant_type"], "authorization_code");
    assert_eq!((&*call["client_id"], &*call["client_secret"]), ("myclient", "canary-secret"));
    assert_eq!(call["redirect_uri"], "http://localhost:1234/callbacks");
    assert_eq!(call["code_verifier"].len(), 43);

    let home = browser.get("/").await;
    assert_eq!(home.heading(), "Hello, Ada &lt;Lovelace&gt;");
    assert!(home.body.contains("profile-unavailable") && home.body.contains("users.read"));
    assert!(!home.body.contains("canary"), "no token reaches the browser");
    suite.stop().await;
}

async fn a_sign_in_that_one_replica_began_another_completes(engine: Engine) {
    let mut suite = Suite::start(engine).await;
    suite.add_replica(&[]).await;
    let (browser, to) = begun(&suite).await;
    let mut elsewhere = browser.at(&suite.browser_at(1));
    assert_eq!(elsewhere.get(&code(&to)).await.location().path(), "/orders");
    let mut back = elsewhere.at(&suite.browser());
    assert_eq!(back.get("/").await.heading(), "Hello, Ada &lt;Lovelace&gt;");
    suite.stop().await;
}

async fn another_browser_cannot_complete_a_sign_in(engine: Engine) {
    let suite = Suite::start(engine).await;
    let (mut browser, to) = begun(&suite).await;
    let (mut stranger, mut other) = (suite.browser(), suite.browser());
    other.get("/sign-in").await;
    assert_unknown(&stranger.get(&code(&to)).await);
    assert_unknown(&other.get(&code(&to)).await);
    assert!(suite.issuer.token_calls().is_empty());
    assert_eq!(browser.get(&code(&to)).await.status, StatusCode::SEE_OTHER, "it is not spent");
    suite.stop().await;
}

async fn a_callback_without_a_sign_in_is_refused(engine: Engine) {
    let suite = Suite::start(engine).await;
    let (mut browser, to) = begun(&suite).await;
    let state = parameter(&to, "state");
    let unknown = "A".repeat(43);
    for query in [
        String::new(),
        "?".to_owned(),
        "?code=x".to_owned(),
        format!("?state={state}"),
        "?code=x&state=".to_owned(),
        format!("?code=x&state={unknown}"),
        format!("?code=x&state={state}&state={state}"),
        format!("?code=x&code=y&state={state}"),
        format!("?code=x&error=y&state={state}"),
        format!("?code={}&state={state}", "x".repeat(9000)),
        "?code=%FF%00&state=%00".to_owned(),
    ] {
        assert_unknown(&browser.get(&format!("/callbacks{query}")).await);
    }
    assert!(suite.issuer.token_calls().is_empty());
    suite.stop().await;
}

async fn a_callback_works_once(engine: Engine) {
    let suite = Suite::start(engine).await;
    let (mut browser, to) = begun(&suite).await;
    assert_eq!(browser.get(&code(&to)).await.status, StatusCode::SEE_OTHER);
    assert_unknown(&browser.get(&code(&to)).await);
    assert_eq!(suite.issuer.token_calls().len(), 1);
    suite.stop().await;
}

async fn whoever_comes_too_late_can_begin_anew(engine: Engine) {
    let suite = Suite::start(engine).await;
    for answer in ["code=canary-code", "error=access_denied"] {
        let (mut browser, to) = begun(&suite).await;
        suite.change_database(&["UPDATE sign_ins SET created_at = '2026-01-01 00:00:00+00'"]).await;
        let late = format!("/callbacks?{answer}&state={}", parameter(&to, "state"));
        for _ in 0..2 {
            let visit = browser.get(&late).await;
            assert_eq!(visit.status, StatusCode::BAD_REQUEST);
            assert_eq!(visit.heading(), "This sign-in took too long");
            assert!(visit.body.contains("return_to=%2Forders"), "{}", visit.body);
        }
        assert_unknown(&suite.browser().get(&late).await);
    }
    assert!(suite.issuer.token_calls().is_empty());
    suite.stop().await;
}

async fn an_error_is_told_in_our_own_words(engine: Engine) {
    let suite = Suite::start(engine).await;
    for (error, status, heading) in [
        ("access_denied", 403, "Access was not granted"),
        ("request_forbidden", 400, "The sign-in was interrupted"),
        ("login_required", 400, "You have to sign in first"),
        ("server_error", 503, "The sign-in service has a problem"),
        ("%3Cscript%3E", 400, "This app is not set up for this sign-in"),
    ] {
        let (mut browser, to) = begun(&suite).await;
        let state = parameter(&to, "state");
        let answer =
            format!("/callbacks?error={error}&error_description=%3Cscript%3Ecanary&state={state}");
        let visit = browser.get(&answer).await;
        assert_eq!((visit.status.as_u16(), visit.heading()), (status, heading));
        assert!(!visit.body.contains("canary") && !visit.body.contains("script"), "{}", visit.body);
        assert!(visit.body.contains("return_to=%2Forders"), "{}", visit.body);
        assert_unknown(&browser.get(&answer).await);
    }
    assert!(suite.issuer.token_calls().is_empty());
    suite.stop().await;
}

async fn an_answer_of_another_issuer_is_refused(engine: Engine) {
    let suite = Suite::start(engine).await;
    let (mut browser, to) = begun(&suite).await;
    let visit = browser.get(&format!("{}&iss=https%3A%2F%2Fevil.test", code(&to))).await;
    assert_eq!((visit.status, visit.heading()), (StatusCode::BAD_REQUEST, "You are not signed in"));
    assert!(suite.issuer.token_calls().is_empty());

    let (mut browser, to) = begun(&suite).await;
    let visit = browser.get(&format!("{}&iss={}/", code(&to), suite.issuer.url())).await;
    assert_eq!(visit.status, StatusCode::SEE_OTHER);
    suite.stop().await;
}

async fn while_the_issuer_is_away_nothing_is_lost(engine: Engine) {
    let suite = Suite::start(engine).await;
    let (mut browser, to) = begun(&suite).await;
    suite.issuer.answers(Tokens::Down);
    for _ in 0..2 {
        let visit = browser.get(&code(&to)).await;
        assert_eq!(visit.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(visit.body.contains("href=\"\">Try again"), "{}", visit.body);
    }
    let nonce = parameter(&to, "nonce");
    suite.issuer.answers(Tokens::Granted { expires_in: 3600, nonce });
    assert_eq!(browser.get(&code(&to)).await.location().path(), "/orders");
    suite.stop().await;
}

async fn a_refused_code_ends_the_sign_in(engine: Engine) {
    let suite = Suite::start(engine).await;
    for (refusal, heading) in [
        ("invalid_grant", "You are not signed in"),
        ("invalid_client", "This app is not set up for this sign-in"),
    ] {
        let (mut browser, to) = begun(&suite).await;
        suite.issuer.answers(Tokens::Refused(refusal));
        let visit = browser.get(&code(&to)).await;
        assert_eq!((visit.status, visit.heading()), (StatusCode::BAD_REQUEST, heading));
        assert_unknown(&browser.get(&code(&to)).await);
        assert!(!browser.cookies.contains_key("latchkey_session"));
    }
    suite.stop().await;
}

async fn an_id_token_for_another_sign_in_is_refused(engine: Engine) {
    let suite = Suite::start(engine).await;
    let (mut browser, to) = begun(&suite).await;
    suite.issuer.answers(Tokens::Granted { expires_in: 3600, nonce: "another".to_owned() });
    let visit = browser.get(&code(&to)).await;
    assert_eq!((visit.status, visit.heading()), (StatusCode::BAD_REQUEST, "You are not signed in"));
    assert_eq!(browser.get("/").await.heading(), "Welcome to MyApp");
    suite.stop().await;
}

async fn a_foreign_return_address_leads_home(engine: Engine) {
    let suite = Suite::start(engine).await;
    for wanted in
        ["https://evil.test", "//evil.test", "/%5Cevil.test", "/%09/evil.test", "/.//evil.test"]
    {
        let mut browser = suite.browser();
        let to = browser.get(&format!("/sign-in?return_to={wanted}")).await.location();
        let nonce = parameter(&to, "nonce");
        suite.issuer.answers(Tokens::Granted { expires_in: 3600, nonce });
        assert_eq!(browser.get(&code(&to)).await.header("location"), "/", "{wanted}");
    }
    suite.stop().await;
}
