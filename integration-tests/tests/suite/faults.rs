//! Parts that are down: told with a 503 and a way to retry, and when they are back the same form
//! works. Nothing is lost.

use crate::sessions::{REMEMBER, app};
use database::scratch::Engine;
use latchkey::stack::Component;
use latchkey_integration_tests::{ONE, Page, Suite, Visitor, suite::Options, visitor::Choice};
use reqwest::StatusCode;
use std::time::Duration;

const CHOICE: Choice<'_> = Choice { untick: &[], remember: false, refuse: false };

#[track_caller]
fn is_down(page: &Page) {
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.text());
    page.says("Nothing is lost");
}

#[tokio::test]
async fn identity_is_down_at_the_login() {
    let suite = Suite::start(Engine::Sqlite).await;
    let visitor = Visitor::new();
    let login = visitor.open(suite.addresses().client.join("sign-in").unwrap()).await;
    suite.kill(Component::Identity).await;
    let down = visitor.answer(&login, ONE, CHOICE).await;
    is_down(&down);

    suite.bring_back(Component::Identity).await;
    let consent = visitor.answer(&login, ONE, CHOICE).await;
    consent.says("MyApp asks for access");
    suite.kill(Component::Identity).await;
    is_down(&visitor.answer(&consent, ONE, CHOICE).await);

    suite.bring_back(Component::Identity).await;
    let home = visitor.answer(&consent, ONE, CHOICE).await;
    assert_eq!(home.url, suite.addresses().client);
    home.says(ONE.email);

    suite.kill(Component::Identity).await;
    let home = visitor.open(home.url).await;
    assert_eq!(home.status, StatusCode::OK, "the app goes on without the profile");
    assert!(!home.text().contains(ONE.email));
}

/// It may show nothing: the app asks in a frame, or between two pages of its own.
#[tokio::test]
async fn an_app_that_wants_no_page_is_told_what_is_down() {
    let suite = Suite::start(Engine::Sqlite).await;
    let app = app(suite.addresses(), "quiet-while-down").await;
    let visitor = Visitor::new();
    app.sign_in(&visitor, ONE, REMEMBER, &[]).await;
    let silent = app.start(&[("prompt", "none")]);
    let consent = visitor.stopping_at("/authentication/consent").open(silent.clone()).await.url;
    suite.kill(Component::Identity).await;
    for way in [consent, silent.clone()] {
        let told = visitor.stopping_at("/seen").open(way).await;
        assert_eq!(told.url.path(), "/seen", "{}", told.text());
        assert!(told.url.as_str().contains("error=temporarily_unavailable"), "{}", told.url);
    }
    suite.bring_back(Component::Identity).await;
    let again = visitor.stopping_at("/seen").open(silent).await;
    assert!(again.url.as_str().contains("code="), "{}", again.url);
}

#[tokio::test]
async fn hydra_is_down_at_each_step() {
    let suite = Suite::start(Engine::Sqlite).await;
    let at = suite.addresses().clone();
    let visitor = Visitor::new();
    let login = visitor.open(at.client.join("sign-in").unwrap()).await;

    suite.kill(Component::Hydra).await;
    let shown = visitor.open(login.url.clone()).await;
    is_down(&shown);
    is_down(&visitor.answer(&login, ONE, CHOICE).await);
    suite.bring_back(Component::Hydra).await;
    visitor.open(shown.link("way-on")).await.says("to continue to MyApp");
    let consent = visitor.answer(&login, ONE, CHOICE).await;
    consent.says("MyApp asks for access");

    suite.kill(Component::Hydra).await;
    is_down(&visitor.answer(&consent, ONE, CHOICE).await);
    suite.bring_back(Component::Hydra).await;
    let callback = visitor.stopping_at("/callbacks").answer(&consent, ONE, CHOICE).await.url;

    suite.kill(Component::Hydra).await;
    let late = visitor.open(callback.clone()).await;
    assert_eq!(late.status, StatusCode::SERVICE_UNAVAILABLE, "{}", late.text());
    suite.bring_back(Component::Hydra).await;
    let home = visitor.open(callback).await;
    assert_eq!(home.url, at.client, "{}", home.text());
    home.says(ONE.email);
}

#[tokio::test]
async fn a_service_that_restarts_forgets_nothing() {
    let suite = Suite::start(Engine::Sqlite).await;
    let at = suite.addresses().clone();
    let visitor = Visitor::new();
    let login = visitor.open(at.client.join("sign-in").unwrap()).await;
    for component in [Component::Consent, Component::Client, Component::Identity, Component::Hydra]
    {
        suite.kill(component).await;
        suite.bring_back(component).await;
    }
    let consent = visitor.answer(&login, ONE, CHOICE).await;
    for component in [Component::Consent, Component::Client] {
        suite.kill(component).await;
        suite.bring_back(component).await;
    }
    let home = visitor.answer(&consent, ONE, CHOICE).await;
    assert_eq!(home.url, at.client, "{}", home.text());
    suite.kill(Component::Client).await;
    suite.bring_back(Component::Client).await;
    visitor.open(at.client.clone()).await.says(ONE.email);
}

/// One database for all, and its cable pulled: Hydra, identity and the client lose it at once.
#[tokio::test]
async fn the_database_is_down_at_each_step() {
    let suite = Suite::start_with(Engine::Postgres, Options::default().with_cable()).await;
    let at = suite.addresses().clone();
    let visitor = Visitor::new();
    let login = visitor.open(at.client.join("sign-in").unwrap()).await;

    suite.cable().cut();
    is_down(&visitor.answer(&login, ONE, CHOICE).await);
    let start = visitor.open(at.client.join("sign-in").unwrap()).await;
    assert_eq!(start.status, StatusCode::SERVICE_UNAVAILABLE, "{}", start.text());
    suite.cable().mend();
    let consent = until(&visitor, &login, "asks for access").await;

    suite.cable().cut();
    is_down(&visitor.answer(&consent, ONE, CHOICE).await);
    suite.cable().mend();
    let home = until(&visitor, &consent, ONE.email).await;
    assert_eq!(home.url, at.client);
    suite.cable().cut();
    let home = visitor.open(at.client.clone()).await;
    assert_eq!(home.status, StatusCode::SERVICE_UNAVAILABLE, "{}", home.text());
}

/// The same form again and again, as a person would press the button: connections that were cut
/// are found out one by one.
async fn until(visitor: &Visitor, form: &Page, words: &str) -> Page {
    for _ in 0..40 {
        let page = visitor.answer(form, ONE, CHOICE).await;
        if page.text().contains(words) {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    panic!("{words:?} does not come")
}
