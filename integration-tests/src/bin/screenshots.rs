//! Takes the pictures of every page in `docs/screenshots`: `cargo xtask screenshots`. Where no page
//! has changed, no picture does.

#![expect(clippy::unwrap_used, reason = "a picture that cannot be taken ends the program")]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use database::scratch::Engine;
use latchkey_integration_tests::{
    Addresses, ONE, Showroom, Suite,
    browser::{self, Setup},
};
use serde_json::json;
use std::path::Path;
use thirtyfour::{By, WebDriver, prelude::ElementQueryable as _};
use url::Url;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/screenshots");
const BRAND: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/branding");
const WINDOWS: [(&str, (u32, u32)); 2] = [("wide", (1100, 720)), ("narrow", (360, 640))];
/// States that a walk through a sign-in does not come by: where they have least room.
const STATES: [&str; 4] = ["login-throttled-minutes", "consent-long", "turned-away", "expired"];

#[tokio::main]
async fn main() {
    let suite = Suite::start(Engine::Sqlite).await;
    let (ours, branded) =
        (Showroom::open(None).await, Showroom::open(Some(Path::new(BRAND))).await);
    std::fs::create_dir_all(FOLDER).unwrap();
    for (width, window) in WINDOWS {
        for (scheme, dark) in [("light", false), ("dark", true)] {
            for language in ["en", "de", "id", "fr"] {
                let setup = Setup { window, dark, language, ..Setup::default() };
                let name = format!("{width}-{scheme}-{language}");
                browser::with(setup, async |chromium| {
                    if language == "fr" {
                        show(chromium, &branded, "login", &format!("branding-{name}")).await;
                        show(chromium, &branded, "library/login", &format!("look-{name}")).await;
                        return;
                    }
                    // The others are there for their longer words, which English has a picture of.
                    if language == "en" || (width == "narrow") != dark {
                        walk(chromium, suite.addresses(), &name).await;
                        for state in STATES.into_iter().filter(|_| width == "narrow") {
                            show(chromium, &ours, state, &format!("{state}-{name}")).await;
                        }
                        show(chromium, &ours, "apps", &format!("apps-{name}")).await;
                    }
                })
                .await;
            }
        }
    }
}

async fn show(chromium: &WebDriver, showroom: &Showroom, page: &str, name: &str) {
    open(chromium, &showroom.page(page)).await;
    take(chromium, name).await;
}

/// From the app through a whole sign-in, and out again.
async fn walk(chromium: &WebDriver, at: &Addresses, name: &str) {
    let english = name.ends_with("-en");
    let picture = async |page: &str| take(chromium, &format!("{page}-{name}")).await;
    open(chromium, &at.client).await;
    if english {
        picture("home").await;
    }
    open(chromium, &at.client.join("sign-in").unwrap()).await;
    wait(chromium, "#email").await;
    picture("login").await;
    type_in(chromium, "email", ONE.email).await;
    type_in(chromium, "password", "wrong").await;
    press(chromium, "accept").await;
    wait(chromium, "#problem").await;
    picture("login-problem").await;
    type_in(chromium, "password", ONE.password).await;
    press(chromium, "remember").await;
    press(chromium, "accept").await;
    wait(chromium, ".grant_scope").await;
    picture("consent").await;
    press(chromium, "accept").await;
    wait(chromium, "#sign-out").await;
    if english {
        picture("profile").await;
    }
    open(chromium, &at.hydra.join("oauth2/sessions/logout").unwrap()).await;
    wait(chromium, "#reject").await;
    picture("logout").await;
    open(chromium, &at.consent.join("authentication/login").unwrap()).await;
    picture("message").await;
}

async fn open(chromium: &WebDriver, url: &Url) {
    chromium.goto(url.as_str()).await.unwrap();
}

async fn wait(chromium: &WebDriver, css: &str) {
    chromium.query(By::Css(css)).first().await.unwrap();
}

async fn type_in(chromium: &WebDriver, id: &str, text: &str) {
    chromium.find(By::Id(id)).await.unwrap().send_keys(text).await.unwrap();
}

async fn press(chromium: &WebDriver, id: &str) {
    chromium.find(By::Id(id)).await.unwrap().click().await.unwrap();
}

/// The whole page, without what differs from one time to the next: the cursor and the trace id.
async fn take(chromium: &WebDriver, name: &str) {
    let same = "document.documentElement.style.caretColor = 'transparent';
                for (const id of document.querySelectorAll('.trace code, #trace-id')) {
                  id.textContent = '0af7651916cd43dd8448eb211c80319c';
                }";
    chromium.execute(same, vec![]).await.unwrap();
    let tools = chromium.cdp();
    let layout = tools.send_raw("Page.getLayoutMetrics", json!({})).await.unwrap();
    let size = layout.get("cssContentSize").unwrap();
    let whole = json!({ "x": 0, "y": 0, "width": size.get("width"), "height": size.get("height"), "scale": 1 });
    let asked = json!({ "format": "png", "captureBeyondViewport": true, "clip": whole });
    let taken = tools.send_raw("Page.captureScreenshot", asked).await.unwrap();
    let picture = STANDARD.decode(taken.get("data").unwrap().as_str().unwrap()).unwrap();
    std::fs::write(Path::new(FOLDER).join(format!("{name}.png")), picture).unwrap();
}
