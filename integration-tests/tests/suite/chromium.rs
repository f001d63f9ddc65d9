//! The pages in a real Chromium.

use database::scratch::Engine;
use latchkey_integration_tests::{
    Addresses, ONE, Suite,
    browser::{self, Setup},
};
use thirtyfour::{By, Key, WebDriver, prelude::ElementQueryable as _};

/// On a desk: click, untick, authorize, see the profile, sign out.
#[tokio::test]
async fn a_person_signs_in_on_a_desk() {
    let at = Suite::shared(Engine::Sqlite).await;
    browser::with(Setup::default(), async |chromium| {
        to_the_login(chromium, at).await;
        type_in(chromium, "email", ONE.email).await;
        type_in(chromium, "password", ONE.password).await;
        click(chromium, "remember").await;
        click(chromium, "accept").await;

        wait_for(chromium, "users.delete").await;
        click(chromium, "users.delete").await;
        click(chromium, "accept").await;
        let home = arrive(chromium, at).await;
        assert!(home.contains(ONE.email) && home.contains("users.write"), "{home}");
        assert!(!home.contains("users.delete"), "{home}");

        chromium.query(By::Css("form button")).first().await.unwrap().click().await.unwrap();
        arrive_at(chromium, at, "/signed-out").await;
    })
    .await;
}

/// On a phone, without scripts, in the dark: nothing is cut off, and the sign-in works.
#[tokio::test]
async fn a_person_signs_in_on_a_phone_without_scripts() {
    let at = Suite::shared(Engine::Sqlite).await;
    let phone = Setup { window: (320, 640), dark: true, scripts: false, language: "id" };
    browser::with(phone, async |chromium| {
        to_the_login(chromium, at).await;
        assert_eq!(text(chromium, "h1").await, "Masuk");
        assert!(chromium.find_all(By::Id("show-password")).await.unwrap().is_empty());
        fits(chromium, phone.window.0).await;
        type_in(chromium, "email", ONE.email).await;
        type_in(chromium, "password", ONE.password).await;
        click(chromium, "accept").await;
        wait_for(chromium, "users.read").await;
        fits(chromium, phone.window.0).await;
        click(chromium, "accept").await;
        arrive(chromium, at).await;
    })
    .await;
}

/// With a keyboard alone: the first field has the focus, Tab goes through the form in order, and
/// Enter signs in.
#[tokio::test]
async fn a_person_signs_in_with_a_keyboard() {
    let at = Suite::shared(Engine::Sqlite).await;
    browser::with(Setup { language: "de", ..Setup::default() }, async |chromium| {
        to_the_login(chromium, at).await;
        assert_eq!(text(chromium, "h1").await, "Anmelden");
        let mut order = Vec::new();
        for _ in 0..6 {
            let focused = chromium.active_element().await.unwrap();
            order.push(focused.attr("id").await.unwrap().unwrap_or_default());
            assert_eq!(focused.css_value("outline-style").await.unwrap(), "solid", "{order:?}");
            press(chromium, Key::Tab).await;
        }
        assert_eq!(order, ["email", "password", "show-password", "remember", "accept", "reject"]);
        type_in(chromium, "email", ONE.email).await;
        type_in(chromium, "password", ONE.password).await;
        press(chromium, Key::Enter).await;
        wait_for(chromium, "users.read").await;
        chromium.find(By::Id("accept")).await.unwrap().focus().await.unwrap();
        press(chromium, Key::Enter).await;
        arrive(chromium, at).await;
    })
    .await;
}

/// Every field has a label that a screen reader reads, and nothing on the way breaks our own
/// Content-Security-Policy.
#[tokio::test]
async fn fields_are_labelled_and_no_policy_is_broken() {
    let at = Suite::shared(Engine::Sqlite).await;
    browser::with(Setup::default(), async |chromium| {
        to_the_login(chromium, at).await;
        labelled(chromium).await;
        type_in(chromium, "email", ONE.email).await;
        type_in(chromium, "password", "wrong").await;
        click(chromium, "accept").await;
        wait_for(chromium, "problem").await;
        labelled(chromium).await;
        let problem = chromium.find(By::Id("problem")).await.unwrap();
        assert_eq!(problem.attr("role").await.unwrap().as_deref(), Some("alert"));
        type_in(chromium, "password", ONE.password).await;
        click(chromium, "accept").await;
        wait_for(chromium, "users.read").await;
        labelled(chromium).await;
        click(chromium, "accept").await;
        arrive(chromium, at).await;
        for entry in chromium.browser_log().await.unwrap() {
            assert!(!entry.message.contains("Content Security Policy"), "{}", entry.message);
        }
    })
    .await;
}

pub(crate) async fn to_the_login(chromium: &WebDriver, at: &Addresses) {
    chromium.goto(at.client.as_str()).await.unwrap();
    chromium
        .query(By::Css("main a[href*='sign-in']"))
        .first()
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    wait_for(chromium, "email").await;
}

pub(crate) async fn wait_for(chromium: &WebDriver, id: &str) {
    chromium.query(By::Id(id)).first().await.unwrap();
}

pub(crate) async fn type_in(chromium: &WebDriver, id: &str, text: &str) {
    let field = chromium.find(By::Id(id)).await.unwrap();
    field.clear().await.unwrap();
    field.send_keys(text).await.unwrap();
}

pub(crate) async fn click(chromium: &WebDriver, id: &str) {
    chromium.query(By::Id(id)).first().await.unwrap().click().await.unwrap();
}

async fn press(chromium: &WebDriver, key: Key) {
    chromium.active_element().await.unwrap().send_keys(key).await.unwrap();
}

pub(crate) async fn text(chromium: &WebDriver, css: &str) -> String {
    chromium.query(By::Css(css)).first().await.unwrap().text().await.unwrap()
}

/// The text of the app's page, once the sign-in has come back to it.
pub(crate) async fn arrive(chromium: &WebDriver, at: &Addresses) -> String {
    arrive_at(chromium, at, "/").await;
    text(chromium, "main").await
}

pub(crate) async fn arrive_at(chromium: &WebDriver, at: &Addresses, path: &str) {
    for _ in 0..100 {
        let url = chromium.current_url().await.unwrap();
        if url.origin() == at.client.origin() && url.path() == path {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{path} is not reached: {}", chromium.source().await.unwrap());
}

/// The page is no wider than the window.
async fn fits(chromium: &WebDriver, width: u32) {
    let main = chromium.find(By::Css("main")).await.unwrap().rect().await.unwrap();
    assert!(main.x >= 0.0 && main.x + main.width <= f64::from(width), "{main:?}");
    let page = chromium.find(By::Css("html")).await.unwrap().rect().await.unwrap();
    assert!(page.width <= f64::from(width), "{page:?}");
}

async fn labelled(chromium: &WebDriver) {
    for field in chromium.find_all(By::Css("input:not([type=hidden])")).await.unwrap() {
        let id = field.attr("id").await.unwrap().unwrap();
        let label = format!("label[for='{id}']");
        assert!(!text(chromium, &label).await.is_empty(), "{id}");
    }
}
