//! No dead ends: a page that came too late, that a second tab has overtaken, or that was answered
//! already leads on by itself.

use database::scratch::Engine;
use latchkey::stack::Component;
use latchkey_integration_tests::{
    Addresses, ONE, Page, Person, Suite, Visitor, browser, suite::Options, visitor::Choice,
};
use reqwest::StatusCode;
use serde_json::json;
use std::time::Duration;
use thirtyfour::{By, WebDriver, prelude::ElementQueryable as _};

const CHOICE: Choice<'_> = Choice { untick: &[], remember: false, refuse: false };
const WRONG: Person = Person { password: "not the password", ..ONE };

async fn login_page(visitor: &Visitor, at: &Addresses) -> Page {
    let page = visitor.open(at.client.join("sign-in").unwrap()).await;
    page.says("Password");
    page
}

/// The page is another one of the same kind, with a challenge of its own.
#[track_caller]
fn begins_anew(page: &Page, before: &Page, identifier: &str) {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    page.says("Password");
    assert_ne!(page.url, before.url);
    assert_eq!(page.form().field("email").value, identifier);
}

#[tokio::test]
async fn a_page_that_came_too_late_begins_anew_by_itself() {
    let short = Options::default().hydra(json!({ "ttl": { "login_consent_request": "8s" } }));
    let suite = Suite::start_with(Engine::Sqlite, short).await;
    let at = suite.addresses();
    let expire = || tokio::time::sleep(Duration::from_secs(9));
    let visitor = Visitor::new();

    // A login form that is sent, and a login page that is reloaded after a wrong password.
    let login = login_page(&visitor, at).await;
    expire().await;
    let anew = visitor.answer(&login, ONE, CHOICE).await;
    begins_anew(&anew, &login, ONE.email);
    let wrong = visitor.answer(&anew, WRONG, CHOICE).await;
    wrong.says("do not match");
    expire().await;
    let reloaded = visitor.open(anew.url.clone()).await;
    begins_anew(&reloaded, &anew, ONE.email);

    // It does so once: the same address a second time is told in words, and no browser loops.
    expire().await;
    let told = visitor.open(anew.url.clone()).await;
    assert_eq!(told.status, StatusCode::GONE, "{}", told.text());
    told.says("This took too long");

    // A consent form that is sent, and a consent page that is reloaded.
    let reloaded = visitor.open(reloaded.url).await;
    let consent = visitor.answer(&reloaded, ONE, CHOICE).await;
    consent.says("MyApp asks for access");
    expire().await;
    let anew = visitor.answer(&consent, ONE, CHOICE).await;
    begins_anew(&anew, &reloaded, ONE.email);
    let consent = visitor.answer(&anew, ONE, CHOICE).await;
    expire().await;
    let reloaded = visitor.open(consent.url.clone()).await;
    begins_anew(&reloaded, &anew, ONE.email);

    let consent = visitor.answer(&reloaded, ONE, CHOICE).await;
    let home = visitor.answer(&consent, ONE, CHOICE).await;
    assert_eq!(home.url, at.client, "{}", home.text());

    // Nobody else's browser can begin what it has not begun.
    let stranger = Visitor::new().open(login.url).await;
    assert_eq!(stranger.status, StatusCode::GONE, "{}", stranger.text());
}

/// Hydra's cookies of an app belong to the tab that began last: the others would fail there.
#[tokio::test]
async fn an_older_tab_begins_anew_by_itself() {
    let at = Suite::shared(Engine::Sqlite).await;
    let visitor = Visitor::new();
    let first = login_page(&visitor, at).await;
    let second = login_page(&visitor, at).await;
    let anew = visitor.answer(&first, ONE, CHOICE).await;
    begins_anew(&anew, &first, ONE.email);
    let again = visitor.open(second.url.clone()).await;
    begins_anew(&again, &second, ONE.email);
    let consent = visitor.answer(&again, ONE, CHOICE).await;
    consent.says("MyApp asks for access");

    // Hydra may remember the login of a moment ago, or ask.
    let mut other = visitor.open(at.client.join("sign-in").unwrap()).await;
    if other.url.path() == "/authentication/login" {
        other = visitor.answer(&other, ONE, CHOICE).await;
    }
    other.says("MyApp asks for access");
    let anew = visitor.answer(&consent, ONE, CHOICE).await;
    assert_ne!(anew.url, consent.url);
    assert_eq!(anew.url.origin(), at.consent.origin(), "{}", anew.text());
    let home = visitor.sign_in(at, ONE, CHOICE).await;
    assert_eq!(home.url, at.client, "{}", home.text());
}

#[tokio::test]
async fn whoever_goes_back_after_signing_in_is_led_to_the_app() {
    let at = Suite::shared(Engine::Sqlite).await;
    let visitor = Visitor::new();
    let login = login_page(&visitor, at).await;
    let consent = visitor.answer(&login, ONE, CHOICE).await;
    let back = visitor.open(login.url.clone()).await;
    assert_eq!(back.url, login.url, "nothing is decided yet");
    visitor.answer(&back, ONE, CHOICE).await.says("MyApp asks for access");
    let anew = visitor.open(consent.url).await;
    assert_ne!(anew.status, StatusCode::CONFLICT, "{}", anew.text());
    let consent_again = match anew.url.path() {
        "/authentication/login" => visitor.answer(&anew, ONE, CHOICE).await,
        _ => anew,
    };
    let home = visitor.answer(&consent_again, ONE, CHOICE).await;
    assert_eq!(home.url, at.client, "{}", home.text());

    let told = [
        visitor.open(consent_again.url.clone()).await,
        visitor.answer(&consent_again, ONE, CHOICE).await,
    ];
    for told in told {
        assert_eq!(told.status, StatusCode::CONFLICT, "{} {}", told.url, told.text());
        told.says("This sign-in is complete");
        assert_eq!(told.link("way-on"), at.client);
    }
    visitor.open(at.client.clone()).await.says(ONE.email);
}

/// Hydra was down when the form came: what was typed is there at the next try, but the password.
#[tokio::test]
async fn what_was_typed_outlives_a_failure() {
    let suite = Suite::start(Engine::Sqlite).await;
    let visitor = Visitor::new();
    let login = login_page(&visitor, suite.addresses()).await;
    suite.kill(Component::Hydra).await;
    let down = visitor.answer(&login, ONE, CHOICE).await;
    assert_eq!(down.status, StatusCode::SERVICE_UNAVAILABLE, "{}", down.text());
    suite.bring_back(Component::Hydra).await;
    let again = visitor.open(down.link("way-on")).await;
    assert_eq!(again.url, login.url, "the challenge is still good");
    assert_eq!(again.form().field("email").value, ONE.email);
    assert!(!again.html.contains(ONE.password) || again.form().field("password").value.is_empty());
}

/// The cookie key changes while forms lie open.
#[tokio::test]
async fn a_new_cookie_key_signs_nobody_out() {
    let (old, new) = ("o".repeat(40), "n".repeat(40));
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, key: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, key).unwrap();
        file.display().to_string()
    };
    let (first, second) = (file("first", &old), file("second", &new));
    let options = Options::default()
        .argument(Component::Consent, &format!("--cookie-key-file={first}"))
        .argument(Component::Consent, &format!("--second-cookie-key-file={second}"));
    let suite = Suite::start_with(Engine::Sqlite, options).await;
    let visitor = Visitor::new();
    let login = login_page(&visitor, suite.addresses()).await;

    file("first", &new);
    file("second", &old);
    suite.kill(Component::Consent).await;
    suite.bring_back(Component::Consent).await;
    let consent = visitor.answer(&login, ONE, CHOICE).await;
    consent.says("MyApp asks for access");

    file("second", &"x".repeat(40));
    suite.kill(Component::Consent).await;
    suite.bring_back(Component::Consent).await;
    let home = visitor.answer(&consent, ONE, CHOICE).await;
    assert_eq!(home.url, suite.addresses().client, "{}", home.text());
    let old = visitor.answer(&login, ONE, CHOICE).await;
    assert_eq!(old.status, StatusCode::FORBIDDEN, "the first key is gone: {}", old.text());
}

/// In a browser: both buttons pressed twice, then Back, and Back again.
#[tokio::test]
async fn a_double_click_and_the_back_button_do_no_harm() {
    let at = Suite::shared(Engine::Sqlite).await;
    browser::with(browser::Setup::default(), async |chromium| {
        chromium.goto(at.client.join("sign-in").unwrap().as_str()).await.unwrap();
        let email = chromium.query(By::Id("email")).first().await.unwrap();
        email.send_keys(ONE.email).await.unwrap();
        chromium.find(By::Id("password")).await.unwrap().send_keys(ONE.password).await.unwrap();
        double_click(chromium, "accept").await;
        chromium.query(By::Id("users.read")).first().await.unwrap();
        double_click(chromium, "accept").await;
        signed_in(chromium, at).await;

        for _ in 0..2 {
            chromium.back().await.unwrap();
            let page = chromium.query(By::Css("main")).first().await.unwrap().text().await.unwrap();
            let good = ["This sign-in is complete", "Sign in", ONE.email];
            assert!(good.iter().any(|words| page.contains(words)), "{page}");
        }
        chromium.goto(at.client.as_str()).await.unwrap();
        signed_in(chromium, at).await;
    })
    .await;
}

async fn double_click(chromium: &WebDriver, id: &str) {
    let button = chromium.query(By::Id(id)).first().await.unwrap();
    chromium.action_chain().double_click_element(&button).perform().await.unwrap();
}

async fn signed_in(chromium: &WebDriver, at: &Addresses) {
    for _ in 0..100 {
        let url = chromium.current_url().await.unwrap();
        if url == at.client {
            let page = chromium.query(By::Css("main")).first().await.unwrap();
            assert!(page.text().await.unwrap().contains(ONE.email));
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the app is not reached: {}", chromium.source().await.unwrap());
}
