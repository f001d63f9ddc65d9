//! Being signed in, staying so, and signing out.

use crate::{
    browser::{Browser, parameter},
    issuer::{Tokens, Ways},
    suite::{SESSION_KEY, Suite},
};
use database::scratch::Engine;
use reqwest::{Method, StatusCode};
use std::time::Duration;
use tokio::task::JoinSet;

database::both_databases!(
    tokens_are_refreshed_once_for_all_tabs_and_replicas,
    an_issuer_that_is_away_ends_no_session,
    tokens_that_cannot_be_refreshed_end_the_session,
    signing_out_ends_everything,
    only_the_page_itself_can_sign_out,
    while_the_issuer_is_away_a_person_signs_out_of_this_app,
    signing_out_twice_does_no_harm,
    what_cannot_be_revoked_at_once_is_revoked_later,
    a_second_sign_in_ends_the_first_with_its_tokens_or_not_at_all,
    a_new_session_key_signs_nobody_out,
    only_a_demonstration_shows_tokens_and_only_to_their_owner,
);

/// A browser that is signed in, with an access token that lasts so many seconds.
pub(crate) async fn signed_in(suite: &Suite, expires_in: u64) -> Browser {
    signed_in_at(suite, 0, expires_in).await
}

async fn signed_in_at(suite: &Suite, replica: usize, expires_in: u64) -> Browser {
    let mut browser = suite.browser_at(replica);
    let to = browser.get("/sign-in").await.location();
    suite.issuer.answers(Tokens::Granted { expires_in, nonce: parameter(&to, "nonce") });
    let callback = format!("/callbacks?code=x&state={}", parameter(&to, "state"));
    assert_eq!(browser.get(&callback).await.status, StatusCode::SEE_OTHER);
    browser
}

async fn tokens_are_refreshed_once_for_all_tabs_and_replicas(engine: Engine) {
    let mut suite = Suite::start(engine).await;
    suite.add_replica(&[]).await;
    let browser = signed_in(&suite, 10).await;
    suite.issuer.answers(Tokens::Granted { expires_in: 3600, nonce: String::new() });
    let mut tabs = JoinSet::new();
    for tab in 0..20 {
        let mut browser = browser.at(&suite.browser_at(tab % 2));
        tabs.spawn(async move { browser.get("/").await.heading().to_owned() });
    }
    for heading in tabs.join_all().await {
        assert_eq!(heading, "Hello, Ada &lt;Lovelace&gt;");
    }
    let calls = suite.issuer.token_calls().clone();
    assert_eq!(calls.len(), 2, "one code, one refresh");
    assert_eq!(calls[1]["grant_type"], "refresh_token");
    assert_eq!(calls[1]["refresh_token"], "canary-refresh-1");
    suite.stop().await;
}

async fn an_issuer_that_is_away_ends_no_session(engine: Engine) {
    let suite = Suite::start(engine).await;
    let mut browser = signed_in(&suite, 10).await;
    suite.issuer.answers(Tokens::Down);
    let home = browser.get("/").await;
    assert_eq!(home.heading(), "Hello, Ada &lt;Lovelace&gt;");
    assert!(home.body.contains("profile-unavailable"));
    suite.issuer.answers(Tokens::Granted { expires_in: 3600, nonce: String::new() });
    browser.get("/").await;
    assert_eq!(suite.issuer.token_calls().len(), 3);
    suite.stop().await;
}

async fn tokens_that_cannot_be_refreshed_end_the_session(engine: Engine) {
    let suite = Suite::start(engine).await;
    let mut browser = signed_in(&suite, 10).await;
    let before = browser.clone();
    suite.issuer.answers(Tokens::Refused("invalid_grant"));
    let home = browser.get("/").await;
    assert_eq!(home.heading(), "You were signed out");
    assert!(!browser.cookies.contains_key("latchkey_session"));
    assert_eq!(before.clone().get("/").await.heading(), "Welcome to MyApp");
    suite.stop().await;
}

async fn signing_out_ends_everything(engine: Engine) {
    let mut suite = Suite::start(engine).await;
    suite.add_replica(&[]).await;
    let mut browser = signed_in(&suite, 3600).await;
    let before = browser.clone();
    let home = browser.get("/").await;
    let form = [("form_token", home.form_token())];
    let left = browser
        .send(Method::POST, "/sign-out", |request| {
            // As a browser sends it from a page with `Referrer-Policy: no-referrer`.
            request.header("origin", "null").header("sec-fetch-site", "same-origin").form(&form)
        })
        .await;
    assert_eq!(left.status, StatusCode::OK, "no redirect: form-action would stop it");
    let refresh = left.header("refresh").to_owned();
    assert!(refresh.starts_with(&format!("0; url={}/oauth2/sessions/logout?", suite.issuer.url())));
    for part in [
        "id_token_hint=",
        "post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A1234%2Fsigned-out",
        "state=",
    ] {
        assert!(refresh.contains(part), "{refresh}");
    }
    assert!(left.body.contains("id=\"continue\""), "it works without the header, too");
    let revoked = suite.issuer.revocations()[0].clone();
    assert_eq!(revoked["token"], "canary-refresh-1");
    assert_eq!((&*revoked["client_id"], &*revoked["client_secret"]), ("myclient", "canary-secret"));
    assert!(!browser.cookies.contains_key("latchkey_session"));
    for replica in [0, 1] {
        let mut old = before.at(&suite.browser_at(replica));
        assert_eq!(old.get("/").await.heading(), "Welcome to MyApp");
    }
    assert_eq!(browser.get("/signed-out?state=x").await.heading(), "You are signed out");
    suite.stop().await;
}

async fn only_the_page_itself_can_sign_out(engine: Engine) {
    let suite = Suite::start(engine).await;
    let mut browser = signed_in(&suite, 3600).await;
    let mut other = signed_in(&suite, 3600).await;
    let foreign = other.get("/").await.form_token().to_owned();
    let own = browser.get("/").await.form_token().to_owned();
    for token in ["", "x", &foreign, &own[1..]] {
        let refused = browser.post("/sign-out", &[("form_token", token)]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{token}");
    }
    assert_eq!(browser.post("/sign-out", &[]).await.status, StatusCode::FORBIDDEN);
    for (name, value) in [
        ("origin", "https://evil.test"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let form = [("form_token", own.as_str())];
        let refused = browser
            .send(Method::POST, "/sign-out", |request| request.header(name, value).form(&form))
            .await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    assert_eq!(browser.get("/").await.heading(), "Hello, Ada &lt;Lovelace&gt;");
    suite.stop().await;
}

async fn while_the_issuer_is_away_a_person_signs_out_of_this_app(engine: Engine) {
    let suite = Suite::start(engine).await;
    let mut browser = signed_in(&suite, 3600).await;
    let before = browser.clone();
    let token = browser.get("/").await.form_token().to_owned();
    suite.issuer.running.stop(Duration::from_secs(5)).await;
    let left = browser.post("/sign-out", &[("form_token", &token)]).await;
    assert_eq!(left.heading(), "You are signed out of this app");
    assert!(left.body.contains("Sign out there, too"), "{}", left.body);
    assert_eq!(before.clone().get("/").await.heading(), "Welcome to MyApp");
    suite.stop().await;
}

async fn signing_out_twice_does_no_harm(engine: Engine) {
    let suite = Suite::start(engine).await;
    let mut browser = signed_in(&suite, 3600).await;
    let mut second_tab = browser.clone();
    let token = browser.get("/").await.form_token().to_owned();
    browser.post("/sign-out", &[("form_token", &token)]).await;
    for tab in [&mut browser, &mut second_tab] {
        let again = tab.post("/sign-out", &[("form_token", &token)]).await;
        assert_eq!(again.location().path(), "/signed-out");
    }
    suite.stop().await;
}

/// Waits until somebody has asked to revoke this token so many times.
async fn is_revoked(suite: &Suite, token: &str, times: usize) {
    let revoked = || suite.issuer.revocations().iter().filter(|it| it["token"] == token).count();
    for _ in 0..300 {
        if revoked() >= times {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{token} is not revoked");
}

/// Also by another process than the one that was asked to sign out.
async fn what_cannot_be_revoked_at_once_is_revoked_later(engine: Engine) {
    let mut suite = Suite::start(engine).await;
    let mut browser = signed_in(&suite, 3600).await;
    let token = browser.get("/").await.form_token().to_owned();
    let down = Ways { revocation: StatusCode::SERVICE_UNAVAILABLE, ..Ways::default() };
    suite.issuer.behaves(down);
    let left = browser.post("/sign-out", &[("form_token", &token)]).await;
    assert_eq!(left.heading(), "You are signed out of this app");
    assert_eq!(suite.issuer.revocations().len(), 1);
    suite.replicas.remove(0).stop(Duration::from_secs(5)).await;
    suite.issuer.behaves(Ways::default());
    suite.add_replica(&[]).await;
    is_revoked(&suite, "canary-refresh-1", 2).await;
    suite.stop().await;
}

async fn a_second_sign_in_ends_the_first_with_its_tokens_or_not_at_all(engine: Engine) {
    let suite = Suite::start(engine).await;
    let mut browser = signed_in(&suite, 3600).await;
    let first = browser.clone();
    let again = async |browser: &mut Browser| {
        let to = browser.get("/sign-in").await.location();
        let nonce = parameter(&to, "nonce");
        suite.issuer.answers(Tokens::Granted { expires_in: 3600, nonce });
        browser.get(&format!("/callbacks?code=x&state={}", parameter(&to, "state"))).await
    };
    assert_eq!(again(&mut browser).await.status, StatusCode::SEE_OTHER);
    assert_eq!(first.clone().get("/").await.heading(), "Welcome to MyApp");
    is_revoked(&suite, "canary-refresh-1", 1).await;

    let second = browser.clone();
    suite.change_database(&["DROP TABLE revocations"]).await;
    let refused = again(&mut browser).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.heading(), "You are not signed in");
    assert_eq!(browser.cookies, second.cookies);
    assert_eq!(browser.get("/").await.heading(), "Hello, Ada &lt;Lovelace&gt;");
    is_revoked(&suite, "canary-refresh-3", 1).await;
    suite.stop().await;
}

/// Replica after replica, as an operator changes it.
async fn a_new_session_key_signs_nobody_out(engine: Engine) {
    const NEW: &str = "another-session-key-of-32-bytes-or-more";
    let mut suite = Suite::start(engine).await;
    suite.add_replica(&["--second-session-key", NEW]).await;
    suite.add_replica(&["--session-key", NEW, "--second-session-key", SESSION_KEY]).await;
    suite.add_replica(&["--session-key", NEW]).await;
    let (old, new) = (signed_in(&suite, 3600).await, signed_in_at(&suite, 2, 3600).await);
    let heading = async |browser: &Browser, replica| {
        browser.at(&suite.browser_at(replica)).get("/").await.heading().to_owned()
    };
    for (browser, replica) in [(&old, 0), (&old, 1), (&old, 2), (&new, 1), (&new, 2), (&new, 3)] {
        assert_eq!(heading(browser, replica).await, "Hello, Ada &lt;Lovelace&gt;", "{replica}");
    }
    for (browser, replica) in [(&old, 3), (&new, 0)] {
        assert_eq!(heading(browser, replica).await, "Welcome to MyApp");
    }
    let form_token = old.clone().get("/").await.form_token().to_owned();
    let mut swapped = old.at(&suite.browser_at(2));
    let left = swapped.post("/sign-out", &[("form_token", &form_token)]).await;
    assert!(left.headers.contains_key("refresh"), "{}", left.body);
    suite.stop().await;
}

async fn only_a_demonstration_shows_tokens_and_only_to_their_owner(engine: Engine) {
    let mut suite = Suite::start(engine).await;
    suite.add_replica(&["--demo-client", "--hydra-admin-url", "http://127.0.0.1:1"]).await;
    let mut browser = signed_in(&suite, 3600).await;
    let home = browser.get("/").await;
    assert!(!home.body.contains("/tokens"), "{}", home.body);
    let form = [("form_token", home.form_token())];
    assert_eq!(browser.post("/tokens", &form).await.status, StatusCode::NOT_FOUND);

    let mut demo = browser.at(&suite.browser_at(1));
    let home = demo.get("/").await;
    assert!(!home.body.contains("canary"), "{}", home.body);
    assert!(home.body.contains("id=\"reveal\""));
    let shown = demo.post("/tokens", &form).await;
    for token in ["canary-access-1", "canary-refresh-1", "id=\"id-token\">ey"] {
        assert!(shown.body.contains(token), "{}", shown.body);
    }
    assert_eq!(shown.header("cache-control"), "no-store");
    assert_eq!(demo.get("/tokens").await.status, StatusCode::METHOD_NOT_ALLOWED);
    let mut other = signed_in(&suite, 3600).await.at(&demo);
    for (browser, form) in
        [(&mut other, &form[..]), (&mut demo, &[]), (&mut suite.browser_at(1), &form)]
    {
        let refused = browser.post("/tokens", form).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(!refused.body.contains("canary"), "{}", refused.body);
    }
    suite.stop().await;
}
