//! Starting a sign-in.

use crate::{browser::parameter, suite::Suite};
use database::scratch::Engine;
use reqwest::StatusCode;

database::both_databases!(
    a_sign_in_goes_to_the_issuer_with_everything_it_needs,
    two_sign_ins_have_nothing_in_common,
    an_issuer_that_is_away_gives_a_page_with_a_way_to_retry,
);

async fn a_sign_in_goes_to_the_issuer_with_everything_it_needs(engine: Engine) {
    let suite = Suite::start(engine).await;
    let mut browser = suite.browser();
    let visit = browser.get("/sign-in?return_to=/orders").await;
    let to = visit.location();
    assert!(to.as_str().starts_with(&format!("{}/oauth2/auth?", suite.issuer.url())));
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "myclient"),
        ("redirect_uri", "http://localhost:1234/callbacks"),
        ("scope", "openid offline users.read users.write users.edit users.delete"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(parameter(&to, name), value);
    }
    for name in ["state", "nonce", "code_challenge"] {
        assert_eq!(parameter(&to, name).len(), 43, "{name}");
    }
    let cookie = visit.header("set-cookie");
    assert!(cookie.starts_with("latchkey_sign_in="), "{cookie}");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=3600"), "{cookie}");
    suite.stop().await;
}

async fn two_sign_ins_have_nothing_in_common(engine: Engine) {
    let suite = Suite::start(engine).await;
    let mut browser = suite.browser();
    let (one, two) = (browser.get("/sign-in").await, browser.get("/sign-in").await);
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(parameter(&one.location(), name), parameter(&two.location(), name));
    }
    assert_eq!(browser.cookies.len(), 1, "tabs share one cookie");
    suite.stop().await;
}

async fn an_issuer_that_is_away_gives_a_page_with_a_way_to_retry(engine: Engine) {
    let away = ["--issuer-backchannel-url", "http://127.0.0.1:1"];
    let suite = Suite::start_with(engine, &away).await;
    let visit = suite.browser().get("/sign-in?return_to=/orders").await;
    assert_eq!(visit.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(visit.heading(), "The sign-in service does not answer");
    assert!(visit.body.contains("href=\"\">Try again"), "{}", visit.body);
    suite.stop().await;
}
