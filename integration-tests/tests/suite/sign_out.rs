//! Signing out: the app's session, and Hydra's.

use database::{both_databases, scratch::Engine};
use latchkey_integration_tests::{Addresses, ONE, Page, Suite, Visitor, visitor::Choice};
use std::time::{Duration, Instant};

both_databases! {
    signing_out_of_the_app_ends_hydra_s_session,
    a_logout_that_no_app_began_is_asked_about,
    a_logout_at_hydra_ends_the_app_s_session,
}

async fn remembered(visitor: &Visitor, at: &Addresses) -> Page {
    let home = visitor.sign_in(at, ONE, Choice { remember: true, ..Choice::default() }).await;
    home.says(ONE.email);
    home
}

async fn is_asked(visitor: &Visitor, at: &Addresses) -> bool {
    visitor.open(at.client.join("sign-in").unwrap()).await.text().contains("Password")
}

async fn signing_out_of_the_app_ends_hydra_s_session(engine: Engine) {
    let at = Suite::shared(engine).await;
    let visitor = Visitor::new();
    let home = remembered(&visitor, at).await;
    assert!(!is_asked(&visitor, at).await);

    let form = visitor.open(home.url).await.form();
    let out = visitor.submit(&form, form.buttons.first().unwrap()).await;
    assert_eq!(out.url.path(), "/signed-out", "{}", out.text());
    let pages: Vec<&str> = out.way.iter().map(url::Url::path).collect();
    assert!(pages.contains(&"/authentication/logout"), "{pages:?}");
    assert!(is_asked(&visitor, at).await);
    assert!(!visitor.open(at.client.clone()).await.text().contains(ONE.email));
}

async fn a_logout_that_no_app_began_is_asked_about(engine: Engine) {
    let at = Suite::shared(engine).await;
    let visitor = Visitor::new();
    remembered(&visitor, at).await;
    let logout = at.hydra.join("oauth2/sessions/logout").unwrap();

    let form = visitor.open(logout.clone()).await.form();
    let stayed = visitor.submit(&form, form.button("reject")).await;
    stayed.says("You are still signed in");
    assert!(!is_asked(&visitor, at).await);

    let form = visitor.open(logout).await.form();
    let out = visitor.submit(&form, form.button("accept")).await;
    assert_eq!(out.url.path(), "/signed-out", "{}", out.text());
    assert!(is_asked(&visitor, at).await);
}

/// Hydra tells the app from server to server; the browser that has signed out carries nothing there.
async fn a_logout_at_hydra_ends_the_app_s_session(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (visitor, other) = (Visitor::new(), Visitor::new());
    for visitor in [&visitor, &other] {
        remembered(visitor, at).await;
    }
    let form = visitor.open(at.hydra.join("oauth2/sessions/logout").unwrap()).await.form();
    visitor.submit(&form, form.button("accept")).await;
    let limit = Instant::now() + Duration::from_mins(1);
    while visitor.open(at.client.clone()).await.text().contains(ONE.email) {
        assert!(Instant::now() < limit, "the app still knows them");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    visitor.open(at.client.clone()).await.says("Welcome to MyApp");
    other.open(at.client.clone()).await.says(ONE.email);
}
