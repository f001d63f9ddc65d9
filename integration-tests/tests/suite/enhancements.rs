//! What scripts and settings of the browser add to the pages, and take away again.

use crate::chromium::{click, to_the_login, type_in};
use database::scratch::Engine;
use latchkey_integration_tests::{
    ONE, Showroom, Suite,
    browser::{self, Setup},
};
use serde_json::json;
use thirtyfour::{By, WebDriver};

/// The button shows the password and hides it, says which by its state, and nothing but a password
/// leaves the form.
#[tokio::test]
async fn a_password_can_be_seen_while_it_is_typed() {
    let at = Suite::shared(Engine::Sqlite).await;
    browser::with(Setup::default(), async |chromium| {
        to_the_login(chromium, at).await;
        type_in(chromium, "email", ONE.email).await;
        type_in(chromium, "password", "not this one").await;
        let button = chromium.find(By::Id("show-password")).await.unwrap();
        let state = async || {
            let password = chromium.find(By::Id("password")).await.unwrap();
            let kind = password.prop("type").await.unwrap().unwrap();
            (kind, button.attr("aria-pressed").await.unwrap().unwrap())
        };
        let told = |kind: &str, pressed: &str| (kind.to_owned(), pressed.to_owned());
        assert_eq!(button.attr("aria-label").await.unwrap().as_deref(), Some("Show password"));
        assert_eq!(state().await, told("password", "false"));
        click(chromium, "show-password").await;
        assert_eq!(state().await, told("text", "true"));
        click(chromium, "show-password").await;
        assert_eq!(state().await, told("password", "false"));

        click(chromium, "show-password").await;
        let hold =
            "document.forms[0].addEventListener('submit', (event) => event.preventDefault())";
        chromium.execute(hold, vec![]).await.unwrap();
        click(chromium, "accept").await;
        assert_eq!(state().await, told("password", "false"));
    })
    .await;
}

/// Password managers find one form with a user name and the password that belongs to it.
#[tokio::test]
async fn password_managers_know_the_fields() {
    let showroom = Showroom::open(None).await;
    browser::with(Setup::default(), async |chromium| {
        chromium.goto(showroom.page("login").as_str()).await.unwrap();
        assert_eq!(chromium.find_all(By::Css("form[method=post]")).await.unwrap().len(), 1);
        for (id, purpose) in [("email", "username"), ("password", "current-password")] {
            let field = chromium.find(By::Css(format!("form[method=post] #{id}"))).await.unwrap();
            assert_eq!(field.attr("autocomplete").await.unwrap().as_deref(), Some(purpose));
            assert_eq!(field.attr("name").await.unwrap().as_deref(), Some(id));
        }
    })
    .await;
}

#[tokio::test]
async fn nothing_moves_for_who_wants_it_still_and_paper_gets_no_buttons() {
    let showroom = Showroom::open(None).await;
    browser::with(Setup::default(), async |chromium| {
        chromium.goto(showroom.page("login").as_str()).await.unwrap();
        let css = async |id: &str, property: &str| {
            let element = chromium.find(By::Id(id)).await.unwrap();
            element.css_value(property).await.unwrap()
        };
        assert_ne!(css("accept", "transition-duration").await, "0s");
        let still = json!([{ "name": "prefers-reduced-motion", "value": "reduce" }]);
        emulate(chromium, json!({ "features": still })).await;
        assert_eq!(css("accept", "transition-duration").await, "0s");
        assert!(chromium.find(By::Id("accept")).await.unwrap().is_displayed().await.unwrap());
        emulate(chromium, json!({ "media": "print" })).await;
        assert!(!chromium.find(By::Id("accept")).await.unwrap().is_displayed().await.unwrap());
    })
    .await;
}

async fn emulate(chromium: &WebDriver, media: serde_json::Value) {
    chromium.cdp().send_raw("Emulation.setEmulatedMedia", media).await.unwrap();
}
